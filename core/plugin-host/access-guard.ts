/**
 * What a plugin may read and write, at the one place through which all PDK calls of plugin servers come.
 *
 * A forbidden read answers as if what it asks for were not there; a forbidden write is refused with an error, counted, and
 * said once in the log for each plugin and function. Kinds of functions are in access-kinds.ts; the native protocol's
 * snapshot leaves out the same things before they are sent.
 */
import type { AccessList } from "../config/plugin-access.ts";
import type { Plugin } from "../entities/plugin.ts";
import { PdkError } from "../errors.ts";
import type { Logger } from "../telemetry/log.ts";
import { type AccessKind, kindOf } from "./access-kinds.ts";

/** The read answers as if it were not there. */
export const ABSENT = Symbol("absent");
/** What is left of a result; null: all of it. */
type Verdict = typeof ABSENT | ((result: unknown) => unknown) | null;

interface Rules {
  readonly read: AccessList | null;
  readonly write: AccessList | null;
}

interface Refused {
  reads: number;
  writes: number;
}

/** Is the word, with this name if it is about one, in the list? */
export function isListed(list: AccessList, word: string, name: string | null): boolean {
  const entry = Object.hasOwn(list, word) ? list[word]! : null;
  if (entry === null || entry === true) return entry === true;
  return name !== null && entry.includes(name);
}

/**
 * The access rules of one plugin server's plugins, in one worker. `refused` only rises, and is for the Admin
 * API.
 */
export class AccessGuard {
  /** By plugin. */
  readonly refused: Record<string, Refused> = {};
  readonly #server: string;
  readonly #log: Logger;
  readonly #rulesOf: (plugin: Plugin) => Rules;
  readonly #said = new Set<string>();

  constructor(server: string, log: Logger, rulesOf: (plugin: Plugin) => Rules) {
    this.#server = server;
    this.#log = log;
    this.#rulesOf = rulesOf;
  }

  /** @throws {PdkError} for a write that is not allowed */
  check(method: string, args: readonly unknown[], plugin: Plugin): Verdict {
    const kind = kindOf(method);
    if (kind === null) return null;
    const { read, write } = this.#rulesOf(plugin);
    if (kind.isWrite) {
      if (write !== null) this.#checkWrite(write, kind, method, args, plugin);
      return null;
    }
    return read === null ? null : this.#checkRead(read, kind, method, args, plugin);
  }

  #checkWrite(
    list: AccessList,
    kind: AccessKind,
    method: string,
    args: readonly unknown[],
    plugin: Plugin,
  ): void {
    const isAllowed = kind.words.every((word) =>
      namesIn(kind, args).every((name) => isListed(list, word, name)),
    );
    if (isAllowed) return;
    this.#note(plugin, method, "writes");
    throw new PdkError(`${method}: plugin ${plugin.name} may not write that`);
  }

  #checkRead(
    list: AccessList,
    kind: AccessKind,
    method: string,
    args: readonly unknown[],
    plugin: Plugin,
  ): Verdict {
    const { words, names, rest } = kind;
    const [word = ""] = words;
    if (words.every((one) => list[one] === true)) return null;
    const allowed = list[word];
    if (names === "all" && Array.isArray(allowed)) return (headers) => only(headers, allowed);
    if (names === "first" && isListed(list, word, nameOf(args[0]))) return null;
    this.#note(plugin, method, "reads");
    return rest ?? ABSENT;
  }

  #note({ name }: Plugin, method: string, what: keyof Refused): void {
    this.refused[name] ??= { reads: 0, writes: 0 };
    this.refused[name][what]++;
    const key = `${name} ${method}`;
    if (this.#said.has(key)) return;
    this.#said.add(key); // as many as there are functions, for each plugin of a server
    const fields = { pluginServer: this.#server, plugin: name, method };
    this.#log.warn(fields, what === "reads" ? "forbidden read" : "forbidden write refused");
  }
}

function nameOf(value: unknown): string {
  return String(value).toLowerCase().replaceAll("_", "-");
}

/** Names of headers that a write is about; [null] where it is about no name. */
function namesIn({ names }: AccessKind, args: readonly unknown[]): (string | null)[] {
  if (names === "first") return [nameOf(args[0])];
  if (names === "all" && typeof args[0] === "object" && args[0] !== null) {
    return Object.keys(args[0]).map(nameOf);
  }
  return [null];
}

function only(headers: unknown, names: readonly string[]): unknown {
  if (typeof headers !== "object" || headers === null) return headers;
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => names.includes(nameOf(name))),
  );
}
