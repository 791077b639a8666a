/**
 * Reads "host", "host:port", "1.2.3.4:80", "[::1]:80" the way Kong does, for the checks and for targets.
 *
 * What it is is decided by its look: two colons or more are an IPv6 address, only digits and dots an IPv4 address,
 * everything else a name. So "1234" is a bad address and not a name.
 */
import { isIPv4, isIPv6 } from "node:net";

type AddressKind = "ipv4" | "ipv6" | "name";

interface Address {
  readonly kind: AddressKind;
  /** As written, without port; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/** What is wrong with an address, in the words of Kong. */
interface AddressError {
  readonly error: string;
}

const PORT_MAX = 65535;
const NAME = /^[0-9A-Za-z._-]+$/;

function kindOf(text: string): AddressKind {
  const colon = text.indexOf(":");
  if (colon >= 0 && text.indexOf(":", colon + 1) >= 0) return "ipv6";
  return /^[0-9.:]+$/.test(text) ? "ipv4" : "name";
}

/** @returns the number, undefined where there is none, or NaN if it is none or too big */
function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^[0-9]+$/.test(text) && Number(text) <= PORT_MAX ? Number(text) : Number.NaN;
}

function isHostname(name: string): boolean {
  if (!NAME.test(name)) return false;
  const labels = name.split(".");
  return labels.every((label, index) =>
    label === "" ? index > 0 && index === labels.length - 1 : !label.endsWith("-"),
  );
}

/** Is it what is wrong, and no address? */
export function isAddressError(address: Address | AddressError): address is AddressError {
  return "error" in address;
}

/** Looks nothing up. A port beyond 65535 is an error; 0 is not. */
export function readAddress(text: string): Address | AddressError {
  const kind = kindOf(text);
  if (kind === "ipv6") {
    const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
    const host = bracketed?.[1] ?? text;
    const port = readPort(bracketed?.[2]);
    if (!isIPv6(host)) return { error: `invalid ipv6 address: ${text}` };
    return Number.isNaN(port) ? { error: "invalid port number" } : { kind, host, port };
  }
  const colon = text.indexOf(":");
  const host = colon < 0 ? text : text.slice(0, colon);
  const portText = colon < 0 ? undefined : text.slice(colon + 1);
  const isGood = kind === "ipv4" ? isIPv4(host) : isHostname(host);
  if (!isGood || (portText !== undefined && !/^[0-9]+$/.test(portText))) {
    return { error: `invalid ${kind === "name" ? "hostname" : "ipv4 address"}: ${text}` };
  }
  const port = readPort(portText);
  return Number.isNaN(port) ? { error: "invalid port number" } : { kind, host, port };
}
