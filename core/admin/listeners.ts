/**
 * Opens and closes the sockets of an API: plain and TLS, TCP and Unix, with the limits of an API that few clients use.
 */
import { access, lstat, rm } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { ServerHttp2Session } from "node:http2";
import { type AddressInfo, connect, type ListenOptions, type Socket } from "node:net";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import { ListenFailed } from "../config/listen-failed.ts";
import type { Listener } from "../config/listeners.ts";

/** Connections to one listener at a time; more are closed as they come. */
const CONNECTIONS_MAX = 1024;
/** Bytes of a request's head, as nginx's four buffers of 8 KiB. */
const HEAD_BYTES_MAX = 32 * 1024;
/** Time for the whole head of a request, in milliseconds (nginx: client_header_timeout). */
const HEAD_TIMEOUT_MS = 60_000;
/** Time for a whole request with its body, in milliseconds; a large configuration may come over a slow line. */
const REQUEST_TIMEOUT_MS = 300_000;
/** Idle time of a connection between two requests, in milliseconds (nginx: keepalive_timeout). */
const KEEPALIVE_TIMEOUT_MS = 75_000;
/** Wait for requests under way when a listener closes, in milliseconds. */
const CLOSE_TIMEOUT_MS = 5_000;

/** The part of a `*_listen` entry (core/config/listeners.ts) that is used here. */
type ListenAddress = Pick<
  Listener,
  "ip" | "port" | "path" | "ssl" | "http2" | "backlog" | "ipv6only"
>;

/** Certificates and keys as PEM texts, one of each per pair. */
interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Addresses of one API and what is done with what comes there. */
export interface ListenersOptions {
  /** That names the addresses: "admin_listen". */
  readonly setting: string;
  readonly addresses: readonly ListenAddress[];
  readonly onRequest: (incoming: IncomingMessage, response: ServerResponse) => void;
  readonly onClientError: (error: Error, socket: Duplex) => void;
  /** A listener that is open failed, and goes on. */
  readonly onListenError: (error: Error) => void;
  /** Asked only if an address has `ssl`. */
  readonly keyPairs: () => readonly KeyPair[];
}

const SERVER_OPTIONS: ServerOptions = {
  maxHeaderSize: HEAD_BYTES_MAX,
  headersTimeout: HEAD_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEPALIVE_TIMEOUT_MS,
};

/** A server with what its own `close` waits for and does not end: connections, be they at their handshake, and sessions. */
interface OpenServer {
  readonly server: Server;
  readonly sockets: Set<Socket>;
  /** Of HTTP/2: they end when they are told, after the requests that are under way. */
  readonly sessions: Set<ServerHttp2Session>;
}

/** Keep what the server tells of in the set for as long as it is open. */
function keep<T extends Socket | ServerHttp2Session>(server: Server, event: string, open: Set<T>) {
  server.on(event, (one: T) => {
    open.add(one);
    one.once("close", () => open.delete(one));
  });
}

async function makeServer(address: ListenAddress, options: ListenersOptions): Promise<OpenServer> {
  const open = { sockets: new Set<Socket>(), sessions: new Set<ServerHttp2Session>() };
  let server: Server;
  if (!address.ssl) {
    server = createServer(SERVER_OPTIONS, options.onRequest);
  } else {
    const pairs = options.keyPairs();
    const tls = { cert: pairs.map((pair) => pair.cert), key: pairs.map((pair) => pair.key) };
    if (address.http2) {
      const { createSecureServer } = await import("node:http2");
      const secure = createSecureServer({ ...tls, allowHTTP1: true });
      secure.on("request", options.onRequest as never);
      server = secure as unknown as Server;
    } else {
      const { createServer: createTlsServer } = await import("node:https");
      server = createTlsServer({ ...SERVER_OPTIONS, ...tls }, options.onRequest);
    }
  }
  server.maxConnections = CONNECTIONS_MAX;
  server.on("clientError", options.onClientError);
  keep(server, "connection", open.sockets);
  keep(server, "session", open.sessions);
  return { server, ...open };
}

function listenOptions(address: ListenAddress): ListenOptions {
  const backlog = address.backlog === null ? {} : { backlog: address.backlog };
  if (address.path !== null) return { path: address.path, ...backlog };
  // nginx binds a wildcard IPv6 address to IPv6 alone unless it is told otherwise.
  const ipv6Only = address.ipv6only !== false;
  return { host: address.ip, port: address.port, ipv6Only, exclusive: true, ...backlog };
}

/** Whether somebody listens on a socket file. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}

/**
 * A socket file that a killed gateway left behind would be "in use" for ever, and goes; nothing else does.
 *
 * @throws {ListenFailed} where no socket can be
 */
async function clearWay(path: string, setting: string): Promise<void> {
  const found = await lstat(path).catch((cause: NodeJS.ErrnoException) => cause);
  if (found instanceof Error) {
    if (found.code !== "ENOENT") throw new ListenFailed(setting, path, found);
    // the system's own word for it would be "permission denied"
    await access(dirname(path)).catch((cause) => {
      throw new ListenFailed(setting, path, cause);
    });
  } else if (!found.isSocket()) {
    throw new ListenFailed(setting, path, Object.assign(new Error(), { code: "ENOTSOCK" }));
  } else if (!(await answers(path))) await rm(path, { force: true });
}

function listen(server: Server, where: ListenOptions, options: ListenersOptions): Promise<void> {
  const address = where.path ?? `${where.host}:${where.port}`;
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => reject(new ListenFailed(options.setting, address, cause));
    server.once("error", fail);
    server.listen(where, () => {
      server.off("error", fail);
      // a connection could not be accepted, for want of descriptors: whoever asks next may have more luck
      server.on("error", (err) => options.onListenError(err));
      resolve();
    });
  });
}

function close({ server, sockets, sessions }: OpenServer, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, limitMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections?.();
    for (const session of sessions) session.close();
  });
}

/** The open sockets of an API. */
export class Listeners {
  readonly #servers: OpenServer[];

  private constructor(servers: OpenServer[]) {
    this.#servers = servers;
  }

  /**
   * Open all addresses, or none.
   *
   * @throws {ListenFailed} for the first address that cannot be opened
   */
  static async open(options: ListenersOptions): Promise<Listeners> {
    const listeners = new Listeners([]);
    try {
      for (const address of options.addresses) {
        const where = listenOptions(address);
        if (where.path !== undefined) await clearWay(where.path, options.setting);
        const made = await makeServer(address, options);
        await listen(made.server, where, options);
        listeners.#servers.push(made);
      }
    } catch (cause) {
      await listeners.close();
      throw cause;
    }
    return listeners;
  }

  /** What is listened on: ports that were 0 are real ones here. */
  addresses(): (AddressInfo | string)[] {
    return this.#servers.map(({ server }) => server.address()!);
  }

  /**
   * Take no new connections and end the idle ones; resolves when the requests under way are answered.
   *
   * @param limitMs after so many milliseconds whatever is still open is cut
   */
  async close(limitMs = CLOSE_TIMEOUT_MS): Promise<void> {
    await Promise.all(this.#servers.map((one) => close(one, limitMs)));
  }
}
