/**
 * The lists of a configuration, "name:value" each, split and compiled once.
 *
 * An entry with an empty value changes nothing where a value is needed, so it is left out here and costs no request
 * anything.
 */
import { toWire } from "../../pdk/text.ts";
import type { PluginConfig } from "../../runloop/handler.ts";
import { splitPair } from "../name-and-value.ts";
import { LuaError, LuaSyntaxError, type LuaTable } from "../lua-expression/values.ts";
import { compileTemplate, render, type Template } from "./template.ts";

/** A name and what to do with it; name and text are bytes. */
export interface Entry {
  readonly name: string;
  /** Plain text, a template, or why the template cannot be had (told when a request needs it). */
  readonly value: string | Template | LuaSyntaxError;
}

/** The five lists of headers, query or body. */
export interface Section {
  readonly remove: readonly string[];
  readonly rename: readonly Entry[];
  readonly replace: readonly Entry[];
  readonly add: readonly Entry[];
  readonly append: readonly Entry[];
  readonly isEmpty: boolean;
  /** Is there nothing to remove, rename or replace? */
  readonly onlyAdds: boolean;
  /** Does any value have to be made for each request? */
  readonly hasTemplates: boolean;
}

/** A value that may hold templates, compiled; an error instead of an exception. */
export function compileValue(value: string): Entry["value"] {
  try {
    return compileTemplate(value);
  } catch (cause) {
    if (cause instanceof LuaSyntaxError) return cause;
    throw cause;
  }
}

/**
 * What a value is for this request.
 *
 * @throws {LuaError} if the template cannot be compiled or fails
 */
export function valueFor(value: Entry["value"], environment: LuaTable): string {
  if (typeof value === "string") return value;
  if (value instanceof LuaSyntaxError) throw new LuaError(value.message);
  return render(value, environment);
}

function entries(list: unknown): Entry[] {
  const compiled: Entry[] = [];
  for (const entry of (list as readonly string[] | null) ?? []) {
    const { name, value } = splitPair(toWire(entry));
    if (name !== "" && value !== "") compiled.push({ name, value: compileValue(value) });
  }
  return compiled;
}

/** The lists of one kind ("headers", "querystring", "body") out of a configuration. */
export function compileSection(config: PluginConfig, kind: string): Section {
  const of = (action: string): unknown => (config[action] as PluginConfig | null)?.[kind];
  const remove = ((of("remove") as readonly string[] | null) ?? [])
    .map((entry) => splitPair(toWire(entry)).name)
    .filter((name) => name !== "");
  const valued = {
    rename: entries(of("rename")),
    replace: entries(of("replace")),
    add: entries(of("add")),
    append: entries(of("append")),
  };
  const all = Object.values(valued).flat();
  return {
    remove,
    ...valued,
    isEmpty: remove.length === 0 && all.length === 0,
    onlyAdds: remove.length + valued.rename.length + valued.replace.length === 0,
    hasTemplates: all.some(({ value }) => typeof value !== "string"),
  };
}
