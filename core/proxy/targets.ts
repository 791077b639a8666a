/**
 * Pools of connections by target.
 *
 * A target is an address and, with TLS, everything that a handshake depends on: server name, verification, trusted CAs,
 * client certificate. Two Services that differ in any of these never share a connection (Kong 3.9 leaves out the CAs).
 */
import tls from "node:tls";
import type { Peer } from "../balancer/peer.ts";
import { type PoolLimits, TargetPool } from "../http1/target-pool.ts";
import { connectPlain, dataTransport, type Transport } from "../http1/transport.ts";

/** What a TLS connection to a target depends on. */
export interface UpstreamTls {
  readonly servername: string;
  readonly verify: boolean;
  /** PEM texts; undefined = the system's. */
  readonly ca?: readonly string[] | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Pools without idle connections that are kept; more are forgotten. */
const POOLS_MAX = 10_000;

export class Targets {
  readonly #byKey = new Map<string, TargetPool>();
  readonly #limits: PoolLimits;
  readonly #useOnread: boolean;

  constructor(limits: PoolLimits, useOnread: boolean) {
    this.#limits = limits;
    this.#useOnread = useOnread;
  }

  /** The pool of a peer in plain text; the peer keeps it. */
  plain(peer: Peer): TargetPool {
    if (peer.pool !== null) return peer.pool as TargetPool;
    const address = peer.path === null ? { host: peer.ip, port: peer.port } : { path: peer.path };
    const pool = this.#keyed(peer.path ?? `${peer.ip}|${peer.port}`, (connected) =>
      connectPlain(address, this.#useOnread, connected),
    );
    peer.pool = pool;
    return pool;
  }

  /** The pool of a peer over TLS. */
  tls(peer: Peer, options: UpstreamTls): TargetPool {
    const key = `tls|${peer.ip}|${peer.port}|${JSON.stringify(options)}`;
    return this.#keyed(key, (connected) => connectTls(peer, options, connected));
  }

  #keyed(key: string, open: (connected: () => void) => Transport): TargetPool {
    let pool = this.#byKey.get(key);
    if (pool !== undefined) return pool;
    if (this.#byKey.size >= POOLS_MAX) this.#forgetIdle();
    pool = new TargetPool(open, this.#limits);
    this.#byKey.set(key, pool);
    return pool;
  }

  #forgetIdle(): void {
    for (const [key, pool] of this.#byKey) {
      if (pool.idleCount === 0) this.#byKey.delete(key);
    }
  }

  /** Close every idle connection (shutdown). */
  clear(): void {
    for (const pool of this.#byKey.values()) pool.clear();
  }
}

function connectTls(peer: Peer, options: UpstreamTls, connected: () => void): Transport {
  const socket = tls.connect({
    host: peer.ip,
    port: peer.port,
    servername: options.servername,
    rejectUnauthorized: options.verify,
    ALPNProtocols: ["http/1.1"],
    ...(options.ca === undefined ? {} : { ca: [...options.ca] }),
    ...(options.cert === undefined ? {} : { cert: options.cert }),
    ...(options.key === undefined ? {} : { key: options.key }),
  });
  socket.setNoDelay(true);
  socket.once("secureConnect", connected);
  return dataTransport(socket);
}
