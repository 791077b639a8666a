/**
 * Bodies as values: urlencoded forms, JSON and multipart forms, decoded for `get_body` and encoded for `set_body`.
 */
import { randomBytes } from "node:crypto";
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { jsonOf } from "./lua-json.ts";
import { decodeMultipart, encodeMultipart, writtenBoundary } from "./multipart.ts";
import { decodeQuery, encodeQuery } from "./query.ts";
import { bytesOf } from "./text.ts";

/** The formats of bodies that have values: urlencoded, `application/json`, `multipart/form-data`. */
export type BodyKind = "form" | "json" | "multipart";

const PREFIXES: ReadonlyArray<readonly [string, BodyKind]> = [
  ["application/x-www-form-urlencoded", "form"],
  ["multipart/form-data", "multipart"],
  ["application/json", "json"],
];

/** Kind of a Content-Type, whatever parameters it has; null for one that we cannot read. */
export function bodyKind(type: string): BodyKind | null {
  const lower = type.toLowerCase();
  return PREFIXES.find(([prefix]) => lower.startsWith(prefix))?.[1] ?? null;
}

/** Kind of the type that a body is to have: up to the first ";" it must be written exactly so, as in Kong. */
export function exactBodyKind(type: string): BodyKind | null {
  const name = type.split(";", 1)[0]!;
  return PREFIXES.find(([exact]) => exact === name)?.[1] ?? null;
}

/**
 * @param type Content-Type with its parameters
 * @param max how many arguments of a form are looked at
 * @returns null with the reason in `x.pdkError` for a body that is not what its type says
 */
export function decodeBody(
  x: Exchange,
  kind: BodyKind,
  type: string,
  body: Buffer,
  max: number,
): Record<string, unknown> | unknown[] | null {
  switch (kind) {
    case "form":
      return decodeQuery(body.latin1Slice(), max);
    case "json":
      return decodeJson(x, body);
    case "multipart":
      return decodeMultipart(type, body);
  }
}

function decodeJson(x: Exchange, body: Buffer): Record<string, unknown> | unknown[] | null {
  let value: unknown;
  try {
    value = JSON.parse(body.utf8Slice());
  } catch {
    value = null;
  }
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  x.pdkError = "invalid json body";
  return null;
}

/** Bytes of randomness in a boundary that we make up. */
const BOUNDARY_BYTES = 16;

/**
 * A body from values.
 *
 * @returns the body and its Content-Type; that of a multipart form names its boundary, taken over from `type` or made up,
 *   without other parameters, as in Kong, and in quotes only where a space is in it
 * @throws {PdkError} for values that the format cannot hold
 */
export function encodeBody(
  kind: BodyKind,
  type: string,
  args: Readonly<Record<string, unknown>>,
): { body: Buffer; contentType: string } {
  switch (kind) {
    case "form": {
      if (Array.isArray(args) && args.length > 0) throw new PdkError("arg keys must be strings");
      const text = encodeQuery(args);
      if (text === undefined) throw new PdkError("invalid value in args");
      return { body: Buffer.from(text, "latin1"), contentType: type };
    }
    case "json":
      return { body: bytesOf(jsonOf(args)), contentType: type };
    case "multipart": {
      const boundary = writtenBoundary(type) ?? randomBytes(BOUNDARY_BYTES).toString("hex");
      const named = /\s/.test(boundary) ? `"${boundary}"` : boundary;
      const contentType = `multipart/form-data; boundary=${named}`;
      return { body: encodeMultipart(args, boundary), contentType };
    }
  }
}
