/**
 * The grammar of `*_listen`: `off`, or entries of an address, a port and flags; also `unix:/path`, which Kong leaves to
 * nginx. The error shows Kong's list of flags, so that tools which read it find what they know.
 */
import { isIP } from "node:net";
import { InvalidSetting } from "../errors.ts";

/** One address of a `*_listen` setting, with its words. */
export interface Listener {
  /** Address or name to listen at, IPv6 without brackets; "unix:" for a socket. */
  readonly ip: string;
  /** 0 for a socket in the file system. */
  readonly port: number;
  /** Path of the socket; null for TCP. */
  readonly path: string | null;
  readonly ssl: boolean;
  readonly http2: boolean;
  readonly proxy_protocol: boolean;
  readonly deferred: boolean;
  readonly bind: boolean;
  readonly reuseport: boolean;
  readonly udp: boolean;
  /** Length of the queue of the operating system; null = its default. */
  readonly backlog: number | null;
  readonly ipv6only: boolean | null;
  /** As given: "on", "off" or "idle:interval:count"; null = the operating system's default. */
  readonly so_keepalive: string | null;
  /** The entry as Kong shows it: address and flags, without `http2`. */
  readonly listener: string;
}

const KEEPALIVE_FLAGS = "[so_keepalive=on] [so_keepalive=off] [so_keepalive=%w*:%w*:%d*]";
const SOCKET_FLAGS = `[backlog=%d+] [ipv6only=on] [ipv6only=off] ${KEEPALIVE_FLAGS}`;
const HTTP_FLAGS = `[ssl] [http2] [proxy_protocol] [deferred] [bind] [reuseport] ${SOCKET_FLAGS}`;
const STREAM_FLAGS = `[udp] [ssl] [proxy_protocol] [bind] [reuseport] ${SOCKET_FLAGS}`;
const HTTP_WORDS = new Set(["ssl", "http2", "proxy_protocol", "deferred", "bind", "reuseport"]);
const STREAM_WORDS = new Set(["udp", "ssl", "proxy_protocol", "bind", "reuseport"]);
const PORT_MAX = 65_535;
/** Longest path of a Unix socket (sun_path, with its end); a longer one would be cut off in silence. */
export const SOCKET_PATH_BYTES_MAX = 107;

/**
 * @param setting "proxy_listen", ...; `stream_listen` has flags of its own
 * @param entries as the setting was split; `["off"]` and nothing both give `[]`
 * @throws {InvalidSetting} with Kong's words if an entry is not of that form
 */
export function parseListeners(setting: string, entries: readonly string[]): Listener[] {
  const words = setting === "stream_listen" ? STREAM_WORDS : HTTP_WORDS;
  // Only as the first entry "off" counts; then the rest is not looked at.
  if (entries[0] === "off") return [];
  return entries.map((entry) => {
    const listener = parseEntry(entry, words);
    if (listener === undefined) throw new InvalidSetting(listenError(setting));
    if (Buffer.byteLength(listener.path ?? "") > SOCKET_PATH_BYTES_MAX) {
      const what = `${setting} has a path longer than ${SOCKET_PATH_BYTES_MAX} bytes`;
      throw new InvalidSetting(`${what}, which no socket can have: '${listener.path}'`);
    }
    return listener;
  });
}

/** What is told of a setting that is not of this form. */
export function listenError(setting: string): string {
  const flags = setting === "stream_listen" ? STREAM_FLAGS : HTTP_FLAGS;
  return `${setting} must be of form: [off] | <ip>:<port> ${flags}, [... next entry ...]`;
}

interface Address {
  readonly ip: string;
  readonly port: number;
  readonly path: string | null;
}

function parseEntry(entry: string, words: ReadonlySet<string>): Listener | undefined {
  const [first = "", ...flags] = entry.split(/\s+/);
  const address = parseAddress(first);
  if (address === undefined) return undefined;
  const given = new Set<string>();
  let backlog: number | null = null;
  let ipv6only: boolean | null = null;
  let keepalive: string | null = null;
  for (const flag of flags) {
    const value = flag.slice(flag.indexOf("=") + 1);
    if (words.has(flag)) given.add(flag);
    else if (/^backlog=\d+$/.test(flag)) backlog = Number(value);
    else if (/^ipv6only=(on|off)$/.test(flag)) ipv6only = value === "on";
    else if (/^so_keepalive=(on|off|\w*:\w*:\d*)$/.test(flag)) keepalive = value;
    else return undefined;
  }
  return {
    ...address,
    ssl: given.has("ssl"),
    http2: given.has("http2"),
    proxy_protocol: given.has("proxy_protocol"),
    deferred: given.has("deferred"),
    bind: given.has("bind"),
    reuseport: given.has("reuseport"),
    udp: given.has("udp"),
    backlog,
    ipv6only,
    so_keepalive: keepalive,
    listener: [first, ...flags.filter((flag) => flag !== "http2")].join(" "),
  };
}

/** `ip:port`, `[ipv6]:port`, `name:port` or `unix:/path`. */
function parseAddress(text: string): Address | undefined {
  if (text.startsWith("unix:/")) return { ip: "unix:", port: 0, path: text.slice(5) };
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(text);
  if (match === null) return undefined;
  const [, ipv6, host, digits] = match;
  const port = Number(digits);
  if (port > PORT_MAX) return undefined;
  if (ipv6 !== undefined) return isIP(ipv6) === 6 ? { ip: ipv6, port, path: null } : undefined;
  const isBadIp = /^[\d.]+$/.test(host!) && isIP(host!) !== 4;
  return isBadIp || host === "off" ? undefined : { ip: host!, port, path: null };
}
