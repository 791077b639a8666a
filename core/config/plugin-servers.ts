/**
 * Plugin servers as the settings register them: `pluginserver_names`, and for each a socket, a command that starts it
 * and one that tells what it offers; beyond Kong, how it is watched and what it may cost.
 *
 * A name is in lower case; in the names of its settings `-` becomes `_` (phases-and-plugin-servers.md 2).
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InvalidSetting } from "../errors.ts";
import { PLUGIN_SERVER_PREFIX } from "./namespaces.ts";
import { parseAccess, type PluginAccess, READ_WORDS, WRITE_WORDS } from "./plugin-access.ts";
import { type Isolation, parseIsolation } from "./plugin-isolation.ts";
import { POLICY_WORDS, policyOfSettings, type PolicyWords } from "./plugin-policy.ts";
import { parseCount, parseSize } from "./sizes.ts";

/** Protocols whose servers say themselves what they offer. */
const NATIVE_PROTOCOLS: readonly string[] = ["Dragoman:1", "Dragoman-gRPC:1"];
/** What `pluginserver_<name>_protocol` may name, the best first. */
export const PLUGIN_SERVER_PROTOCOLS: readonly string[] = [
  ...NATIVE_PROTOCOLS,
  "ProtoBuf:1",
  "MsgPack:1",
];
/** Where Kong looks for a server that has no commands of its own. */
const DEFAULT_FOLDER = "/usr/local/bin";

/** What is said of one plugin of a server. */
export interface PluginRules extends PluginAccess {
  readonly policy: PolicyWords;
}

/** All that the settings say of a plugin server, with defaults; times in milliseconds. */
export interface PluginServerSettings {
  readonly name: string;
  /** Path of its Unix socket; for one that was started elsewhere also `tcp://host:port` and `tls://host:port`. */
  readonly socket: string;
  /** null: somebody else starts it. */
  readonly start_cmd: string | null;
  /** "": it is asked over its connection, which the native protocol can do. */
  readonly query_cmd: string;
  /** Protocol to use of those that it offers, as in "Dragoman:1"; null: the best of them. */
  readonly protocol: string | null;
  /** For `tls://`: files of the gateway's certificate and key, and of who may sign the server's; "" = none. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  /** What a request gets whose plugin could not run: `close` = an error, `open` = it goes on without. */
  readonly onFailure: "close" | "open";
  /** How long requests wait for a server that is not up yet. */
  readonly readyTimeoutMs: number;
  /** How long one event (a phase of a plugin) may take. */
  readonly eventTimeoutMs: number;
  /** Events at the same time, for one worker. */
  readonly concurrencyMax: number;
  /** Events that wait for their turn, for one worker. */
  readonly queueMax: number;
  /** A process that uses more is replaced; 0 = no limit. */
  readonly memoryBytesMax: number;
  /** A process that has handled that many events is replaced; 0 = no limit. */
  readonly eventsMax: number;
  /** How many processes share the events. */
  readonly processes: number;
  /** How long events under way may take to end where new code takes the place of old. */
  readonly drainTimeoutMs: number;
  /** How long a process that a reload has started may take until it accepts connections. */
  readonly startTimeoutMs: number;
  /** How long its query command may take. */
  readonly queryTimeoutMs: number;
  /** Files and folders whose change reloads it. */
  readonly watch: readonly string[];
  /** Policy of all its plugins; see plugin-policy.ts. */
  readonly policy: PolicyWords;
  /** By name of a plugin, with `_` for `-`. */
  readonly plugins: Readonly<Record<string, PluginRules>>;
  readonly isolation: Isolation;
}

/** Defaults of what Kong has no settings for. */
export const PLUGIN_SERVER_DEFAULTS = {
  onFailure: "close",
  readyTimeoutMs: 5000,
  eventTimeoutMs: 5000,
  concurrencyMax: 256,
  queueMax: 1024,
  memoryBytesMax: 0,
  eventsMax: 0,
  processes: 1,
  drainTimeoutMs: 30_000,
  startTimeoutMs: 30_000,
  queryTimeoutMs: 10_000,
} as const;

/** Words of a policy that mean something else for a whole server, and are read apart. */
const OWN_WORDS: ReadonlySet<string> = new Set(["timeout", "concurrency", "queue"]);
/** Ends of the names of a plugin's settings; longer ones first. */
const PLUGIN_WORDS: readonly string[] = [...POLICY_WORDS, "write", "read"];

/**
 * @param names entries of `pluginserver_names`
 * @param free settings whose names no table lists, among them `pluginserver_<name>_*`
 * @param errors gets a line for each setting that cannot be
 * @param asked gets the name of every setting that means something
 */
export function parsePluginServers(
  names: readonly string[],
  free: Readonly<Record<string, string>>,
  prefix: string,
  errors: string[],
  asked: Set<string>,
): PluginServerSettings[] {
  const servers: PluginServerSettings[] = [];
  const keys = names.map((given) => keyOf(given.toLowerCase()));
  for (const given of names) {
    const name = given.toLowerCase();
    try {
      servers.push(parseServer(name, free, prefix, keys, asked));
    } catch (cause) {
      if (!(cause instanceof InvalidSetting)) throw cause;
      errors.push(cause.message);
    }
  }
  return servers;
}

function keyOf(server: string): string {
  return `${PLUGIN_SERVER_PREFIX}${server.replaceAll("-", "_")}_`;
}

/** @param keys what the settings of all servers begin with */
function parseServer(
  name: string,
  free: Readonly<Record<string, string>>,
  prefix: string,
  keys: readonly string[],
  asked: Set<string>,
): PluginServerSettings {
  const key = keyOf(name);
  const read = reader(key, free, asked);
  const installed = join(DEFAULT_FOLDER, name);
  const fallback = existsSync(installed) ? installed : null;
  const protocol = parseProtocol(`${key}protocol`, read("protocol"));
  const query = read("query_cmd") ?? (fallback === null ? null : `${fallback} -dump`);
  if (query === null && !NATIVE_PROTOCOLS.includes(protocol ?? ""))
    throw new InvalidSetting(`query_command undefined for pluginserver ${name}`);
  const count = (what: string, value: number, least = 0): number => {
    const text = read(what);
    return text === null ? value : parseCount(key + what, text, least);
  };
  const memory = read("memory_limit");
  const socket = read("socket") ?? join(prefix, `${name}.socket`);
  const policy = policyOfSettings(key, (what) => (OWN_WORDS.has(what) ? null : read(what)));
  const defaults = PLUGIN_SERVER_DEFAULTS;
  return {
    name,
    socket,
    start_cmd: read("start_cmd") ?? fallback,
    query_cmd: query ?? "",
    protocol,
    tls: parseTls(key, read, socket),
    onFailure: policy.on_failure ?? defaults.onFailure,
    readyTimeoutMs: count("ready_timeout", defaults.readyTimeoutMs),
    eventTimeoutMs: count("event_timeout", defaults.eventTimeoutMs, 1),
    concurrencyMax: count("concurrency", defaults.concurrencyMax, 1),
    queueMax: count("queue", defaults.queueMax),
    memoryBytesMax:
      memory === null ? defaults.memoryBytesMax : parseSize(`${key}memory_limit`, memory),
    eventsMax: count("events_limit", defaults.eventsMax),
    processes: count("processes", defaults.processes, 1),
    drainTimeoutMs: count("drain_timeout", defaults.drainTimeoutMs, 1),
    startTimeoutMs: count("start_timeout", defaults.startTimeoutMs, 1),
    queryTimeoutMs: count("query_timeout", defaults.queryTimeoutMs, 1),
    watch: (read("watch") ?? "").split(",").flatMap((path) => path.trim() || []),
    policy,
    plugins: parsePlugins(`${key}plugin_`, free, keys, asked),
    isolation: parseIsolation(key, read),
  };
}

/** @throws {InvalidSetting} where there are certificates and no address that is reached with them */
function parseTls(
  key: string,
  read: (what: string) => string | null,
  socket: string,
): PluginServerSettings["tls"] {
  const [cert = "", pemKey = "", ca = ""] = ["tls_cert", "tls_key", "tls_ca"].map(
    (what) => read(what) ?? "",
  );
  if (cert + pemKey + ca !== "" && !socket.startsWith("tls://")) {
    throw new InvalidSetting(
      `${key}tls_*: nothing is encrypted at '${socket}' (${key}socket would be tls://host:port)`,
    );
  }
  return { cert, key: pemKey, ca };
}

/** @throws {InvalidSetting} for a protocol that there is not */
function parseProtocol(setting: string, value: string | null): string | null {
  if (value === null || PLUGIN_SERVER_PROTOCOLS.includes(value)) return value;
  const known = PLUGIN_SERVER_PROTOCOLS.join(", ");
  throw new InvalidSetting(`${setting}: ${value} is no protocol (there are ${known})`);
}

/**
 * What the settings say of single plugins.
 *
 * @param key what their names begin with
 */
function parsePlugins(
  key: string,
  free: Readonly<Record<string, string>>,
  keys: readonly string[],
  asked: Set<string>,
): Record<string, PluginRules> {
  const names = new Set<string>();
  for (const setting of Object.keys(free)) {
    if (!setting.startsWith(key)) continue;
    const rest = setting.slice(key.length);
    const word = PLUGIN_WORDS.find(
      (one) => rest.endsWith(`_${one}`) && rest.length > one.length + 1,
    );
    if (word !== undefined) names.add(rest.slice(0, -word.length - 1));
    else if (!keys.some((other) => other.length > key.length && setting.startsWith(other))) {
      throw new InvalidSetting(
        `${setting} is not known (it ends with none of ${PLUGIN_WORDS.join(", ")})`,
      );
    }
  }
  return Object.fromEntries(
    Array.from(names, (name) => [
      name,
      rulesOf(`${key}${name}_`, reader(`${key}${name}_`, free, asked)),
    ]),
  );
}

function reader(
  key: string,
  free: Readonly<Record<string, string>>,
  asked: Set<string>,
): (what: string) => string | null {
  return (what) => {
    asked.add(key + what);
    return free[key + what] || null;
  };
}

/** Settings of plugin servers that nobody asked for: misspelt, or of a server that is not registered. */
export function unknownSettings(
  free: Readonly<Record<string, string>>,
  asked: ReadonlySet<string>,
): string[] {
  return Object.keys(free)
    .filter((name) => name.startsWith(PLUGIN_SERVER_PREFIX) && !asked.has(name))
    .map(
      (name) => `the setting '${name}' is not known, or its server is not in pluginserver_names`,
    );
}

function rulesOf(key: string, read: (what: string) => string | null): PluginRules {
  return {
    policy: policyOfSettings(key, read),
    read: parseAccess(`${key}read`, read("read"), READ_WORDS),
    write: parseAccess(`${key}write`, read("write"), WRITE_WORDS),
  };
}
