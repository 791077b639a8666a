/** Checks of the names of Upstreams and of Targets. */
import { isAddressError, readAddress } from "./address.ts";

/** Port of a Target that names none. */
const TARGET_PORT_DEFAULT = 8000;

/** A name, no address, without a port. */
export function upstreamNameError(name: string): string | undefined {
  const address = readAddress(name);
  if (isAddressError(address)) return `Invalid name ('${name}'); must be a valid hostname`;
  if (address.kind !== "name") return `Invalid name ('${name}'); no ip addresses allowed`;
  return address.port === undefined ? undefined : `Invalid name ('${name}'); no port allowed`;
}

/** A name or an address, with or without a port. */
export function targetError(target: string): string | undefined {
  return isAddressError(readAddress(target))
    ? `Invalid target ('${target}'); not a valid hostname or ip address`
    : undefined;
}

/** Groups of an IPv6 address, and letters of each, when it is written in full. */
const [GROUPS, GROUP_LETTERS] = [8, 4];

/** An IPv6 address as Kong writes it: every group, every zero. One that ends in an IPv4 address stays as it is. */
function inFull(address: string): string {
  if (address.includes(".")) return address;
  const [left = [], right = []] = address
    .split("::")
    .map((part) => (part === "" ? [] : part.split(":")));
  const zeros = Array.from({ length: GROUPS - left.length - right.length }, () => "0");
  const groups = [...left, ...zeros, ...right];
  return groups.map((group) => group.padStart(GROUP_LETTERS, "0").toLowerCase()).join(":");
}

/** "host:port" with the port written out; an IPv6 address in full and in brackets. */
export function normalizeTarget(target: string): string {
  const address = readAddress(target);
  if (isAddressError(address)) return target;
  const host = address.kind === "ipv6" ? `[${inFull(address.host)}]` : address.host;
  return `${host}:${address.port ?? TARGET_PORT_DEFAULT}`;
}
