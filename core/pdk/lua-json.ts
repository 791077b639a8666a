/**
 * JSON of what plugins hand over, as Kong's encoder writes it: bytes are text, because Lua has one type for both, numbers
 * have 16 digits, and what is nil is not there.
 *
 * JSON.stringify would write a body that a plugin put into a table (`{ "got": await kong.request.getRawBody() }`) as a
 * list of numbers, and would escape the bytes of a text that is no UTF-8.
 */
import { PdkError } from "../errors.ts";
import { jsonNumber } from "./lua-number.ts";
import { bytesOf, textOf } from "./text.ts";

/** Tables in tables, as deep as Kong's encoder goes; what contains itself is always deeper. */
const JSON_DEPTH_MAX = 1000;

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Lone surrogates stand for bytes (text.ts) and stay: JSON.stringify has written them as escapes. */
function stringText(text: string): string {
  const quoted = JSON.stringify(text);
  if (text.search(LONE_SURROGATE) < 0) return quoted;
  return quoted.replace(/\\u(d[c-f][0-9a-f]{2})/g, (whole, hex: string, at: number) =>
    isEscaped(quoted, at) ? whole : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Does an odd number of backslashes stand before this place, so that the one here is itself escaped? */
function isEscaped(text: string, at: number): boolean {
  let before = 0;
  while (text[at - 1 - before] === "\\") before++;
  return before % 2 === 1;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}

/** @param above the tables that this one is in */
function tableText(table: object, above: readonly object[]): string {
  if (above.length >= JSON_DEPTH_MAX || above.includes(table)) {
    throw new PdkError("body cannot be encoded as JSON: excessive depth");
  }
  if (table instanceof Uint8Array) return stringText(textOf(table));
  const inside = [...above, table];
  if (Array.isArray(table)) {
    return `[${Array.from(table, (one) => (isAbsent(one) ? "null" : text(one, inside))).join(",")}]`;
  }
  const parts: string[] = [];
  for (const [key, one] of table instanceof Map ? table : Object.entries(table)) {
    if (!isAbsent(one)) parts.push(`${stringText(String(key))}:${text(one, inside)}`);
  }
  return `{${parts.join(",")}}`;
}

function text(value: unknown, above: readonly object[]): string {
  switch (typeof value) {
    case "string":
      return stringText(value);
    case "number":
      if (Number.isFinite(value)) return jsonNumber(value);
      throw new PdkError("body cannot be encoded as JSON: a number that is NaN or Infinity");
    case "bigint":
      return jsonNumber(Number(value));
    case "boolean":
      return String(value);
    default:
      return value === null || typeof value !== "object" ? "null" : tableText(value, above);
  }
}

/**
 * JSON of a value from a plugin, as text of ours: {@link bytesOf} gives its bytes.
 *
 * @throws {PdkError} for what JSON cannot write: a cycle, a number that is none
 */
export function jsonOf(value: unknown): string {
  return text(value, []);
}

/** The same as the body of an answer: a text, or bytes where a text in it is no UTF-8. @throws {PdkError} as above */
export function jsonBody(value: unknown): string | Buffer {
  const json = jsonOf(value);
  return json.search(LONE_SURROGATE) < 0 ? json : bytesOf(json);
}
