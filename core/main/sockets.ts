/**
 * Listening sockets, bound once by the primary and handed to every worker.
 *
 * The primary keeps them open and never accepts: while a worker is replaced, connections wait in the kernel's queue and
 * are not refused. (node:cluster closes a shared socket with its last worker, and so refuses them.) Binding without
 * accepting has no public interface; cluster itself uses the one below.
 */
import net from "node:net";
import { ListenFailed } from "../config/listen-failed.ts";
import type { Listener } from "../config/listeners.ts";
import type { Settings } from "../config/settings.ts";
import type { ListenMessage } from "./messages.ts";

/** Queue of a listening socket where the settings name none. */
const BACKLOG_DEFAULT = 511;

/** A bound socket. */
export interface BoundSocket {
  readonly key: string;
  readonly handle: unknown;
  readonly port: number;
}

interface Handle {
  close(): void;
  getsockname?(out: { port?: number }): number;
}

type CreateHandle = (
  ip: string,
  port: number,
  family: 4 | 6,
  fd: number,
  flags: number,
) => Handle | number;

/** Whether somebody listens there already is only told by listening: binding alone succeeds. */
async function assertFree(ip: string, port: number): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = net.createServer();
    probe.once("error", (cause) => reject(failed(ip, port, cause)));
    probe.listen({ host: ip, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

function failed(ip: string, port: number, cause: Error): ListenFailed {
  return new ListenFailed("proxy_listen", `${ip}:${port}`, cause);
}

/**
 * One for the life of the primary, over all reloads; a socket stays bound until {@link keepOnly} leaves it out.
 */
export class Sockets {
  readonly #bound = new Map<string, BoundSocket>();

  /**
   * The socket of an address, bound now if it is not yet.
   *
   * @throws {ListenFailed} if the address is in use or not ours
   */
  async bind(ip: string, port: number): Promise<BoundSocket> {
    const key = `${ip}|${port}`;
    const had = this.#bound.get(key);
    if (had !== undefined) return had;
    await assertFree(ip, port);
    const create = (net as unknown as { _createServerHandle: CreateHandle })._createServerHandle;
    const handle = create(ip, port, net.isIP(ip) === 6 ? 6 : 4, -1, 0);
    if (typeof handle === "number") {
      throw failed(ip, port, new Error(`bind failed (${handle})`));
    }
    const name: { port?: number } = {};
    handle.getsockname?.(name);
    const bound = { key, handle, port: name.port ?? port };
    this.#bound.set(key, bound);
    return bound;
  }

  /** Close all but these. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const [key, bound] of this.#bound) {
      if (keys.has(key)) continue;
      (bound.handle as Handle).close();
      this.#bound.delete(key);
    }
  }
}

/** What a worker is told of a socket that it shall listen on. */
export function listenMessage(listener: Listener, settings: Settings): ListenMessage {
  return {
    type: "listen",
    ip: listener.ip,
    port: listener.port,
    ssl: listener.ssl,
    backlog: listener.backlog ?? BACKLOG_DEFAULT,
    proxyProtocol: listener.proxy_protocol,
    advertisedPort: settings.host_ports[listener.port] ?? listener.port,
  };
}
