/** Checks of IP addresses and ranges. */
import { isIP, isIPv4 } from "node:net";

const BITS = { 4: 32, 6: 128 } as const;

/** Whether a text is "address/bits". */
function isCidr(text: string): boolean {
  const slash = text.indexOf("/");
  if (slash < 0) return false;
  const family = isIP(text.slice(0, slash));
  const bits = text.slice(slash + 1);
  return family !== 0 && /^[0-9]{1,3}$/.test(bits) && Number(bits) <= BITS[family as 4 | 6];
}

/** An address without a range. */
export function ipError(ip: string): string | undefined {
  return isIP(ip) === 0 ? `not an ip address: ${ip}` : undefined;
}

/** An address, or a block of them. */
export function ipOrCidrError(range: string): string | undefined {
  return isIP(range) !== 0 || isCidr(range) ? undefined : `invalid ip or cidr range: '${range}'`;
}

/** A block of IPv4 alone; its bits have to be given. */
export function cidrV4Error(range: string): string | undefined {
  const isGood = isIPv4(range.split("/")[0] ?? "") && isCidr(range);
  return isGood ? undefined : `invalid ipv4 cidr range: '${range}'`;
}
