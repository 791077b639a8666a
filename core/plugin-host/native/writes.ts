/**
 * What a plugin server answers with: the lists of writes in Done, Call and ChunkDone.
 *
 * A message is read and checked to its end before anything of it is done, so half a message changes nothing. While it is
 * read, the writes are numbers in one array: where their texts begin and end in the buffer. There is one array for the
 * process, because a message is read and its writes are done in one turn, and nothing in between reads another.
 */
import { UnreadableProtobuf } from "../protobuf/wire.ts";
import { textAt } from "../short-text.ts";
import { FAILURE_BYTES_MAX, WRITES_MAX } from "./limits.ts";
import { inside, readValue } from "./values.ts";
import { readNumbers, WireCursor } from "./wire.ts";

/** Numbers in {@link Writes.table} for each write. */
const STRIDE = 6;
const FIRST_WRITES = 64;

/** A list of writes as it stands in the buffer that was read. */
export class Writes {
  count = 0;
  /** Op, start and end of the name, start and end of the value, number. */
  #table = new Int32Array(FIRST_WRITES * STRIDE);
  /** Arguments of those that have any, by index. */
  readonly #args: (unknown[] | undefined)[] = [];
  #b: Buffer = NO_BYTES;

  clear(b: Buffer): void {
    this.count = 0;
    this.#b = b;
    if (this.#args.length > 0) this.#args.length = 0;
  }

  op(i: number): number {
    return this.#table[i * STRIDE]!;
  }

  /** Name as text. */
  name(i: number): string {
    return textAt(this.#b, this.#table[i * STRIDE + 1]!, this.#table[i * STRIDE + 2]!);
  }

  /** Value as text. */
  value(i: number): string {
    return textAt(this.#b, this.#table[i * STRIDE + 3]!, this.#table[i * STRIDE + 4]!);
  }

  /** Value as it goes on the wire: one character a byte. */
  wireValue(i: number): string {
    return wireText(this.#b, this.#table[i * STRIDE + 3]!, this.#table[i * STRIDE + 4]!);
  }

  number(i: number): number {
    return this.#table[i * STRIDE + 5]!;
  }

  args(i: number): readonly unknown[] {
    return this.#args[i] ?? NO_ARGS;
  }

  /** Read the Write in the field at the cursor. @throws {UnreadableProtobuf} */
  read(cursor: WireCursor, tag: number): void {
    const i = this.count;
    if (i === WRITES_MAX) throw new UnreadableProtobuf("too many writes");
    if ((i + 1) * STRIDE > this.#table.length) this.#grow();
    const table = this.#table;
    const o = i * STRIDE;
    for (let n = o; n < o + STRIDE; n++) table[n] = 0; // as few as these cost less than a call of fill
    const from = cursor.bytes(tag);
    const { at: after, end } = cursor;
    cursor.at = from;
    cursor.end = after;
    while (cursor.at < after) this.#field(cursor, o, i);
    cursor.end = end;
    this.count = i + 1;
  }

  #field(cursor: WireCursor, o: number, i: number): void {
    const table = this.#table;
    const tag = cursor.tag();
    switch (tag >>> 3) {
      case 1:
        table[o] = cursor.number(tag);
        return;
      case 2:
        table[o + 1] = cursor.bytes(tag);
        table[o + 2] = cursor.at;
        return;
      case 3:
        table[o + 3] = cursor.bytes(tag);
        table[o + 4] = cursor.at;
        return;
      case 4:
        table[o + 5] = cursor.number(tag);
        return;
      case 5: {
        const arg = inside(cursor, tag, 0, readValue);
        const args = this.#args[i];
        if (args === undefined) this.#args[i] = [arg];
        else args.push(arg);
        return;
      }
      default:
        cursor.skip(tag);
    }
  }

  #grow(): void {
    const larger = new Int32Array(this.#table.length * 2);
    larger.set(this.#table);
    this.#table = larger;
  }
}

const NO_ARGS: readonly unknown[] = Object.freeze([]);
const NO_BYTES = Buffer.alloc(0);
/** Longest ASCII text that the cache of short words serves. */
const SHORT_BYTES = 24;

/** Short ASCII values come again and again (short-text.ts); text and wire are the same for them. */
function wireText(b: Buffer, from: number, end: number): string {
  if (end - from > SHORT_BYTES) return b.latin1Slice(from, end);
  for (let i = from; i < end; i++) if (b[i]! > 127) return b.latin1Slice(from, end);
  return textAt(b, from, end);
}

/** The writes of the message that was read last. */
export const writes = new Writes();
const cursor = new WireCursor();

/** A Done, as it was read last. */
export const done = {
  ran: 0,
  failure: "",
  keepsContext: false,
  cacheMs: 0,
  wantsBody: false,
  /** Microseconds of each plugin; as many as were sent, at most as many as fit. */
  pluginUs: new Uint32Array(64),
  pluginUsCount: 0,
};

/** What a plugin says of its failure: as much as the log is worth. */
function failureAt(b: Buffer, from: number, end: number): string {
  return textAt(b, from, Math.min(end, from + FAILURE_BYTES_MAX)) || "it failed";
}

function addPluginUs(n: number): void {
  if (done.pluginUsCount < done.pluginUs.length) done.pluginUs[done.pluginUsCount++] = n;
}

/** Read a Done into {@link done} and {@link writes}. @throws {UnreadableProtobuf} */
export function readDone(b: Buffer, from: number, end: number): void {
  cursor.set(b, from, end);
  writes.clear(b);
  done.ran = done.cacheMs = done.pluginUsCount = 0;
  done.failure = "";
  done.keepsContext = done.wantsBody = false;
  while (cursor.at < end) {
    const tag = cursor.tag();
    switch (tag >>> 3) {
      case 1:
        writes.read(cursor, tag);
        break;
      case 2:
        done.ran = cursor.number(tag);
        break;
      case 3:
        done.failure = failureAt(b, cursor.bytes(tag), cursor.at);
        break;
      case 4:
        done.keepsContext = cursor.bool(tag);
        break;
      case 5:
        done.cacheMs = cursor.number(tag);
        break;
      case 6:
        done.wantsBody = cursor.bool(tag);
        break;
      case 7:
        readNumbers(cursor, tag, addPluginUs);
        break;
      default:
        cursor.skip(tag);
    }
  }
}

/** A Call, as it was read last. */
export const call: { method: string; args: unknown[] } = { method: "", args: [] };

/** Read a Call into {@link call} and {@link writes}. @throws {UnreadableProtobuf} */
export function readCall(b: Buffer, from: number, end: number): void {
  cursor.set(b, from, end);
  writes.clear(b);
  call.method = "";
  call.args = [];
  while (cursor.at < end) {
    const tag = cursor.tag();
    const field = tag >>> 3;
    if (field === 1) writes.read(cursor, tag);
    else if (field === 2) call.method = textAt(b, cursor.bytes(tag), cursor.at);
    else if (field === 3) call.args.push(inside(cursor, tag, 0, readValue));
    else cursor.skip(tag);
  }
}

/** A ChunkDone, as it was read last; its data stand in the buffer. */
export const chunkDone = {
  dataFrom: 0,
  dataEnd: 0,
  isLast: false,
  isUnchanged: false,
  failure: "",
};

/** Read a ChunkDone into {@link chunkDone} and {@link writes}. @throws {UnreadableProtobuf} */
export function readChunkDone(b: Buffer, from: number, end: number): void {
  cursor.set(b, from, end);
  writes.clear(b);
  chunkDone.dataFrom = chunkDone.dataEnd = 0;
  chunkDone.isLast = chunkDone.isUnchanged = false;
  chunkDone.failure = "";
  while (cursor.at < end) {
    const tag = cursor.tag();
    switch (tag >>> 3) {
      case 1:
        chunkDone.dataFrom = cursor.bytes(tag);
        chunkDone.dataEnd = cursor.at;
        break;
      case 2:
        chunkDone.isLast = cursor.bool(tag);
        break;
      case 3:
        chunkDone.isUnchanged = cursor.bool(tag);
        break;
      case 4:
        writes.read(cursor, tag);
        break;
      case 5:
        chunkDone.failure = failureAt(b, cursor.bytes(tag), cursor.at);
        break;
      default:
        cursor.skip(tag);
    }
  }
}
