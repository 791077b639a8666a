/**
 * A table as Lua programmers write it, the way Kong quotes errors within a message: `{services={{host="..."}}}`.
 *
 * Keys are in order; those that are no identifiers stand in brackets. Members of a list that are null leave a hole, so
 * that the ones behind it carry their number: `{[2]="..."}`.
 */

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const KEYWORDS = new Set(
  (
    "and break do else elseif end false for function goto if in local nil not or repeat return then true until " +
    "while"
  ).split(" "),
);

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

function key(name: string): string {
  return IDENTIFIER.test(name) && !KEYWORDS.has(name) ? name : `[${quoted(name)}]`;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One line, without spaces. */
export function luaText(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) {
    const whole = !value.some((member) => member === null || member === undefined);
    const members = value.flatMap((member: unknown, i) => {
      if (member === null || member === undefined) return [];
      return [whole ? luaText(member) : `[${i + 1}]=${luaText(member)}`];
    });
    return `{${members.join(",")}}`;
  }
  const entries = Object.entries(value).sort(([a], [b]) => compareTexts(a, b));
  return `{${entries.map(([name, member]) => `${key(name)}=${luaText(member)}`).join(",")}}`;
}
