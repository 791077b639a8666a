/** Addresses that requests are sent to: one object per address, made once and compared by identity. */
import { isIP } from "node:net";

/** Where one try of a request goes. */
export interface Peer {
  /** Address without brackets; the path with `unix:` before it for a Unix socket. */
  readonly ip: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Path of a Unix socket, null for an address. */
  readonly path: string | null;
  /** Name as configured (IPv6 in brackets), for Host and server name; who writes Host adds a port by its own rule. */
  readonly hostname: string;
  /** `host_header` of the Upstream, which takes the place of `hostname`; null if it has none. */
  readonly hostHeader: string | null;
  /** Who sends requests keeps here what belongs to the address: its connection pool. */
  pool: unknown;
}

/** Prefix of a host that is the path of a Unix socket. */
export const UNIX_PREFIX = "unix:";

/** Peers kept for reuse; the oldest makes room, and what still holds it goes on using it. */
const PEERS_MAX = 65_536;

function literal(host: string): string | null {
  if (isIP(host) !== 0) return host;
  const inside = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : "";
  return isIP(inside) === 6 ? inside : null;
}

/** Is this an address or a socket, so that nobody need be asked for it? */
export function isLiteral(host: string): boolean {
  return host.startsWith(UNIX_PREFIX) || literal(host) !== null;
}

/** All peers of a worker. */
export class PeerTable {
  readonly #peers = new Map<string, Peer>();

  /** The peer of an address; the same object for the same arguments. */
  get(ip: string, port: number, hostname: string, hostHeader: string | null): Peer {
    const key = `${ip}|${port}|${hostname}|${hostHeader ?? ""}`;
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      peer = { ip, port, path: null, hostname, hostHeader, pool: null };
      this.#keep(key, peer);
    }
    return peer;
  }

  /** The peer of a host for which {@link isLiteral} holds. */
  ofLiteral(host: string, port: number, hostHeader: string | null): Peer {
    const ip = literal(host);
    if (ip !== null) return this.get(ip, port, ip.includes(":") ? `[${ip}]` : ip, hostHeader);
    const key = `${host}||${hostHeader ?? ""}`;
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      const path = host.slice(UNIX_PREFIX.length);
      peer = { ip: host, port: 0, path, hostname: "localhost", hostHeader, pool: null };
      this.#keep(key, peer);
    }
    return peer;
  }

  #keep(key: string, peer: Peer): void {
    if (this.#peers.size >= PEERS_MAX) this.#peers.delete(this.#peers.keys().next().value!);
    this.#peers.set(key, peer);
  }
}
