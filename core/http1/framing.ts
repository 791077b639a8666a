/**
 * How long a body is, and what a message says about its connection: RFC 9112 6 and 7, read as strictly as can be.
 *
 * Works on the fields scanned last. Whatever two readers could take differently is refused here: two lengths, a length
 * beside a coding, any coding but `chunked`, two Hosts, a coding in HTTP/1.0. The results are module variables, as in
 * head-scanner.ts and for the same reason.
 */
import { CR, HTAB } from "./chars.ts";
import { KIND } from "./field-kinds.ts";
import { fieldCount, STRIDE, scratch } from "./head-scanner.ts";

/** Length of the body in bytes; -1 where there is no Content-Length. */
export let contentLength = -1;
/** `Transfer-Encoding: chunked`, and nothing else in it. */
export let isChunked = false;
/** `Connection: close`. */
export let wantsClose = false;
/** `Connection: keep-alive`. */
export let wantsKeepAlive = false;
/** `Connection: upgrade` beside an Upgrade field. */
export let wantsUpgrade = false;
/** Index of the Host field, -1 if none. */
export let hostField = -1;
/** Index of the Upgrade field, -1 if none. */
let upgradeField = -1;
/** Index of the Expect field, -1 if none. */
export let expectField = -1;
/**
 * Index of the field at which a reader of lines stops because it must not come again; -1 where the message is refused
 * as a whole.
 */
export let faultField = -1;
/** Did the client name `trailers` in TE? */
let acceptsTrailers = false;

/** What {@link readFraming} found. */
export const FRAMING_OK = 0;
const FRAMING_BAD = 400;
/** A transfer coding that we do not know. */
const FRAMING_UNKNOWN_CODING = 501;

/** Digits in a Content-Length: more could not be counted exactly. */
const LENGTH_DIGITS_MAX = 15;

/**
 * Read framing and connection options from the fields scanned last.
 *
 * @param text the head as latin1 string, with the same offsets
 * @param minor 0 for HTTP/1.0
 * @returns FRAMING_OK, FRAMING_BAD or FRAMING_UNKNOWN_CODING
 */
export function readFraming(
  b: Uint8Array,
  text: string,
  minor: number,
  isRequest: boolean,
): number {
  contentLength = -1;
  isChunked = wantsClose = wantsKeepAlive = wantsUpgrade = acceptsTrailers = false;
  hostField = upgradeField = expectField = faultField = -1;
  let connectionField = -1;
  let singles = false;
  for (let f = 0, o = 0; f < fieldCount; f++, o += STRIDE) {
    const kind = scratch[o + 4]!;
    if (kind === KIND.plain) continue;
    switch (kind) {
      case KIND.host:
        if (hostField >= 0) return repeatedAt(f);
        hostField = f;
        break;
      case KIND.contentLength:
        if (contentLength >= 0) return repeatedAt(f);
        if (isChunked) return FRAMING_BAD;
        contentLength = parseLength(b, scratch[o + 2]!, scratch[o + 3]!);
        if (contentLength < 0) return FRAMING_BAD;
        break;
      case KIND.transferEncoding:
        if (isChunked || contentLength >= 0 || minor === 0) return FRAMING_BAD;
        if (!isWord(text, o, "chunked") || isTabBehind(b, scratch[o + 3]!))
          return FRAMING_UNKNOWN_CODING;
        isChunked = true;
        break;
      case KIND.connection:
        readConnection(text, o, connectionField < 0 || !isRequest);
        connectionField = f;
        break;
      case KIND.upgrade:
        upgradeField = f;
        break;
      case KIND.expect:
        if (expectField >= 0) return repeatedAt(f);
        expectField = f;
        break;
      case KIND.te:
        if (
          text
            .slice(scratch[o + 2]!, scratch[o + 3]!)
            .toLowerCase()
            .includes("trailers")
        )
          acceptsTrailers = true;
        break;
      case KIND.single:
        if (singles && isRequest && isRepeated(text, f)) return repeatedAt(f);
        singles = true;
        break;
    }
  }
  return FRAMING_OK;
}

/** Does the Expect field, which there is, say `100-continue`? */
export function isContinueExpected(text: string): boolean {
  return isWord(text, expectField * STRIDE, "100-continue");
}

function repeatedAt(f: number): number {
  faultField = f;
  return FRAMING_BAD;
}

/** Is there a tab in the white space behind a value? Strict readers take spaces alone where a message's end depends on it. */
function isTabBehind(b: Uint8Array, end: number): boolean {
  for (let i = end; b[i] !== CR; i++) if (b[i] === HTAB) return true;
  return false;
}

/** Digits only, at least one; -1 for anything else, and for a tab behind them, which llhttp refuses. */
function parseLength(b: Uint8Array, i: number, end: number): number {
  if (i === end || end - i > LENGTH_DIGITS_MAX || isTabBehind(b, end)) return -1;
  let value = 0;
  for (; i < end; i++) {
    const digit = b[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function isWord(text: string, o: number, word: string): boolean {
  const start = scratch[o + 2]!;
  if (scratch[o + 3]! - start !== word.length) return false;
  return text.slice(start, start + word.length).toLowerCase() === word;
}

/** Is there an earlier field of the same name as field `f`? */
function isRepeated(text: string, f: number): boolean {
  const name = nameOf(text, f);
  for (let g = 0; g < f; g++) {
    if (scratch[g * STRIDE + 4] === KIND.single && nameOf(text, g) === name) return true;
  }
  return false;
}

function nameOf(text: string, f: number): string {
  return text
    .slice(scratch[f * STRIDE]!, scratch[f * STRIDE + 1]!)
    .toLowerCase()
    .replaceAll("_", "-");
}

/**
 * The options in a Connection field. Other names than close, keep-alive and upgrade are fields meant for us alone:
 * they get the kind `listed`; of several Connection fields of a request only the first is read for those, as Kong does.
 */
function readConnection(text: string, o: number, mayList: boolean): void {
  const value = text.slice(scratch[o + 2]!, scratch[o + 3]!);
  if (value === "keep-alive" || value === "Keep-Alive") {
    wantsKeepAlive = true;
    return;
  }
  if (value === "close") {
    wantsClose = true;
    return;
  }
  for (const part of value.split(",")) {
    const option = part.trim().toLowerCase();
    if (option === "close") wantsClose = true;
    else if (option === "keep-alive") wantsKeepAlive = true;
    else if (option === "upgrade") wantsUpgrade = true;
    else if (option !== "" && mayList) markListed(text, option);
  }
}

function markListed(text: string, option: string): void {
  const name = option.replaceAll("_", "-");
  for (let f = 0; f < fieldCount; f++) {
    const o = f * STRIDE;
    if (scratch[o + 1]! - scratch[o]! !== name.length || nameOf(text, f) !== name) continue;
    const kind = scratch[o + 4]!;
    // framing, Host and the forwarding headers are rebuilt whatever a client lists
    if (kind === KIND.plain || kind === KIND.single) scratch[o + 4] = KIND.listed;
  }
}
