/**
 * Tables as Lua source, the way the pretty printer of Kong's messages writes them: over several lines within
 * "schema violation (...)", on one line within "declarative config is invalid: ...".
 */
import { isTable } from "./tables.ts";

const NAME = /^[A-Za-z_][0-9A-Za-z_]*$/;
const KEYWORDS = new Set(
  (
    "and break do else elseif end false for function if in local nil not or repeat return then " +
    "true until while"
  ).split(" "),
);

function quoted(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
    .replaceAll(/[\x00-\x1f\x7f]/g, (char) => `\\${char.charCodeAt(0)}`);
  return `"${escaped}"`;
}

function keyOf(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return NAME.test(key) && !KEYWORDS.has(key) ? key : `["${key.replaceAll('"', '\\"')}"]`;
}

/** Members of a table: first those counted from 1 without a gap, without keys; then the others by key. */
function membersOf(table: object): [key: string | undefined, value: unknown][] {
  if (!Array.isArray(table)) {
    const names = Object.keys(table).sort();
    return names.map((name) => [keyOf(name), (table as Record<string, unknown>)[name]]);
  }
  const gap = table.findIndex((member) => member === null || member === undefined);
  return table.flatMap((member, index) => {
    if (member === null || member === undefined) return [];
    const isCounted = gap < 0 || index < gap;
    return [[isCounted ? undefined : keyOf(index + 1), member] as [string | undefined, unknown]];
  });
}

function write(value: unknown, indent: string | undefined): string {
  if (typeof value === "string") return quoted(value);
  if (!isTable(value)) return String(value);
  const members = membersOf(value);
  if (members.length === 0) return "{}";
  const isCompact = indent === undefined;
  const inner = isCompact ? undefined : `${indent}  `;
  const lines = members.map(([key, member]) => {
    const text = write(member, inner);
    return key === undefined ? text : `${key}${isCompact ? "=" : " = "}${text}`;
  });
  if (isCompact) return `{${lines.join(",")}}`;
  return `{\n${lines.map((line) => inner + line).join(",\n")}\n${indent}}`;
}

/** Over several lines, two spaces to a level. */
export function luaPretty(value: unknown): string {
  return write(value, "");
}

/** On one line without spaces. */
export function luaCompact(value: unknown): string {
  return write(value, undefined);
}
