/**
 * Multipart forms: names and values, as Kong's PDK reads and writes them. File names and types of parts are not kept.
 */
import { luaNumber } from "./lua-number.ts";
import { PdkError } from "../errors.ts";
import { typeName } from "./arguments.ts";
import { bytesOf, textOf } from "./text.ts";

const BOUNDARY = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i;
const NAME = /;\s*name=(?:"([^"]*)"|([^\s;]+))/i;
/** Parts of one body that are looked at. */
const PARTS_MAX = 1000;

/** Boundary named in a Content-Type, null if none is. */
export function multipartBoundary(type: string): string | null {
  const match = BOUNDARY.exec(type);
  return match === null ? null : (match[1] ?? match[2] ?? null);
}

/** Name to text, or to a list where the name is repeated; parts without a name are left out. */
export function decodeMultipart(type: string, body: Buffer): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null);
  const boundary = multipartBoundary(type);
  if (boundary === null) return values;
  const text = `\r\n${body.latin1Slice()}`;
  const parts = text.split(`\r\n--${boundary}`, PARTS_MAX + 2);
  for (const part of parts.slice(1)) {
    if (part.startsWith("--")) break; // the closing delimiter
    const headEnd = part.indexOf("\r\n\r\n");
    if (headEnd < 0) continue;
    const match = NAME.exec(part.slice(0, headEnd));
    const name = match?.[1] ?? match?.[2];
    if (name === undefined) continue;
    const value = textOf(Buffer.from(part.slice(headEnd + 4), "latin1"));
    const key = textOf(Buffer.from(name, "latin1"));
    const had = values[key];
    if (had === undefined) values[key] = value;
    else if (Array.isArray(had)) had.push(value);
    else values[key] = [had, value];
  }
  return values;
}

const QUOTE_BREAKERS = /["\r\n]/g;

/**
 * A body with a part for each value, in the order of their names.
 *
 * @throws {PdkError} for a value that is neither string nor number (recorded: a boolean is refused, too)
 */
export function encodeMultipart(args: Readonly<Record<string, unknown>>, boundary: string): Buffer {
  const pieces: Buffer[] = [];
  for (const name of Object.keys(args).sort()) {
    const value = args[name];
    const safeName = name.replace(QUOTE_BREAKERS, (c) => encodeURIComponent(c));
    pieces.push(
      bytesOf(`--${boundary}\r\nContent-Disposition: form-data; name="${safeName}"\r\n\r\n`),
      partBytes(name, value),
      Buffer.from("\r\n"),
    );
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(pieces);
}

function partBytes(name: string, value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value === "number") return Buffer.from(luaNumber(value));
  if (typeof value === "string") return bytesOf(value);
  throw new PdkError(`invalid value "${name}": got ${typeName(value)}, expected string or number`);
}
