/**
 * The first message of a TLS handshake, as far as it must be known before the handshake goes on: which server the
 * client wants, and which versions it speaks.
 *
 * The certificate phase runs before the gateway has said a word, as in Kong, so that a client that a plugin refuses
 * gets an alert. Node has no hook there that may wait and refuse. What is read here only tells plugins; the handshake
 * itself is OpenSSL's, which reads the same bytes again.
 *
 * @see RFC 8446, 4.1.2 and 5.1
 */
import { INCOMPLETE } from "../http1/head-scanner.ts";

/** Read, and not checked beyond its lengths: whether it is acceptable is OpenSSL's to say. */
export interface ClientHello {
  /** As sent; "" if none. */
  readonly serverName: string;
  /** Versions that the client offers, 0x0303 for TLS 1.2; as sent, or all up to the one that it names. */
  readonly versions: readonly number[];
}

/** These bytes begin no handshake that OpenSSL would take. */
export const MALFORMED_HELLO = -2;
/** Longest hello that is waited for, in bytes with its record heads. */
export const HELLO_BYTES_MAX = 64 * 1024;

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEAD_BYTES = 5;
const MESSAGE_HEAD_BYTES = 4;
const RANDOM_BYTES = 32;
const SERVER_NAME = 0;
const SUPPORTED_VERSIONS = 43;
const HOST_NAME = 0;
const TLS_1 = 0x0301;
const TLS_1_2 = 0x0303;

/** A cursor that throws {@link RangeError} where the message ends too early. */
class Cursor {
  readonly b: Buffer;
  at = 0;

  constructor(b: Buffer) {
    this.b = b;
  }

  number(bytes: number): number {
    const n = this.b.readUIntBE(this.at, bytes);
    this.at += bytes;
    return n;
  }

  /** A part with its length before it. */
  part(lengthBytes: number): Buffer {
    const n = this.number(lengthBytes);
    if (n > this.b.length - this.at) throw new RangeError("a part is longer than its message");
    this.at += n;
    return this.b.subarray(this.at - n, this.at);
  }

  get isAtEnd(): boolean {
    return this.at >= this.b.length;
  }
}

/**
 * @param b what the client has sent so far
 * @returns {@link INCOMPLETE} until the whole message is here, {@link MALFORMED_HELLO} for another one
 */
export function readClientHello(
  b: Buffer,
): ClientHello | typeof INCOMPLETE | typeof MALFORMED_HELLO {
  const message = joinRecords(b);
  if (typeof message === "number") return message;
  try {
    return readMessage(message);
  } catch (cause) {
    if (cause instanceof RangeError) return MALFORMED_HELLO;
    throw cause;
  }
}

/** The hello without the heads of the records that it came in. */
function joinRecords(b: Buffer): Buffer | typeof INCOMPLETE | typeof MALFORMED_HELLO {
  const parts: Buffer[] = [];
  let have = 0;
  let need = MESSAGE_HEAD_BYTES;
  for (let at = 0; have < need; ) {
    if (b.length > HELLO_BYTES_MAX) return MALFORMED_HELLO;
    if (b.length - at < RECORD_HEAD_BYTES) return INCOMPLETE;
    const end = at + RECORD_HEAD_BYTES + b.readUInt16BE(at + 3);
    if (b[at] !== HANDSHAKE_RECORD || end === at + RECORD_HEAD_BYTES) return MALFORMED_HELLO;
    if (end > b.length) return INCOMPLETE;
    parts.push(b.subarray(at + RECORD_HEAD_BYTES, end));
    have += end - at - RECORD_HEAD_BYTES;
    at = end;
    if (need === MESSAGE_HEAD_BYTES && have >= need) {
      need += Buffer.concat(parts).readUIntBE(1, 3);
    }
  }
  const message = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  return message[0] === CLIENT_HELLO ? message.subarray(MESSAGE_HEAD_BYTES, need) : MALFORMED_HELLO;
}

function readMessage(b: Buffer): ClientHello {
  const cursor = new Cursor(b);
  const legacyVersion = cursor.number(2);
  cursor.at += RANDOM_BYTES;
  cursor.part(1); // session
  cursor.part(2); // ciphers
  cursor.part(1); // compression
  let serverName = "";
  let versions: readonly number[] | null = null;
  const extensions = new Cursor(cursor.isAtEnd ? Buffer.alloc(0) : cursor.part(2));
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const data = extensions.part(2);
    if (type === SERVER_NAME) serverName = readServerName(data);
    else if (type === SUPPORTED_VERSIONS) versions = readVersions(data);
  }
  return { serverName, versions: versions ?? versionsUpTo(legacyVersion) };
}

/** What a client speaks that has no list: from TLS 1.3 on all have one. */
function versionsUpTo(version: number): number[] {
  const versions: number[] = [];
  for (let n = TLS_1; n <= Math.min(version, TLS_1_2); n++) versions.push(n);
  return versions;
}

function readServerName(b: Buffer): string {
  const names = new Cursor(new Cursor(b).part(2));
  return names.number(1) === HOST_NAME ? names.part(2).latin1Slice() : "";
}

function readVersions(b: Buffer): number[] {
  const list = new Cursor(new Cursor(b).part(1));
  const versions: number[] = [];
  while (!list.isAtEnd) versions.push(list.number(2));
  return versions;
}

/** As Node names them, from {@link TLS_1} on. */
const NAMES = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/**
 * The version that the handshake will agree on.
 *
 * @param least, most of the listener, as Node names them
 * @returns "" where there is none that both speak
 */
export function versionAgreed(hello: ClientHello, least: string, most: string): string {
  const from = NAMES.indexOf(least);
  const to = NAMES.indexOf(most);
  let best = -1;
  for (const version of hello.versions) {
    const n = version - TLS_1;
    if (n >= from && n <= to && n > best) best = n;
  }
  return NAMES[best] ?? "";
}
