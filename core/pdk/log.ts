/**
 * `kong.log`: lines of plugins in the error log, with the request's id, the plugin's name and the phase.
 *
 * Parts of a line are written one after the other, as Kong does; a table is written as JSON. Nothing is put together
 * for a level that is not written.
 */
import { luaNumber } from "./lua-number.ts";
import { jsonOf } from "./lua-json.ts";
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { phaseNames } from "../phases/phases.ts";
import type { LogLevel, Logger } from "../telemetry/log.ts";
import { isTable } from "./arguments.ts";
import type { KongLog } from "./kong-api.ts";
import type { PdkNode, RunningPlugin } from "./pdk-node.ts";
import { textOf } from "./text.ts";

/** Longest line of a plugin, in characters; what is longer is cut (nginx cuts at 4 KB). */
const LINE_CHARS_MAX = 4096;

function partText(part: unknown): string {
  if (part === undefined || part === null) return "nil";
  if (part instanceof Uint8Array) return textOf(part);
  if (part instanceof Error) return part.stack ?? part.message;
  if (typeof part === "number") return luaNumber(part);
  if (!isTable(part)) return String(part);
  try {
    return jsonOf(part);
  } catch {
    return "[a table that refers to itself]";
  }
}

function lineOf(parts: readonly unknown[], separator: string): string {
  const line = parts.map(partText).join(separator);
  return line.length > LINE_CHARS_MAX ? line.slice(0, LINE_CHARS_MAX) : line;
}

/** Nil at the end is as if it was not given; a line of nothing is refused where it would be written, as in Kong. */
function checkParts(parts: readonly unknown[]): void {
  if (parts.length === 0 || (parts.length === 1 && (parts[0] ?? null) === null)) {
    throw new PdkError("a line of the log needs a message");
  }
}

function write(
  x: Exchange,
  log: Logger,
  level: LogLevel,
  parts: readonly unknown[],
  separator: string,
): void {
  if (!log.isLevelEnabled(level)) return;
  checkParts(parts);
  const running = x.plugin as RunningPlugin | null;
  const fields = {
    request_id: x.id,
    plugin: running?.handler.name,
    phase: phaseNames(x.phase)[0],
  };
  log[level](fields, lineOf(parts, separator));
}

type LogFunction = (x: Exchange, node: PdkNode, ...parts: unknown[]) => void;

function writer(level: LogLevel, separator = ""): LogFunction {
  return (x, node, ...parts) => write(x, node.log, level, parts, separator);
}

/** Each takes parts of one line, and throws PdkError for no part at all where the level is written. */
export const emerg = writer("emerg");
export const alert = writer("alert");
export const crit = writer("crit");
export const err = writer("error");
export const warn = writer("warn");
export const notice = writer("notice");
export const info = writer("info");
export const debug = writer("debug");
/** Parts are set apart by a space. */
export const inspect = writer("notice", " ");

/** The last part may be `{after, removal, trace}`: since when, and until when it works. */
export const deprecation: LogFunction = (x, node, ...parts) => {
  const last = parts.at(-1);
  if (parts.length < 2 || !isTable(last) || Array.isArray(last)) return warn(x, node, ...parts);
  const { after, removal } = last;
  const since = after === undefined ? "" : ` (deprecated after ${String(after)})`;
  const until = removal === undefined ? "" : ` (scheduled for removal in ${String(removal)})`;
  warn(x, node, ...parts.slice(0, -1), since, until);
};

/** `kong.log` itself, which can be called: a notice. Its methods are put behind it by the facade. */
export function makeLog(x: Exchange, node: PdkNode): KongLog {
  return ((...parts: unknown[]) => notice(x, node, ...parts)) as unknown as KongLog;
}
