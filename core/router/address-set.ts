/**
 * Sets of addresses and ports, for `sources` and `destinations` of Routes (and whoever else has CIDR lists).
 *
 * Parsed once; a test costs a parse of the request's address and a few integer comparisons, no allocation but the
 * parsed form. An IPv4 address mapped into IPv6 counts as the IPv4 address that it is.
 */
import type { AddressMatch } from "../entities/route.ts";

/** An address as four 32-bit words; IPv4 is ::ffff:a.b.c.d. */
type Address = readonly [number, number, number, number];

interface Block {
  /** null: any address. */
  readonly address: Address | null;
  /** Bits that count, of 128. */
  readonly bits: number;
  /** null: any port. */
  readonly port: number | null;
}

const MAPPED = 0xffff;

/** Parse an IPv4 or IPv6 address (with or without brackets, zone cut off); null if it is neither. */
export function parseAddress(text: string): Address | null {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  return bare.includes(":") ? parseIpv6(bare) : parseIpv4Mapped(bare);
}

function parseIpv4Mapped(text: string): Address | null {
  const word = parseIpv4(text);
  return word < 0 ? null : [0, 0, MAPPED, word];
}

/** An IPv4 address as an unsigned number; -1 if it is none. */
function parseIpv4(text: string): number {
  const parts = text.split(".");
  if (parts.length !== 4) return -1;
  let word = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return -1;
    word = word * 256 + Number(part);
  }
  return word;
}

function parseIpv6(text: string): Address | null {
  const zone = text.indexOf("%");
  const groups = splitGroups(zone < 0 ? text : text.slice(0, zone));
  if (groups === null) return null;
  const words: [number, number, number, number] = [0, 0, 0, 0];
  for (let g = 0; g < 8; g++) words[g >> 1]! += groups[g]! * (g % 2 === 0 ? 0x10000 : 1);
  return words;
}

/** The eight 16-bit groups of an IPv6 address, `::` filled up; null if it is none. */
function splitGroups(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = readGroups(halves[0]!);
  const tail = halves.length === 2 ? readGroups(halves[1]!) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function readGroups(text: string): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes(".")) {
      const word = parseIpv4(part);
      if (word < 0) return null;
      groups.push(word >>> 16, word & 0xffff);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}

/** Never changes. An empty one holds nothing. */
export class AddressSet {
  readonly #blocks: readonly Block[];

  /** @param entries `{ip, port}` with an address or a CIDR block; an address that does not parse matches nothing */
  constructor(entries: readonly AddressMatch[]) {
    this.#blocks = entries.map(toBlock).filter((block) => block !== null);
  }

  /**
   * Is the address and port in the set?
   *
   * @param ip as text; "" or anything unparseable is in no block with an address
   * @param port -1 for unknown
   */
  has(ip: string, port: number): boolean {
    let address: Address | null | undefined;
    for (const block of this.#blocks) {
      if (block.port !== null && block.port !== port) continue;
      if (block.address === null) return true;
      if (address === undefined) address = parseAddress(ip);
      if (address !== null && sameBits(address, block.address, block.bits)) return true;
    }
    return false;
  }
}

function toBlock(entry: AddressMatch): Block | null {
  const port = entry.port ?? null;
  if (entry.ip === undefined || entry.ip === null) return { address: null, bits: 0, port };
  const slash = entry.ip.indexOf("/");
  const text = slash < 0 ? entry.ip : entry.ip.slice(0, slash);
  const address = parseAddress(text);
  if (address === null) return null;
  const width = text.includes(":") ? 128 : 32;
  const bits = slash < 0 ? width : Number(entry.ip.slice(slash + 1));
  if (!Number.isInteger(bits) || bits < 0 || bits > width) return null;
  return { address, bits: bits + 128 - width, port };
}

function sameBits(a: Address, b: Address, bits: number): boolean {
  for (let word = 0, left = bits; left > 0; word++, left -= 32) {
    const differs = (a[word]! ^ b[word]!) >>> 0;
    if (left >= 32 ? differs !== 0 : differs >>> (32 - left) !== 0) return false;
  }
  return true;
}
