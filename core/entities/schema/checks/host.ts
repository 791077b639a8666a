/** Checks of hosts: of services, routes, SNIs and headers. */
import { isAddressError, readAddress } from "./address.ts";

/** Hosts that are only letters, digits, dots and dashes between letters need no closer look. */
const PLAIN_NAME = /^[a-z][a-z0-9]*(?:[.-][a-z][a-z0-9]*)*$/;

/** A name or an address, without a port. Like all checks: a sentence, or undefined where nothing is wrong. */
export function hostError(host: string): string | undefined {
  if (PLAIN_NAME.test(host)) return undefined;
  const address = readAddress(host);
  if (isAddressError(address)) return `invalid value: ${host}`;
  return address.port === undefined ? undefined : "must not have a port";
}

/** A name or an address, with or without a port. */
export function hostWithOptionalPortError(host: string): string | undefined {
  if (PLAIN_NAME.test(host)) return undefined;
  const address = readAddress(host);
  return isAddressError(address) ? address.error : undefined;
}

/** A host of a route: a wildcard stands for any letters. */
export function hostsElementError(host: string): string | undefined {
  return hostWithOptionalPortError(host.replaceAll("*", "abc"));
}

/** A name, no address, without a port. */
export function sniError(host: string): string | undefined {
  if (PLAIN_NAME.test(host)) return undefined;
  const address = readAddress(host);
  if (isAddressError(address)) return `invalid value: ${host}`;
  if (address.kind !== "name") return "must not be an IP";
  return address.port === undefined ? undefined : "must not have a port";
}

/** As {@link sniError}, with one `*` at either end. */
export function wildcardHostError(host: string): string | undefined {
  const star = host.indexOf("*");
  if (star < 0) return sniError(host);
  if (host.indexOf("*", star + 1) >= 0) return "only one wildcard must be specified";
  if (star > 0 && star < host.length - 1) return "wildcard must be leftmost or rightmost character";
  return sniError(host.replace("*", "wildcard"));
}
