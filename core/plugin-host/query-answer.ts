/**
 * What a query command may print, and what of it counts.
 *
 * Two forms: an object with `Protocol` and `Plugins` (go-pdk from 0.7), or a bare list (everything else, which speaks
 * MsgPack:1). Ours name every protocol in `Protocols`, which Kong does not look at. Some commands print warnings before it, so the last line that parses counts where the whole does not.
 * Of a list every plugin counts; Kong takes the first.
 *
 * @see reference, section 3
 */
import { InvalidSetting } from "../errors.ts";
import { GRPC_1 } from "./grpc/name.ts";
import { NATIVE_1 } from "./native/name.ts";
import { canServe, type RemotePluginInfo } from "./plugin-info.ts";

const PROTOCOL_DEFAULT = "MsgPack:1";
/** Protocols that workers can speak, the best first; plugins of others are loaded and fail. */
export const KNOWN_PROTOCOLS: readonly string[] = [
  NATIVE_1,
  GRPC_1,
  "ProtoBuf:1",
  PROTOCOL_DEFAULT,
];
/** The first number in a version, with what dots and digits follow: "v1.2.0-rc1" has 1.2.0. */
const VERSION = /\d[\d.]*/;
/** Phases that a plugin must not have beside `response` (and that no plugin server can serve). */
const FILTERS = ["header_filter", "body_filter"];

interface QueryAnswer {
  readonly protocol: string;
  readonly plugins: readonly RemotePluginInfo[];
  /** Names of further plugins that it lists and that nobody enabled. */
  readonly others: readonly string[];
  /** Phases that are advertised and cannot be served, as "plugin: phase". */
  readonly ignoredPhases: readonly string[];
}

/**
 * @param server name of the plugin server, for messages
 * @param isWanted is a plugin of that name to be used? Others are left out unchecked
 * @param asked the protocol to use of those that are offered; null: the best
 * @throws {InvalidSetting} with a sentence that names the plugin server
 */
export function readQueryAnswer(
  server: string,
  output: string,
  isWanted: (plugin: string) => boolean,
  asked: string | null = null,
): QueryAnswer {
  const document = parseDocument(output);
  if (document === undefined) {
    throw refusal(server, output.trim() === "" ? "printed nothing" : "printed no JSON");
  }
  const isList = Array.isArray(document);
  const list: unknown = isList ? document : (document as Record<string, unknown>).Plugins;
  const offered = isList ? [PROTOCOL_DEFAULT] : protocolsOf(document as Record<string, unknown>);
  const protocol = chosenOf(server, offered, asked);
  if (!Array.isArray(list) || list.length === 0) throw refusal(server, "lists no plugin");
  const ignoredPhases: string[] = [];
  const plugins: RemotePluginInfo[] = [];
  const others: string[] = [];
  for (const entry of list as unknown[]) {
    const name = nameOf(server, entry);
    if (!isWanted(name)) others.push(name);
    else plugins.push(readPlugin(server, protocol, name, entry as Given, ignoredPhases));
  }
  return { protocol, plugins, others, ignoredPhases };
}

/** `Protocol`, and all of `Protocols`, which older gateways do not look at. */
function protocolsOf({ Protocols: several, Protocol: one }: Record<string, unknown>): string[] {
  const named = [one, ...(Array.isArray(several) ? (several as unknown[]) : [])];
  const offered = new Set(named.filter((name) => typeof name === "string"));
  return offered.size === 0 ? [PROTOCOL_DEFAULT] : [...offered];
}

/** @param offered the one of `Protocol` first: it counts where none is known */
function chosenOf(server: string, offered: readonly string[], asked: string | null): string {
  if (asked === null) return KNOWN_PROTOCOLS.find((one) => offered.includes(one)) ?? offered[0]!;
  if (offered.includes(asked)) return asked;
  throw refusal(server, `does not offer ${asked} (it offers ${offered.join(", ")})`);
}

/** @param what the end of a sentence that begins with "its query command" */
export function refusal(server: string, what: string): InvalidSetting {
  return new InvalidSetting(`plugin server ${server}: its query command ${what}`);
}

/** The whole output, or its last line that is a JSON object or list. */
function parseDocument(output: string): object | undefined {
  const whole = parseObject(output);
  if (whole !== undefined) return whole;
  const lines = output.split("\n");
  for (let i = lines.length - 1; i >= 0; i--) {
    const document = parseObject(lines[i]!);
    if (document !== undefined) return document;
  }
  return undefined;
}

function parseObject(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

type Given = Readonly<Record<string, unknown>>;

function nameOf(server: string, entry: unknown): string {
  const name = typeof entry === "object" && entry !== null ? (entry as Given).Name : undefined;
  if (typeof name === "string" && name !== "") return name;
  throw refusal(server, "lists a plugin without a name");
}

function readPlugin(
  server: string,
  protocol: string,
  name: string,
  info: Given,
  ignoredPhases: string[],
): RemotePluginInfo {
  const { Priority: priority, Schema: schema } = info;
  if (typeof priority !== "number" || !Number.isInteger(priority)) {
    throw refusal(server, `gives plugin ${name} no whole number as Priority`);
  }
  const version = versionOf(info.Version);
  if (version === undefined) {
    const given = info.Version === undefined ? "none" : JSON.stringify(info.Version).slice(0, 50);
    throw refusal(server, `gives plugin ${name} no Version of one to three numbers (${given})`);
  }
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw refusal(server, `gives plugin ${name} no Schema`);
  }
  const phases = readPhases(server, protocol, name, info.Phases, ignoredPhases);
  return { name, priority, version, phases, schema: schema as Record<string, unknown> };
}

/**
 * @returns one to three numbers with dots, without what stands around them or in front of a number; undefined: there are none
 * @see Kong kong/db/dao/plugins.lua (valid_version), which reads a version with the library version.lua
 */
function versionOf(given: unknown): string | undefined {
  const found = typeof given === "string" ? VERSION.exec(given)?.[0].replace(/\.$/, "") : undefined;
  const numbers = found?.split(".");
  if (numbers === undefined || numbers.length > 3 || numbers.includes("")) return undefined;
  return numbers.map(Number).join(".");
}

function readPhases(
  server: string,
  protocol: string,
  plugin: string,
  given: unknown,
  ignored: string[],
): string[] {
  if (!Array.isArray(given)) throw refusal(server, `gives plugin ${plugin} no list of Phases`);
  const phases = given.map(String);
  if (phases.includes("response") && FILTERS.some((filter) => phases.includes(filter))) {
    const what = `gives plugin ${plugin} the phase response beside header_filter or body_filter`;
    throw refusal(server, what);
  }
  for (const phase of phases) if (!canServe(protocol, phase)) ignored.push(`${plugin}: ${phase}`);
  return phases.filter((phase) => canServe(protocol, phase));
}
