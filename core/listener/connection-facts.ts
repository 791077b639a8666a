/**
 * What is known of a client's connection, read off its socket when it comes.
 *
 * A class and not a literal with a getter: V8 gives each such literal a shape of its own, and every look at one of its
 * fields, all over the request path, would be a search (measured: 1.5 % of a request).
 */
import type net from "node:net";
import type { ClientFacts, TlsFacts } from "../exchange/exchange.ts";

/** The listener's side of a connection. */
interface ListenerFacts {
  readonly ip: string;
  readonly port: number;
  /** As in {@link ClientFacts.advertisedPort}. */
  readonly advertisedPort: number;
}

/** One for each connection, shared by its requests. Once the socket has closed `localIp` is the listener's own. */
export class ConnectionFacts implements ClientFacts {
  readonly ip: string;
  readonly port: number;
  readonly localPort: number;
  readonly advertisedPort: number;
  readonly tls: TlsFacts | null;
  readonly trusted: boolean;
  proxied: ClientFacts["proxied"] = null;
  readonly #socket: net.Socket;
  readonly #listenerIp: string;

  /** @param isTrusted is an address in `trusted_ips`? */
  constructor(
    socket: net.Socket,
    listener: ListenerFacts,
    tls: TlsFacts | null,
    isTrusted: (ip: string) => boolean,
  ) {
    this.ip = plainIp(socket.remoteAddress ?? "unix:");
    this.port = socket.remotePort ?? 0;
    this.localPort = listener.port;
    this.advertisedPort = listener.advertisedPort;
    this.tls = tls;
    this.trusted = isTrusted(this.ip);
    this.#socket = socket;
    this.#listenerIp = listener.ip;
  }

  /** Asked for by few plugins, and a system call: looked up when it is. */
  get localIp(): string {
    return plainIp(this.#socket.localAddress ?? this.#listenerIp);
  }
}

/** An IPv4 address that came over an IPv6 socket, as IPv4. */
function plainIp(ip: string): string {
  return ip.startsWith("::ffff:") ? ip.slice(7) : ip;
}
