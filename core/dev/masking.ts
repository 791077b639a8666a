/**
 * Takes credentials out of recorded frames: every byte of them becomes `*`, so that lengths, and with them all that a frame
 * is made of, stay as they are.
 *
 * Masked are headers and query arguments that by their names hold credentials, the Credential entity, what a plugin asked a
 * vault or such a header for, and secrets of plugin configs (config-masking.ts), which are looked for everywhere then. Not
 * masked: bodies, and what else stands in a config, without which nothing could be replayed.
 */
import { ENTITY, FRAME } from "../plugin-host/native/frame-types.ts";
import { readShape, writeShape } from "../plugin-host/native/shapes.ts";
import { WireCursor } from "../plugin-host/native/wire.ts";
import { ConfigMasking } from "./config-masking.ts";
import type { Fields } from "../plugin-host/protobuf/shape-table.ts";
import type { RecordedFrame } from "./recording.ts";

const SECRET_NAME =
  /authorization|cookie|api[-_]?key|token|secret|passw|signature|credential|session/i;
const SECRET_CALL = /^kong\.vault\.|get_credential$/;
const STAR = 0x2a;
const BYTES = 2;

/** Fields of messages, by their numbers in the contract. */
const EVENT_TARGET = 7;
const EVENT_HEADERS = 12;
const EVENT_RESPONSE_HEADERS = 33;
const ENTITY_KIND = 2;
const ENTITY_JSON = 3;
const WRITE_NAME = 2;
const WRITE_VALUE = 3;
const WRITE_ARGS = 5;

type Visit = (field: number, from: number, end: number) => void;

/** Call `visit` for every field of bytes in a message. */
function visitBytes(b: Buffer, from: number, end: number, visit: Visit): void {
  const cursor = new WireCursor();
  cursor.set(b, from, end);
  while (cursor.at < end) {
    const tag = cursor.tag();
    if ((tag & 7) === BYTES) visit(tag >>> 3, cursor.bytes(tag), cursor.at);
    else cursor.skip(tag);
  }
}

/** One for each recording: it remembers which answers will be secret. */
export class Masking {
  /** Streams whose Result is a credential, by link and stream. */
  readonly #secretCalls = new Set<string>();
  readonly #configs = new ConfigMasking();

  /** @returns the frame's message, or a masked copy. @throws {UnreadableProtobuf} */
  mask(frame: RecordedFrame): Buffer {
    if (frame.type === FRAME.HELLO) return this.#learn(frame);
    if (frame.type === FRAME.START) return this.#maskStart(frame);
    const b = Buffer.from(frame.message);
    this.#maskByPlace(frame, b);
    this.#configs.maskIn(b);
    return b;
  }

  /** What a plugin server's Hello says of its plugins tells which of their fields are secret. */
  #learn({ link, message }: RecordedFrame): Buffer {
    const { plugins } = read("Hello", message);
    for (const { name, schema } of plugins as { name: string; schema: Buffer }[]) {
      this.#configs.learn(link, name, String(schema));
    }
    return message;
  }

  #maskStart({ link, message }: RecordedFrame): Buffer {
    const start = read("Start", message);
    const config = this.#configs.mask(link, String(start.plugin), String(start.config));
    if (config === null) return message;
    return Buffer.from(writeShape("Start", { ...start, config }), "latin1");
  }

  #maskByPlace(frame: RecordedFrame, b: Buffer): void {
    const key = `${frame.link}/${frame.stream}`;
    switch (frame.type) {
      case FRAME.EVENT:
        maskEvent(b);
        break;
      case FRAME.ENTITY:
        maskEntity(b);
        break;
      case FRAME.DONE:
        maskWrites(b, 1);
        break;
      case FRAME.CHUNK_DONE:
        maskWrites(b, 4);
        break;
      case FRAME.CALL:
        maskWrites(b, 1);
        if (asksForSecret(b)) this.#secretCalls.add(key);
        break;
      case FRAME.RESULT:
        if (this.#secretCalls.delete(key))
          visitBytes(b, 0, b.length, (_, from, end) => maskTexts(b, from, end));
        break;
    }
  }

  /** The link is closed. */
  forget(link: number): void {
    this.#configs.forget(link);
    for (const key of this.#secretCalls)
      if (key.startsWith(`${link}/`)) this.#secretCalls.delete(key);
  }
}

function read(shape: string, message: Buffer): Fields {
  const cursor = new WireCursor();
  cursor.set(message, 0, message.length);
  return readShape(shape, cursor);
}

function maskEvent(b: Buffer): void {
  visitBytes(b, 0, b.length, (field, from, end) => {
    if (field === EVENT_TARGET) maskQuery(b, from, end);
    else if (field === EVENT_HEADERS || field === EVENT_RESPONSE_HEADERS) maskHeaders(b, from, end);
  });
}

function maskQuery(b: Buffer, from: number, end: number): void {
  const text = b.latin1Slice(from, end);
  for (const match of text.matchAll(/[?&]([^=&]*)=([^&]*)/g)) {
    const [all, name = "", value = ""] = match;
    if (!SECRET_NAME.test(name)) continue;
    const valueEnd = from + match.index + all.length;
    b.fill(STAR, valueEnd - value.length, valueEnd);
  }
}

function maskHeaders(b: Buffer, from: number, end: number): void {
  const text = b.latin1Slice(from, end);
  for (const match of text.matchAll(/([^:\r\n]+): ([^\r\n]*)/g)) {
    const [all, name = "", value = ""] = match;
    if (!SECRET_NAME.test(name)) continue;
    const valueEnd = from + match.index + all.length;
    b.fill(STAR, valueEnd - value.length, valueEnd);
  }
}

/** In the JSON of a credential every text is masked but names. */
function maskEntity(b: Buffer): void {
  const cursor = new WireCursor();
  cursor.set(b, 0, b.length);
  let isCredential = false;
  while (cursor.at < cursor.end) {
    const tag = cursor.tag();
    if (tag >>> 3 === ENTITY_KIND) isCredential = cursor.number(tag) === ENTITY.CREDENTIAL;
    else if (tag >>> 3 === ENTITY_JSON && isCredential) maskJson(b, cursor.bytes(tag), cursor.at);
    else cursor.skip(tag);
  }
}

function maskJson(b: Buffer, from: number, end: number): void {
  const text = b.latin1Slice(from, end);
  for (const match of text.matchAll(/"((?:[^"\\]|\\.)*)"(\s*:)?/g)) {
    if (match[2] !== undefined) continue; // a name
    const start = from + match.index + 1;
    b.fill(STAR, start, start + (match[1]?.length ?? 0));
  }
}

/** @param list number of the field that holds the writes */
function maskWrites(b: Buffer, list: number): void {
  visitBytes(b, 0, b.length, (field, from, end) => {
    if (field !== list) return;
    let isSecret = false;
    visitBytes(b, from, end, (part, partFrom, partEnd) => {
      if (part === WRITE_NAME) isSecret = SECRET_NAME.test(b.latin1Slice(partFrom, partEnd));
      else if (part === WRITE_VALUE && isSecret) b.fill(STAR, partFrom, partEnd);
      else if (part === WRITE_ARGS) maskMaps(b, partFrom, partEnd);
    });
  });
}

/** In a Value: entries of maps that by their key hold a credential. */
function maskMaps(b: Buffer, from: number, end: number): void {
  const LIST = 6;
  const MAP = 7;
  visitBytes(b, from, end, (field, inFrom, inEnd) => {
    if (field === LIST)
      visitBytes(b, inFrom, inEnd, (_, itemFrom, itemEnd) => maskMaps(b, itemFrom, itemEnd));
    if (field !== MAP) return;
    visitBytes(b, inFrom, inEnd, (_, entryFrom, entryEnd) => {
      let isSecret = false;
      visitBytes(b, entryFrom, entryEnd, (part, partFrom, partEnd) => {
        if (part === 1) isSecret = SECRET_NAME.test(b.latin1Slice(partFrom, partEnd));
        else if (isSecret) maskTexts(b, partFrom, partEnd);
        else maskMaps(b, partFrom, partEnd);
      });
    });
  });
}

/** Every text in a Value. */
function maskTexts(b: Buffer, from: number, end: number): void {
  visitBytes(b, from, end, (field, inFrom, inEnd) => {
    const isText = field === 4 || field === 5;
    if (isText) b.fill(STAR, inFrom, inEnd);
    else visitBytes(b, inFrom, inEnd, (_, partFrom, partEnd) => maskTexts(b, partFrom, partEnd));
  });
}

/** Is a Call one whose answer is a credential? Its name, or a name that it asks for. */
function asksForSecret(b: Buffer): boolean {
  let isSecret = false;
  visitBytes(b, 0, b.length, (field, from, end) => {
    if (field === 2) isSecret ||= SECRET_CALL.test(b.latin1Slice(from, end));
    else if (field === 3) {
      visitBytes(b, from, end, (kind, textFrom, textEnd) => {
        if (kind === 4) isSecret ||= SECRET_NAME.test(b.latin1Slice(textFrom, textEnd));
      });
    }
  });
  return isSecret;
}
