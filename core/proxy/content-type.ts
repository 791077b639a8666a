/**
 * The Content-Type of an answer as nginx leaves it: texts get the charset of the settings, and a charset of the Service's
 * stays where a plugin wrote another type.
 */
import type { Exchange } from "../exchange/exchange.ts";
import type { HeaderBlock } from "../exchange/header-block.ts";

/**
 * A 204 that nginx writes has no type, one that it passes on keeps what it came with; else a text gets its charset, but
 * not on a 301 or 302: clients of old took the charset of a redirect for that of the page it leads to.
 *
 * @param at the field with the type
 * @param goneAt the Service's type where a plugin took it away, usually to write another; -1 if none did
 * @param charset of the settings; "" for none
 */
export function settleType(x: Exchange, at: number, goneAt: number, charset: string): void {
  const { status, responseHeaders: block } = x;
  if (goneAt >= 0 && !x.buffered && keepsCharset(block, at, goneAt)) return;
  if (status === 301 || status === 302) return;
  const isPassedOn = x.serviceStatus === 204 && !x.buffered;
  if (status === 204 && !isPassedOn) block.remove("content-type");
  else if (charset !== "") addCharset(block, at, charset);
}

const CHARSET = /; *charset="?([^";]+)/i;

/**
 * A type that a plugin wrote without parameters gets the charset that the Service's type had: nginx keeps the two apart,
 * and the bytes are still what the Service said they are. Not where the answer was held: Kong makes that one anew.
 */
function keepsCharset(block: HeaderBlock, at: number, goneAt: number): boolean {
  const value = block.valueAt(at);
  const charset = CHARSET.exec(block.valueAt(goneAt))?.[1];
  if (charset === undefined || value === "" || value.includes(";")) return false;
  retype(block, at, `${value}; charset=${charset}`);
  return true;
}

/** The types that nginx's charset module touches. */
const CHARSET_TYPES: ReadonlySet<string> = new Set([
  "text/html",
  "text/xml",
  "text/plain",
  "text/vnd.wap.wml",
  "application/javascript",
  "application/rss+xml",
]);

/** The last type that needed none: most answers of a Service have the same. */
let typeWithoutCharset = "application/json";

function addCharset(block: HeaderBlock, at: number, charset: string): void {
  if (block.valueIs(at, typeWithoutCharset)) return;
  const value = block.valueAt(at);
  if (CHARSET_TYPES.has(value.toLowerCase())) retype(block, at, `${value}; charset=${charset}`);
  else typeWithoutCharset = value;
}

function retype(block: HeaderBlock, at: number, value: string): void {
  const name = block.nameAt(at);
  block.removeAt(at);
  block.add(name, value);
}
