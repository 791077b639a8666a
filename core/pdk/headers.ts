/** Headers at the PDK's border: reading them as text, and checking what plugins write. */
import { luaNumber } from "./lua-number.ts";
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { type HeaderBlock, isHeaderName } from "../exchange/header-block.ts";
import { PHASE } from "../phases/phases.ts";
import { isNil, typeName } from "./arguments.ts";
import type { Headers } from "./kong-api.ts";
import { textOf, toText, toWire } from "./text.ts";

/** Lower-case name to text, or to a list of texts where the name is repeated; at most `max` fields. */
export function headersOf(block: HeaderBlock, max: number): Headers {
  const headers: Headers = Object.create(null);
  let left = max;
  block.forEach((name, value) => {
    if (left-- <= 0) return;
    addValue(headers, name.toLowerCase(), toText(value));
  });
  return headers;
}

function addValue(headers: Headers, key: string, text: string): void {
  const had = headers[key];
  if (had === undefined) headers[key] = text;
  else if (typeof had === "string") headers[key] = [had, text];
  else had.push(text);
}

/** Will the connection to the client be kept? As far as the request says, and never in the log phase (recorded). */
export function connectionHeader(x: Exchange): "keep-alive" | "close" {
  if (x.phase === PHASE.log) return "close";
  const asked = x.requestHeaders.get("connection")?.toLowerCase() ?? "";
  if (x.httpVersion === 1) return asked.includes("keep-alive") ? "keep-alive" : "close";
  return asked.includes("close") ? "close" : "keep-alive";
}

/** A value of the answer: where the Service's was buffered, an empty one of its is a single space (recorded). */
export function sentValue(x: Exchange, value: string): string {
  return value === "" && x.serviceHeaders !== null ? " " : toText(value);
}

/**
 * Headers of the answer as nginx shows them to Lua: with the framing that it writes itself, without a Date of its own
 * (recorded).
 *
 * @param max fields of the answer that are looked at; Connection is one of them, Content-Type is not (recorded)
 */
export function sentHeaders(x: Exchange, max: number): Headers {
  const block = x.responseHeaders;
  const headers: Headers = Object.create(null);
  let left = max - 1;
  block.forEach((name, value) => {
    const key = name.toLowerCase();
    if (key !== "content-type" && left-- <= 0) return;
    addValue(headers, key, sentValue(x, value));
  });
  if (headers.date !== undefined && block.find("date") >= block.count) delete headers.date;
  // the answer to a subrequest, which is what Kong buffers, has no framing of its own (beside a Kong)
  if (x.phase === PHASE.response) delete headers["transfer-encoding"];
  headers.connection ??= connectionHeader(x);
  if (x.phase === PHASE.log && x.serviceStatus === 0) {
    headers["content-length"] ??= String(x.bodyBytesSent);
  }
  return headers;
}

/**
 * A header name that a plugin gives.
 *
 * @returns "" for an empty name: what is written under it is not sent
 * @throws {PdkError} for what is no string, or could not stand in a head
 */
export function headerName(value: unknown): string {
  const name = value instanceof Uint8Array ? textOf(value) : value;
  if (typeof name !== "string") {
    throw new PdkError(
      `invalid header name "${String(value)}": got ${typeName(value)}, expected string`,
    );
  }
  // Kong takes an empty one, and sends a line that no reader takes for a header: a block leaves such a field out
  if (name !== "" && !isHeaderName(name)) throw new PdkError(`invalid header name "${name}"`);
  return name;
}

/** Latin1 text of a string, number or boolean; an empty one is a single space, as in Kong. */
function valueText(value: string | number | boolean | Uint8Array): string {
  if (typeof value === "string") return value === "" ? " " : toWire(value);
  if (value instanceof Uint8Array) return value.length === 0 ? " " : toWire(textOf(value));
  return typeof value === "number" ? luaNumber(value) : String(value);
}

/**
 * The values of a header that a plugin writes, as latin1 text.
 *
 * @returns one text, or one for each line
 * @throws {PdkError} for a value of another type
 */
export function headerValues(name: string, value: unknown): string | string[] {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return valueText(value);
    case "object":
      if (value instanceof Uint8Array) return valueText(value);
      if (Array.isArray(value)) return listValues(name, value);
      // a table without a list in it: nothing to write, and what was there goes (recorded)
      if (value !== null) return [];
  }
  throw new PdkError(
    `invalid header value for "${name}": got ${typeName(value)}, expected array of string, string, number or boolean`,
  );
}

/** A list of Lua's ends where its first hole is, as `ipairs` reads it (beside a Kong): what is behind is not sent. */
function listValues(name: string, list: readonly unknown[]): string[] {
  const texts: string[] = [];
  for (const one of list) {
    if (isNil(one)) break;
    texts.push(arrayValue(name, one));
  }
  return texts;
}

function arrayValue(name: string, one: unknown): string {
  if (typeof one === "string" || one instanceof Uint8Array) return valueText(one);
  throw new PdkError(
    `invalid header value in array "${name}": got ${typeName(one)}, expected string`,
  );
}

/**
 * Headers that a plugin writes in one call, all checked before the first is written.
 *
 * @returns name and latin1 value pairs
 */
export function headerPairs(headers: object): [string, string | string[]][] {
  const pairs: [string, string | string[]][] = [];
  for (const [key, value] of Object.entries(headers)) {
    if (value === null || value === undefined) continue; // nil: not in a Lua table
    const name = headerName(key);
    pairs.push([name, headerValues(name, value)]);
  }
  return pairs;
}

/** Name of a header of the answer as it is sent: nginx's Lua makes a dash of an underscore (recorded). */
export function answerHeaderName(value: unknown): string {
  const name = headerName(value);
  return name.includes("_") ? name.replaceAll("_", "-") : name;
}
