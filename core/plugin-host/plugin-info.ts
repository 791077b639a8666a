/** What a plugin server offers, as the primary learnt it from the query command; plain JSON, sent to each worker. */
import type { PluginServerSettings } from "../config/plugin-servers.ts";
import { isNative } from "./dial.ts";

/** Names that an entry in {@link RemotePluginInfo.phases} can have. */
const REMOTE_PHASES = ["certificate", "rewrite", "access", "response", "preread", "log"] as const;
type RemotePhase = (typeof REMOTE_PHASES)[number];

function isRemotePhase(name: string): name is RemotePhase {
  return (REMOTE_PHASES as readonly string[]).includes(name);
}

/** Phases that only the native protocol can serve, over a socket or gRPC. */
const NATIVE_PHASES: readonly string[] = [
  "init_worker",
  "configure",
  "header_filter",
  "body_filter",
];

/** Can a plugin server of that protocol serve the phase? */
export function canServe(protocol: string, phase: string): boolean {
  return isRemotePhase(phase) || (isNative(protocol) && NATIVE_PHASES.includes(phase));
}

/** What a query command says of one plugin, checked. */
export interface RemotePluginInfo {
  readonly name: string;
  readonly priority: number;
  /** "" where the server gives none. */
  readonly version: string;
  /** Phases that can be served, see {@link canServe}. */
  readonly phases: readonly string[];
  /** Kong's schema, as sent. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** A plugin server and what it offers; the primary sends it to each worker. */
export interface PluginServerInfo {
  readonly settings: PluginServerSettings;
  /** As in "MsgPack:1". */
  readonly protocol: string;
  /** A socket for each process. */
  readonly sockets: readonly string[];
  /** Of its code: rises with each reload of it; absent = 0. */
  readonly generation?: number;
  readonly plugins: readonly RemotePluginInfo[];
  /** Names of what it offers besides and nobody enabled: for messages. */
  readonly others?: readonly string[];
  /** The fault that its query command named beside its answer: why a plugin is not offered, perhaps. */
  readonly said?: string;
}

/** What differs so that workers would need other handlers; null where nothing does. */
export function differenceOf(before: PluginServerInfo, now: PluginServerInfo): string | null {
  if (before.protocol !== now.protocol) return `it speaks ${now.protocol}, not ${before.protocol}`;
  for (const { name, phases, priority } of before.plugins) {
    const plugin = now.plugins.find((one) => one.name === name);
    if (plugin === undefined) return `it does not offer plugin ${name} any more`;
    if (String([...plugin.phases].sort()) !== String([...phases].sort())) {
      return `plugin ${name} has other phases (${plugin.phases.join(", ")})`;
    }
    if (plugin.priority !== priority)
      return `plugin ${name} has another priority (${plugin.priority})`;
  }
  return null;
}
