/**
 * What a request is matched by: plain facts, so that the router can be asked without an exchange (tests, `kong.router`).
 *
 * One object is reused for all requests of a worker, because matching is synchronous.
 */
import { HeaderBlock } from "../exchange/header-block.ts";

/** What of a request Routes are matched by. */
export interface RequestFacts {
  method: string;
  /** Normalised path ({@link ./normalize-path.ts}), latin1. */
  path: string;
  /** Host header as sent; "" if there is none. */
  host: string;
  /** "http", "https"; in the stream subsystem "tcp", "tls", "udp", "tls_passthrough". */
  scheme: string;
  /** Server name of the TLS handshake, without a trailing dot; "" if none. */
  sni: string;
  /** Port that clients know of the listener: what a Host without a port means in `traditional_compatible`. */
  listenerPort: number;
  headers: HeaderBlock;
  sourceIp: string;
  /** -1 for unknown. */
  sourcePort: number;
  destinationIp: string;
  /** -1 for unknown. */
  destinationPort: number;
}

/** For {@link Router}, or a test: a plain GET of nothing, from nowhere. */
export function emptyFacts(): RequestFacts {
  return {
    method: "",
    path: "",
    host: "",
    scheme: "http",
    sni: "",
    listenerPort: -1,
    headers: HeaderBlock.empty(),
    sourceIp: "",
    sourcePort: -1,
    destinationIp: "",
    destinationPort: -1,
  };
}
