/**
 * Taking an API key out of what goes to the Service: wherever its name stands, not only where it was found.
 */
import type { Exchange } from "../../exchange/exchange.ts";
import type { Kong } from "../../pdk/kong.ts";
import { toWire } from "../../pdk/text.ts";
import { decodeArgument, decodeArguments, encodeArguments } from "../arguments.ts";
import { nameThere, removeExactly } from "../header-lookup.ts";
import { boundaryOf, Multipart } from "../multipart.ts";

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

/** The body without a field; null if it has none of that name. */
function bodyWithout(body: Buffer, contentType: string, name: string): Buffer | null {
  const type = contentType.toLowerCase();
  if (type.includes("application/json")) {
    const fields = JSON.parse(body.utf8Slice()) as Record<string, unknown>;
    if (!Object.hasOwn(fields, name)) return null;
    delete fields[name];
    return Buffer.from(JSON.stringify(fields));
  }
  const text = body.latin1Slice();
  if (type.includes("multipart/form-data")) {
    const boundary = boundaryOf(contentType) ?? "";
    const parts = new Multipart(boundary, text);
    if (parts.get(toWire(name)) === undefined) return null;
    parts.delete(toWire(name));
    return Buffer.from(parts.toString() || `--${boundary}--\r\n`, "latin1");
  }
  const fields = decodeArguments(text);
  return fields.delete(toWire(name)) ? Buffer.from(encodeArguments(fields), "latin1") : null;
}

/** Called once the fields of the body could be read, so it is at hand and well formed. */
export function hideInBody(x: Exchange, kong: Kong, name: string): void {
  const contentType = x.requestHeaders.get("content-type");
  const body = kong.request.getRawBody();
  if (contentType === undefined || !Buffer.isBuffer(body)) return;
  const rest = bodyWithout(body, contentType, name);
  if (rest !== null) kong.service.request.setRawBody(rest);
}
