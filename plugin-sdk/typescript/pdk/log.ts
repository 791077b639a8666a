/**
 * `kong.log`: lines in the gateway's log, with the request's id and the plugin's name. They leave at once, so that what was
 * written before a crash is there.
 */
import type { PluginEvent } from "../event/plugin-event.ts";
import { textOf } from "../wire/text.ts";
import { PdkError } from "./errors.ts";

/** Longest line, in characters; what is longer is cut, as the gateway would. */
const LINE_CHARS_MAX = 4096;

/** Kong's levels, the least severe first. */
export type LogLevel = "debug" | "info" | "notice" | "warn" | "err" | "crit" | "alert" | "emerg";

function partText(part: unknown): string {
  if (typeof part === "string") return part;
  if (part === undefined || part === null) return "nil";
  if (part instanceof Uint8Array) return textOf(part);
  if (part instanceof Error) return part.stack ?? part.message;
  if (typeof part !== "object") return String(part);
  try {
    return JSON.stringify(part);
  } catch {
    return "[a table that refers to itself]";
  }
}

/** Parts of a line, one after the other. */
function lineOf(parts: readonly unknown[], separator = ""): string {
  if (parts.length === 0) throw new PdkError("a line of the log needs a message");
  const line = parts.length === 1 ? partText(parts[0]) : parts.map(partText).join(separator);
  return line.length > LINE_CHARS_MAX ? line.slice(0, LINE_CHARS_MAX) : line;
}

/** How `kong.log.setSerializeValue` treats a value that is there already. */
export interface SerializeOptions {
  readonly mode?: "set" | "add" | "replace";
}

/** `kong.log("text")` is notice; parts are written one after the other, objects as JSON, an Error with its stack. */
export interface KongLog {
  (...parts: unknown[]): void;
  debug(...parts: unknown[]): void;
  info(...parts: unknown[]): void;
  notice(...parts: unknown[]): void;
  warn(...parts: unknown[]): void;
  err(...parts: unknown[]): void;
  crit(...parts: unknown[]): void;
  alert(...parts: unknown[]): void;
  emerg(...parts: unknown[]): void;
  /** Notice, parts set apart by a space. */
  inspect(...parts: unknown[]): void;
  /** Warn; the last part may be `{after, removal}`: versions. */
  deprecation(...parts: unknown[]): void;
  /** Put a value into the entry that log plugins send. @param key dots nest, but for one in the first place */
  setSerializeValue(key: string, value: unknown, options?: SerializeOptions): void;
  /** That entry as JSON text. In log. */
  serialize(): Promise<string>;
}

const LEVELS: readonly LogLevel[] = [
  "debug",
  "info",
  "notice",
  "warn",
  "err",
  "crit",
  "alert",
  "emerg",
];

/** `kong.log` of one event: a function with a method for each level. */
export function makeLog(event: PluginEvent): KongLog {
  const log = ((...parts: unknown[]) => event.log("notice", lineOf(parts))) as KongLog;
  for (const level of LEVELS) log[level] = (...parts) => event.log(level, lineOf(parts));
  log.inspect = (...parts) => event.log("notice", lineOf(parts, " "));
  log.deprecation = (...parts) => event.recordCall("kong.log.deprecation", parts);
  log.setSerializeValue = (...args) => event.recordCall("kong.log.set_serialize_value", args);
  log.serialize = () => event.call("kong.log.serialize", []) as Promise<string>;
  return log;
}
