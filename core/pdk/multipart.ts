/**
 * Multipart forms: names and values, as Kong's PDK reads and writes them. File names and types of parts are not kept.
 */
import { luaNumber } from "./lua-number.ts";
import { PdkError } from "../errors.ts";
import { typeName } from "./arguments.ts";
import { bytesOf, textOf } from "./text.ts";

/** For reading: up to a space, as Kong has it, so with parameters behind it there is no such part. */
const READ_BOUNDARY = /;\s*boundary=(\S+)/;
/** For writing: in quotes, or all the rest. */
const WRITTEN_BOUNDARY = /boundary=(?:"([^"]*)"|(.+))/;
const DISPOSITION = /^content-disposition.*$/im;
/** What looks like a header within a header is skipped. */
const LIKE_A_HEADER = /\S:\s*\S/;
const NAME = /^\s*name=\s*([^=]*)/i;
/** The empty line between the head of a part and its value. */
const HEAD_END = /\r?\n\r?\n/;
/** Parts of one body that are looked at. */
const PARTS_MAX = 1000;

/** Boundary that a body of this Content-Type is read with; "" if there is none. */
function readBoundary(type: string): string {
  const named = READ_BOUNDARY.exec(type)?.[1] ?? "";
  const isQuoted = named.length > 1 && (/^".*"$/.test(named) || /^'.*'$/.test(named));
  return isQuoted ? named.slice(1, -1) : named;
}

/** Boundary that a plugin asks for; null if it names none. */
export function writtenBoundary(type: string): string | null {
  const match = WRITTEN_BOUNDARY.exec(type);
  return match === null ? null : (match[1] ?? match[2]!);
}

/** Name of a part; its first and last character are taken for quotes, whatever they are. */
function nameIn(head: string): string | undefined {
  let name: string | undefined;
  for (const piece of DISPOSITION.exec(head)?.[0].split(";") ?? []) {
    if (LIKE_A_HEADER.test(piece)) continue;
    const value = NAME.exec(piece)?.[1];
    if (value !== undefined) name = value.trimEnd().slice(1, -1);
  }
  return name;
}

/**
 * Name to text, or to a list where the name is repeated; parts without a name are left out. Lines may end in LF alone.
 *
 * @see lua-multipart 0.5.9, which reads them for Kong
 */
export function decodeMultipart(type: string, body: Buffer): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null);
  const boundary = readBoundary(type);
  if (boundary === "") return values;
  const parts = partsOf(`\n${body.latin1Slice()}`, `\n--${boundary}`);
  for (const part of parts) {
    const headEnd = HEAD_END.exec(part);
    if (headEnd === null) continue;
    const name = nameIn(part.slice(0, headEnd.index));
    if (name === undefined) continue;
    const value = textOf(Buffer.from(part.slice(headEnd.index + headEnd[0].length), "latin1"));
    const key = textOf(Buffer.from(name, "latin1"));
    const had = values[key];
    if (had === undefined) values[key] = value;
    else if (Array.isArray(had)) had.push(value);
    else values[key] = [had, value];
  }
  return values;
}

/** What stands between delimiters, without the line break before each. */
function partsOf(text: string, delimiter: string): string[] {
  const parts: string[] = [];
  const pieces = text.split(delimiter, PARTS_MAX + 2);
  for (let i = 1; i < pieces.length; i++) {
    const piece = pieces[i]!;
    if (piece.startsWith("--")) break; // the closing delimiter
    parts.push(i + 1 < pieces.length && piece.endsWith("\r") ? piece.slice(0, -1) : piece);
  }
  return parts;
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
