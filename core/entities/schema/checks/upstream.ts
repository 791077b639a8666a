/** Checks of the names of Upstreams and of Targets. */
import { isAddressError, readAddress } from "./address.ts";

/** Port of a Target that names none. */
export const TARGET_PORT_DEFAULT = 8000;

export function upstreamNameError(name: string): string | undefined {
  const address = readAddress(name);
  if (isAddressError(address)) return `Invalid name ('${name}'); must be a valid hostname`;
  if (address.kind !== "name") return `Invalid name ('${name}'); no ip addresses allowed`;
  return address.port === undefined ? undefined : `Invalid name ('${name}'); no port allowed`;
}

export function targetError(target: string): string | undefined {
  return isAddressError(readAddress(target))
    ? `Invalid target ('${target}'); not a valid hostname or ip address`
    : undefined;
}

/** "host:port" with the port written out; an IPv6 address in brackets. */
export function normalizeTarget(target: string): string {
  const address = readAddress(target);
  if (isAddressError(address)) return target;
  const host = address.kind === "ipv6" ? `[${address.host.toLowerCase()}]` : address.host;
  return `${host}:${address.port ?? TARGET_PORT_DEFAULT}`;
}
