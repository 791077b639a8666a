/**
 * What the data plane is built from: everything that a request needs and that is not of the request itself.
 *
 * `main/` makes one for each worker. `state` is what a change of the configuration replaces, in one assignment; a request
 * keeps the one it began with.
 */
import type { Exchange } from "../exchange/exchange.ts";
import type { PluginsIterator } from "../runloop/plugins-iterator.ts";
import type { Snapshot } from "../store/snapshot.ts";

/** An address to connect to, one object for all requests to it (core/balancer). */
export interface Peer {
  readonly ip: string;
  readonly port: number;
  /** Name for Host and SNI; the address where there is no name. */
  readonly hostname: string;
  /** Host header that an Upstream wants; null = from hostname and port. */
  readonly hostHeader: string | null;
  /** Path of a Unix socket instead of an address. */
  readonly path?: string | undefined;
}

/** One version of the configuration, made ready for requests. */
export interface GatewayState {
  readonly snapshot: Snapshot;
  readonly router: { match(x: Exchange): boolean };
  readonly iterator: PluginsIterator;
  readonly balancer: {
    /** @throws GatewayError with status 503 or 500 where there is no peer, at once or as a rejection */
    pick(host: string, port: number, tried: readonly Peer[]): Peer | Promise<Peer>;
  };
}

/** Settings that the request path reads, resolved once. */
export interface ProxyOptions {
  /** "dragoman/0.1.0": in Via and Server. */
  readonly serverToken: string;
  readonly sendsVia: boolean;
  readonly sendsServer: boolean;
  readonly sendsProxyLatency: boolean;
  readonly sendsUpstreamLatency: boolean;
  readonly sendsResponseLatency: boolean;
  readonly sendsUpstreamStatus: boolean;
  readonly sendsRequestId: boolean;
  readonly sendsRequestIdUpstream: boolean;
  readonly sendsDebugHeaders: boolean;
  /** Header for the client's address, "" = none is trusted. */
  readonly realIpHeader: string;
  readonly realIpRecursive: boolean;
  isTrusted(ip: string): boolean;
  readonly clientBodyBytesMax: number;
  readonly clientBodyBufferBytes: number;
  /** Content type of error pages where the client accepts anything: "text/plain". */
  readonly errorDefaultType: string;
  /** Error templates that replace ours, by format; `%s` is the message, then the request id. */
  readonly errorTemplates: Readonly<Partial<Record<"json" | "html" | "xml" | "plain", string>>>;
  /** Charset that text types without one get; "" = off. */
  readonly charset: string;
}

/** Pools of connections to peers (proxy/targets.ts). */
export interface ProxyRooms {
  state: GatewayState;
  readonly options: ProxyOptions;
  readonly targets: import("./targets.ts").Targets;
  /** Called once for each request after its log phase: access log, metrics. */
  onFinished(x: Exchange): void;
  readonly log: {
    error(fields: object, text: string): void;
    warn(fields: object, text: string): void;
  };
}
