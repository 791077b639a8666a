/**
 * Pools of connections by target.
 *
 * A target is an address and, with TLS, everything that a handshake depends on: server name, verification, trusted CAs,
 * client certificate. Two Services that differ in any of these never share a connection (Kong 3.9 leaves out the CAs).
 */
import tls from "node:tls";
import type { Peer } from "../balancer/peer.ts";
import { type PoolLimits, TargetPool } from "../http1/target-pool.ts";
import { connectPlain, dataTransport } from "../http1/open-transport.ts";
import type { Transport } from "../http1/transport.ts";
import { secureContext, type TlsMaterial } from "./tls-material.ts";

/** What a TLS connection to a target depends on. */
export interface UpstreamTls {
  readonly servername: string;
  readonly verify: boolean;
  /** Intermediate CAs that a chain may have; counts only with `verify`. */
  readonly verifyDepth: number;
  /** null = Node's own list. */
  readonly ca: TlsMaterial | null;
  /** Certificate and key to show; null = none. */
  readonly pair: TlsMaterial | null;
}

/** Pools without idle connections that are kept; more are forgotten. */
const POOLS_MAX = 10_000;
/** Certificates of a chain that are counted: more than any setting allows. */
const CHAIN_LENGTH_MAX = 70;

/** One for each worker. A pool is kept as long as it has idle connections. */
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
    const { servername, verify, verifyDepth, ca, pair } = options;
    const trust = verify ? `${verifyDepth}|${ca?.id}` : "";
    const key = `tls|${peer.path ?? peer.ip}|${peer.port}|${servername}|${trust}|${pair?.id}`;
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
  const { servername, verify, verifyDepth } = options;
  const socket = tls.connect({
    ...(peer.path === null ? { host: peer.ip, port: peer.port } : { path: peer.path }),
    servername,
    rejectUnauthorized: verify,
    ALPNProtocols: ["http/1.1"],
    secureContext: secureContext(options.ca, options.pair),
  });
  socket.setNoDelay(true);
  socket.once("secureConnect", () => {
    if (verify && chainLength(socket) > verifyDepth + 2) {
      socket.destroy(new Error("the certificate chain is longer than tls_verify_depth allows"));
    } else connected();
  });
  return dataTransport(socket);
}

/** Certificates from the server's own up to the trusted root, both counted. */
function chainLength(socket: tls.TLSSocket): number {
  let length = 0;
  let certificate: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  for (; certificate !== undefined && length < CHAIN_LENGTH_MAX; length++) {
    const issuer: tls.DetailedPeerCertificate = certificate.issuerCertificate;
    certificate = issuer === certificate ? undefined : issuer;
  }
  return length;
}
