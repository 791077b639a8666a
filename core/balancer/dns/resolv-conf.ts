/**
 * Which name servers to ask, and how: /etc/resolv.conf, overridden by `dns_resolver`.
 *
 * As in Kong the setting replaces only the servers; search domains and options still come from the file.
 */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { InvalidSetting } from "../../errors.ts";

/** A name server's address. */
export interface NameServer {
  readonly ip: string;
  readonly port: number;
}

/** How names are looked up. */
export interface ResolverConfig {
  readonly servers: readonly NameServer[];
  /** Domains that are appended to names with fewer than `ndots` dots. */
  readonly search: readonly string[];
  readonly ndots: number;
  /** For one answer of one server. */
  readonly timeoutMs: number;
  /** Queries sent for one name and type, over all servers. */
  readonly attempts: number;
  /** Begin each query at the next server in place of the first. */
  readonly rotate: boolean;
}

const DNS_PORT = 53;
/** Wait for one answer where the file has no `options timeout`; Kong's default. */
const TIMEOUT_MS = 2000;
/** Tries where the file has no `options attempts`; Kong's default. */
const ATTEMPTS = 5;
/** Upper bounds for what the file may ask for, those of resolv.conf(5). */
const TIMEOUT_SECONDS_MAX = 30;
const ATTEMPTS_MAX = 5;
const NDOTS_MAX = 15;
const SEARCH_MAX = 6;

/**
 * Read a server of `dns_resolver`: "10.0.0.1", "10.0.0.1:5353", "::1", "[::1]:5353".
 *
 * @throws {InvalidSetting} where the address is none, or the port not between 1 and 65535
 */
export function parseNameServer(text: string): NameServer {
  if (isIP(text) !== 0) return { ip: text, port: DNS_PORT };
  const [, bracketed, plain, port = String(DNS_PORT)] =
    /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const ip = bracketed ?? plain ?? "";
  const number = Number(port);
  if (isIP(ip) === 0 || number < 1 || number > 65_535) {
    throw new InvalidSetting(
      `dns_resolver must be a comma separated list in the form of IPv4/6 or IPv4/6:port, got '${text}'`,
    );
  }
  return { ip, port: number };
}

function numberWithin(text: string | undefined, otherwise: number, max: number): number {
  const number = Number(text);
  return text !== undefined && Number.isInteger(number) && number >= 1
    ? Math.min(number, max)
    : otherwise;
}

/** Read resolv.conf; unknown words are passed over, as every resolver does. */
export function parseResolvConf(text: string): ResolverConfig {
  const servers: NameServer[] = [];
  let search: string[] = [];
  const options = new Map<string, string | undefined>();
  for (const line of text.split("\n")) {
    const [word, ...rest] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    // a scope ("fe80::1%eth0") stays: the socket understands it
    if (word === "nameserver" && isIP(rest[0] ?? "")) {
      servers.push({ ip: rest[0]!, port: DNS_PORT });
    } else if (word === "search" || word === "domain") {
      search = rest.map((domain) => domain.replace(/\.$/, "").toLowerCase()).filter(Boolean);
    } else if (word === "options") {
      for (const option of rest) {
        const [name = "", value] = option.split(":");
        options.set(name, value);
      }
    }
  }
  const timeoutSeconds = numberWithin(
    options.get("timeout"),
    TIMEOUT_MS / 1000,
    TIMEOUT_SECONDS_MAX,
  );
  return {
    servers,
    search: search.slice(0, SEARCH_MAX),
    ndots: numberWithin(options.get("ndots"), 1, NDOTS_MAX),
    timeoutMs: timeoutSeconds * 1000,
    attempts: numberWithin(options.get("attempts"), ATTEMPTS, ATTEMPTS_MAX),
    rotate: options.has("rotate"),
  };
}

/**
 * The resolver as the machine and `dns_resolver` say.
 *
 * @param dnsResolver servers in place of the file's; null or empty: the file's, and where it has none, this machine
 */
export function loadResolverConfig(
  dnsResolver: readonly string[] | null,
  path = "/etc/resolv.conf",
): ResolverConfig {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch {
    // a machine without the file has no servers and no search domains
  }
  const config = parseResolvConf(text);
  const named = (dnsResolver ?? []).map(parseNameServer);
  const servers = named.length > 0 ? named : config.servers;
  return {
    ...config,
    servers: servers.length > 0 ? servers : [{ ip: "127.0.0.1", port: DNS_PORT }],
  };
}

/**
 * The full names to ask for, in order: search domains first where a name has few dots, the name itself first otherwise.
 * A trailing dot means the name is full already.
 */
export function candidateNames(
  name: string,
  config: Pick<ResolverConfig, "search" | "ndots">,
): string[] {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const searched = config.search.map((domain) => `${name}.${domain}`);
  const dots = name.split(".").length - 1;
  return dots >= config.ndots ? [name, ...searched] : [...searched, name];
}
