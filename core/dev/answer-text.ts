/** What a plugin server answered, in lines for people, and without what may differ between two runs of the same code. */
import { FRAME } from "../plugin-host/native/frame-types.ts";
import { readShape } from "../plugin-host/native/shapes.ts";
import { WireCursor } from "../plugin-host/native/wire.ts";
import {
  call,
  chunkDone,
  done,
  readCall,
  readChunkDone,
  readDone,
  writes,
} from "../plugin-host/native/writes.ts";
import { CHUNK_DONE_READS, callText, DONE_READS, writeText } from "./event-frame.ts";
import type { Answer } from "./replay-link.ts";

/** What tells about an answer and is none, by frame type: Done.plugin_us and reads, ChunkDone.reads. */
const ASIDES: ReadonlyMap<number, ReadonlySet<number>> = new Map([
  [FRAME.DONE, new Set([7, DONE_READS])],
  [FRAME.CHUNK_DONE, new Set([CHUNK_DONE_READS])],
]);
/** Characters of a body's piece that are shown. */
const CHUNK_CHARS_MAX = 200;

/** The message without times and reads. @throws {UnreadableProtobuf} */
export function comparable({ type, message }: Answer): Buffer {
  const asides = ASIDES.get(type);
  if (asides === undefined) return message;
  const cursor = new WireCursor();
  cursor.set(message, 0, message.length);
  const kept: Buffer[] = [];
  while (cursor.at < cursor.end) {
    const from = cursor.at;
    const tag = cursor.tag();
    cursor.skip(tag);
    if (!asides.has(tag >>> 3)) kept.push(message.subarray(from, cursor.at));
  }
  return Buffer.concat(kept);
}

/** @throws {UnreadableProtobuf} */
export function answerLines({ type, message }: Answer): string[] {
  switch (type) {
    case FRAME.CALL:
      readCall(message, 0, message.length);
      return [...writeLines(), `asks ${callText(call.method, call.args)}`];
    case FRAME.DONE:
      readDone(message, 0, message.length);
      return doneLines();
    case FRAME.CHUNK_DONE:
      readChunkDone(message, 0, message.length);
      return chunkLines(message);
    case FRAME.STARTED:
      return [`started ${shapeText("Started", message)}`];
    case FRAME.START_FAILED:
      return [`refused the configuration ${shapeText("StartFailed", message)}`];
    default:
      return [`a frame of type ${type}`];
  }
}

function writeLines(): string[] {
  return Array.from({ length: writes.count }, (_, i) => writeText(writes, i));
}

function doneLines(): string[] {
  const lines = writeLines();
  if (done.failure !== "") lines.push(`failed: ${done.failure}`);
  if (done.cacheMs > 0) lines.push(`may be used again for ${done.cacheMs} ms`);
  if (done.wantsBody) lines.push("wants the body");
  lines.push(`done: ${done.ran} ran${done.keepsContext ? ", a context is kept" : ""}`);
  return lines;
}

function chunkLines(message: Buffer): string[] {
  const lines = writeLines();
  const { dataFrom, dataEnd, isUnchanged, isLast, failure } = chunkDone;
  const text = JSON.stringify(
    message.latin1Slice(dataFrom, Math.min(dataEnd, dataFrom + CHUNK_CHARS_MAX)),
  );
  lines.push(isUnchanged ? "chunk unchanged" : `chunk of ${dataEnd - dataFrom} bytes ${text}`);
  if (isLast) lines.push("the body ends");
  if (failure !== "") lines.push(`failed: ${failure}`);
  return lines;
}

function shapeText(name: string, message: Buffer): string {
  const cursor = new WireCursor();
  cursor.set(message, 0, message.length);
  return JSON.stringify(readShape(name, cursor));
}
