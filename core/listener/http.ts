/**
 * The sockets that clients connect to: plain text and TLS, and all connections that came through them.
 *
 * A worker is handed bound sockets by the primary and listens on them; several workers share one socket. When the
 * process drains, listening ends at once, busy connections close after their answer and idle ones shortly after.
 */
import net from "node:net";
import type tls from "node:tls";
import { type ClientFacts, type HandshakeWishes, nowMs } from "../exchange/exchange.ts";
import type { EngineLimits } from "../http1/limits.ts";
import type { ProxiedAddress } from "../http1/proxy-protocol.ts";
import { ServerConnection } from "../http1/server-connection.ts";
import { acceptOnread, canAcceptOnread, dataTransport } from "../http1/open-transport.ts";
import type { Transport } from "../http1/transport.ts";
import { certificatePhase } from "../proxy/certificate.ts";
import type { ProxyRooms } from "../proxy/rooms.ts";
import { ConnectionFacts } from "./connection-facts.ts";
import { Http1Client } from "./http1-client.ts";
import { newRequestId } from "./request-id.ts";
import { factsOfHello, factsOfSocket, factsWithCertificate } from "./tls-facts.ts";
import type { UnderWay } from "./under-way.ts";
import { createTlsServer, type Gatekeeper, type Secured, type TlsSettings } from "./tls-server.ts";

/** One entry of `proxy_listen`, as far as the listener needs it. */
interface ListenAddress {
  readonly ip: string;
  readonly port: number;
  readonly ssl: boolean;
  readonly backlog: number;
  /** Clients come through a load balancer that says who they are. */
  readonly proxyProtocol: boolean;
  /** Port that clients know (port_maps). */
  readonly advertisedPort: number;
}

interface HttpListenerOptions {
  readonly rooms: ProxyRooms;
  readonly limits: EngineLimits;
  readonly useOnread: boolean;
  readonly tls: TlsSettings | null;
}

/** Counts that the status API and metrics show. */
interface ConnectionCounts {
  accepted: number;
  active: number;
}

/** One for each worker. `counts` are of the process's life, whatever listens now. */
export class HttpListener {
  readonly counts: ConnectionCounts = { accepted: 0, active: 0 };
  readonly #options: HttpListenerOptions;
  readonly #servers: net.Server[] = [];
  readonly #connections = new Set<ServerConnection>();
  #isDraining = false;
  #drained: (() => void) | null = null;

  constructor(options: HttpListenerOptions) {
    this.#options = options;
  }

  /**
   * Listen on a socket that the primary bound, or on the address itself.
   *
   * @returns the port, when connections are accepted
   */
  listen(address: ListenAddress, handle: unknown = null): Promise<number> {
    const server = address.ssl
      ? this.#tlsServer(address)
      : net.createServer({ allowHalfOpen: true });
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      const listening = () => {
        server.off("error", reject);
        server.on("error", (err) => this.#options.rooms.log.error({ err }, "a listener failed"));
        if (!address.ssl) this.#acceptPlain(server, address);
        const bound = server.address();
        resolve(typeof bound === "object" && bound !== null ? bound.port : 0);
      };
      if (handle !== null) server.listen(handle as net.ListenOptions, address.backlog, listening);
      else
        server.listen(
          { host: address.ip, port: address.port, backlog: address.backlog },
          listening,
        );
    });
  }

  #acceptPlain(server: net.Server, address: ListenAddress): void {
    if (this.#options.useOnread && canAcceptOnread(server)) {
      acceptOnread(server, (transport) => this.#accept(transport, address));
      return;
    }
    server.on("connection", (socket) => {
      socket.setNoDelay(true);
      this.#accept(dataTransport(socket), address);
    });
  }

  #tlsServer(address: ListenAddress): net.Server {
    const settings = this.#options.tls;
    if (settings === null) throw new Error("a TLS listener needs a certificate");
    const { rooms } = this.#options;
    const gatekeeper: Gatekeeper = {
      isOn: () => rooms.state.iterator.certificate.length > 0,
      ask: (raw, hello, proxied, decide) => {
        const facts = factsOfHello(hello, settings.minVersion, settings.maxVersion);
        const client = new ConnectionFacts(raw, address, facts, rooms.options.isTrusted);
        client.proxied = proxied;
        certificatePhase(newRequestId(), client, rooms, (isGood) =>
          decide(isGood ? facts.wishes! : null),
        );
      },
    };
    const secured: Secured = (socket, proxied, wishes) =>
      this.#acceptTls(socket, address, proxied, wishes);
    return createTlsServer(settings, address.proxyProtocol, secured, gatekeeper);
  }

  #acceptTls(
    socket: tls.TLSSocket,
    address: ListenAddress,
    proxied: ProxiedAddress | null,
    wishes: HandshakeWishes,
  ): void {
    socket.setNoDelay(true);
    const tlsOf = wishes.asksForCertificate ? factsWithCertificate(socket) : factsOfSocket(socket);
    const { isTrusted } = this.#options.rooms.options;
    const facts = new ConnectionFacts(socket, address, tlsOf, isTrusted);
    facts.proxied = proxied;
    this.#begin(dataTransport(socket), facts, false);
  }

  #accept(transport: Transport, address: ListenAddress): void {
    const { isTrusted } = this.#options.rooms.options;
    const facts = new ConnectionFacts(transport.socket, address, null, isTrusted);
    this.#begin(transport, facts, address.proxyProtocol);
  }

  /** @param isProxied the PROXY protocol comes first, and has not been read */
  #begin(transport: Transport, facts: ClientFacts, isProxied: boolean): void {
    const { rooms, limits } = this.#options;
    const client = new Http1Client(rooms, facts);
    const connection = new ServerConnection(transport, limits, client, isProxied);
    client.attach(connection);
    this.counts.accepted++;
    this.counts.active++;
    this.#connections.add(connection);
    transport.socket.once("close", () => this.#forget(connection));
    if (this.#isDraining) connection.drain();
  }

  #forget(connection: ServerConnection): void {
    this.#connections.delete(connection);
    this.counts.active--;
    if (this.#isDraining && this.#connections.size === 0) this.#drained?.();
  }

  /** Accept nothing more, answer what is under way; resolves when the last connection is gone. */
  drain(): Promise<void> {
    this.#isDraining = true;
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  /** How many connections there are, and what the requests on them wait for: the first `most`. */
  underWay(most: number): { connections: number; requests: UnderWay[] } {
    const requests: UnderWay[] = [];
    const epochMs = nowMs();
    for (const { sink } of this.#connections) {
      if (requests.length === most) break;
      const one = (sink as Http1Client).underWay(epochMs);
      if (one !== null) requests.push(one);
    }
    return { connections: this.#connections.size, requests };
  }

  /** Cut every connection. */
  close(): void {
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections) connection.abort();
  }
}
