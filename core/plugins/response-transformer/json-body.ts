/**
 * Members of a JSON body: remove, rename, replace, add, append, in this order.
 *
 * Only an object at the top is changed. What counts as "there" is Lua's where Kong's is: `replace` and `add` take false
 * for absent. A value in the configuration is a text unless `json_types` says otherwise, at the same place in its list.
 */
import type { PluginConfig } from "../../runloop/handler.ts";
import { appendedValue } from "../appended-value.ts";
import { splitPair } from "../name-and-value.ts";

interface Member {
  readonly name: string;
  readonly value: unknown;
}

/** Values ready to be put in. */
export interface JsonSteps {
  readonly remove: readonly string[];
  readonly rename: readonly { readonly name: string; readonly value: string }[];
  readonly replace: readonly Member[];
  readonly add: readonly Member[];
  readonly append: readonly Member[];
}

const JSON_TYPE = /(?:^|[,\s])application\/(?:[^\s;,]+\+)?json(?:$|[\s;,])/i;
const NUMBER = /^\s*[-+]?(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*$/i;

/** Is a body of this Content-Type JSON: `application/json`, `application/problem+json`? */
export function isJsonType(contentType: string | undefined): boolean {
  return contentType !== undefined && JSON_TYPE.test(contentType);
}

/** A number as Lua reads it, undefined for what is none. */
function numberOf(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const unsigned = Math.abs(Number(text.replace(/^\s*[-+]/, "")));
  return text.trimStart().startsWith("-") ? -unsigned : unsigned;
}

/** A text as Kong puts it into JSON: backslashes and control characters come out escaped once more. */
function textOf(value: string): string {
  return JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"');
}

function typed(value: string, type: string | undefined): unknown {
  if (type === "number") return numberOf(value);
  return type === "boolean" ? value === "true" : textOf(value);
}

function members(list: unknown, types: unknown): Member[] {
  return ((list as readonly string[] | null) ?? [])
    .map((entry, i) => {
      const { name, value } = splitPair(entry);
      const type = (types as readonly string[] | null)?.[i];
      // Lua writes nil as `null` before it looks at the type, so an empty value is that text
      return { name, value: typed(value === "" ? "null" : value, type) };
    })
    .filter(({ value }) => value !== undefined);
}

/** The steps of a configuration; null if it leaves bodies alone. */
export function compileJson(config: PluginConfig): JsonSteps | null {
  const of = (action: string): PluginConfig => (config[action] as PluginConfig | null) ?? {};
  const valued = (action: string): Member[] => members(of(action).json, of(action).json_types);
  const steps: JsonSteps = {
    remove: ((of("remove").json as readonly string[] | null) ?? []).map(
      (entry) => splitPair(entry).name,
    ),
    rename: ((of("rename").json as readonly string[] | null) ?? [])
      .map(splitPair)
      .filter(({ value }) => value !== ""),
    replace: valued("replace"),
    add: valued("add"),
    append: valued("append"),
  };
  return Object.values(steps).some((list: readonly unknown[]) => list.length > 0) ? steps : null;
}

type Json = Record<string, unknown>;

function get(json: Json, name: string): unknown {
  return Object.hasOwn(json, name) ? json[name] : undefined;
}

function set(json: Json, name: string, value: unknown): void {
  Object.defineProperty(json, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function isThere(json: Json, name: string): boolean {
  const value = get(json, name);
  return value !== undefined && value !== false;
}

/**
 * A body with its members changed.
 *
 * @returns null where the body is no JSON object: it goes on as it is
 */
export function transformJson(body: Buffer, steps: JsonSteps): Buffer | null {
  let json: unknown;
  try {
    json = JSON.parse(body.utf8Slice());
  } catch {
    return null;
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) return null;
  change(json as Json, steps);
  return Buffer.from(JSON.stringify(json));
}

function change(json: Json, { remove, rename, replace, add, append }: JsonSteps): void {
  for (const name of remove) delete json[name];
  for (const { name, value } of rename) {
    if (!Object.hasOwn(json, name)) continue;
    const moved = json[name];
    delete json[name];
    set(json, value, moved);
  }
  for (const { name, value } of replace) if (isThere(json, name)) set(json, name, value);
  for (const { name, value } of add) if (!isThere(json, name)) set(json, name, value);
  for (const { name, value } of append) set(json, name, appendedValue(get(json, name), value));
}
