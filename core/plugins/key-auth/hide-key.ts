/**
 * Taking an API key out of what goes to the Service: wherever its name stands, not only where it was found, and also
 * where it was not looked for.
 */
import type { Exchange } from "../../exchange/exchange.ts";
import type { Kong } from "../../pdk/kong.ts";
import { toWire } from "../../pdk/text.ts";
import { decodeArgument, decodeArguments, encodeArguments } from "../arguments.ts";
import { nameThere, removeExactly } from "../header-lookup.ts";
import { boundaryOf, Multipart } from "../multipart.ts";

/** All lines of that name. */
export function hideInHeaders({ requestHeaders }: Exchange, name: string): void {
  const there = nameThere(requestHeaders, name);
  if (there !== null) removeExactly(requestHeaders, there);
}

const ESCAPE = /%([0-9A-Fa-f]{2})?/g;
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

/** Escapes that need none are undone, a blank is a plus sign, a `%` that escapes nothing is escaped. */
function cleanEscapes(text: string): string {
  return text.replace(ESCAPE, (escaped, hex: string | undefined) => {
    if (hex === undefined) return "%25";
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    if (char === " ") return "+";
    return UNRESERVED.test(char) ? char : escaped;
  });
}

/**
 * A query without an argument. The others keep their order; they are written anew (`b` as `b=`) where one was removed.
 *
 * @returns null if the argument is not there
 */
export function queryWithout(query: string, name: string): string | null {
  const kept: string[] = [];
  let isFound = false;
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    if (decodeArgument(equals < 0 ? pair : pair.slice(0, equals)) === name) isFound = true;
    else if (pair !== "") kept.push(cleanEscapes(equals < 0 ? `${pair}=` : pair));
  }
  return isFound ? kept.join("&") : null;
}

/** A query that had nothing but the key leaves its `?` behind. Later plugins and the log see it without the key, too. */
export function hideInQuery(x: Exchange, name: string): void {
  if (x.upstream.query === "") return;
  const without = queryWithout(x.upstream.query, name);
  if (without !== null) x.changedQuery = x.upstream.query = without;
}

/**
 * The body without a field, written anew from its fields even where the key is not among them: a form and parts stand
 * sorted by their names then, as behind Kong. Parts keep their heads; Kong loses the names of files.
 */
function bodyWithout(body: Buffer, contentType: string, name: string): Buffer {
  const type = contentType.toLowerCase();
  if (type.includes("application/json")) {
    const fields = JSON.parse(body.utf8Slice()) as Record<string, unknown>;
    delete fields[name];
    return Buffer.from(JSON.stringify(fields));
  }
  const text = body.latin1Slice();
  if (type.includes("multipart/form-data")) {
    const boundary = boundaryOf(contentType) ?? "";
    const parts = new Multipart(boundary, text);
    parts.delete(toWire(name));
    parts.sort();
    return Buffer.from(parts.toString() || `--${boundary}--\r\n`, "latin1");
  }
  const fields = decodeArguments(text);
  fields.delete(toWire(name));
  return Buffer.from(encodeArguments(fields), "latin1");
}

/** Called once the fields of the body could be read, so it is at hand and well formed. */
export function hideInBody(x: Exchange, kong: Kong, name: string): void {
  const contentType = x.requestHeaders.get("content-type");
  const body = kong.request.getRawBody();
  if (contentType === undefined || !Buffer.isBuffer(body)) return;
  kong.service.request.setRawBody(bodyWithout(body, contentType, name));
}
