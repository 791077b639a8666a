/**
 * The line or block by which a load balancer tells whose connection it passes on (PROXY protocol, versions 1 and 2).
 *
 * Comes before the first request, and before TLS. Whether it is believed is not decided here.
 */
import { isIP } from "node:net";
import { INCOMPLETE, INVALID } from "./head-scanner.ts";
import type { Transport, TransportOwner } from "./transport.ts";

/** Bytes of a version 1 line, its CR LF included (specification 2.1). */
const LINE_BYTES_MAX = 107;
/** Bytes of a version 2 block that are taken: addresses and extensions that nobody reads. */
const BLOCK_BYTES_MAX = 4096;
const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

/** Who connected to the load balancer; null for its own connections (UNKNOWN, LOCAL). */
export interface ProxiedAddress {
  readonly ip: string;
  readonly port: number;
}

/** What {@link readProxyProtocol} found; used up at once. */
export let proxied: ProxiedAddress | null = null;

/** @returns the offset behind it, INCOMPLETE or INVALID */
export function readProxyProtocol(b: Buffer, n: number): number {
  proxied = null;
  const seen = Math.min(n, SIGNATURE.length);
  if (b.compare(SIGNATURE, 0, seen, 0, seen) === 0) {
    return n < 16 ? INCOMPLETE : readBlock(b, n);
  }
  return readLine(b, n);
}

function readLine(b: Buffer, n: number): number {
  const end = b.subarray(0, n).indexOf("\r\n");
  const head = b.latin1Slice(0, Math.min(n, 6));
  if (!"PROXY ".startsWith(head)) return INVALID;
  if (end < 0) return n >= LINE_BYTES_MAX ? INVALID : INCOMPLETE;
  if (end + 2 > LINE_BYTES_MAX) return INVALID;
  const [, family, ip = "", , port = ""] = b.latin1Slice(0, end).split(" ");
  if (family === "UNKNOWN") return end + 2;
  if (family !== "TCP4" && family !== "TCP6") return INVALID;
  if (isIP(ip) !== (family === "TCP4" ? 4 : 6) || !/^\d{1,5}$/.test(port)) return INVALID;
  proxied = { ip, port: Number(port) };
  return end + 2;
}

function readBlock(b: Buffer, n: number): number {
  const length = b.readUInt16BE(14);
  if (b[12]! >> 4 !== 2 || length > BLOCK_BYTES_MAX) return INVALID;
  if (n < 16 + length) return INCOMPLETE;
  const isLocal = (b[12]! & 15) === 0;
  const family = b[13]!;
  if (!isLocal && family === 0x11 && length >= 12) {
    proxied = { ip: [...b.subarray(16, 20)].join("."), port: b.readUInt16BE(24) };
  } else if (!isLocal && family === 0x21 && length >= 36) {
    proxied = { ip: ipv6Text(b.subarray(16, 32)), port: b.readUInt16BE(48) };
  }
  return 16 + length;
}

/** The address in its usual short form. */
function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/**
 * Owns a connection's transport until the PROXY protocol has been read; what follows is the connection's.
 *
 * Keeps no more bytes than the protocol may have, and no time: the connection's own limit for its first head counts.
 */
export class ProxiedStart implements TransportOwner {
  readonly #transport: Transport;
  readonly #connection: TransportOwner;
  readonly #told: (address: ProxiedAddress | null) => void;
  #rest: Buffer | null = null;

  /** @param told called once, before the connection gets its first bytes */
  constructor(
    transport: Transport,
    connection: TransportOwner,
    told: (address: ProxiedAddress | null) => void,
  ) {
    this.#transport = transport;
    this.#connection = connection;
    this.#told = told;
    transport.owner = this;
  }

  onData(b: Buffer, n: number): void {
    const read = b.subarray(0, n);
    const all = this.#rest === null ? read : Buffer.concat([this.#rest, read]);
    const end = readProxyProtocol(all, all.length);
    if (end === INCOMPLETE) this.#rest = Buffer.from(all);
    else if (end < 0) this.#transport.close();
    else {
      this.#transport.owner = this.#connection;
      this.#told(proxied);
      if (end < all.length) this.#connection.onData(all.subarray(end), all.length - end);
    }
  }

  onEnd(): void {
    this.#connection.onEnd();
  }

  onClose(): void {
    this.#connection.onClose();
  }
}
