/**
 * Recordings of the native protocol: a text file, a JSON object a line; first what it is, then each frame with its time.
 *
 *     {"dragoman_recording":1,"at":"2026-01-31T12:00:00.000Z","masked":true,"note":"Masked are ..."}
 *     {"us":1250,"link":3,"from":"gateway","stream":1,"type":8,"message":"CCAS..."}
 *
 * `us` are microseconds of the recorder's clock, `type` is a FrameType, `message` the frame's message in base64.
 */
import { readFileSync } from "node:fs";
import { FRAME } from "../plugin-host/native/frame-types.ts";
import { readShape } from "../plugin-host/native/shapes.ts";
import { WireCursor } from "../plugin-host/native/wire.ts";
import { Masking } from "./masking.ts";
import type { PassingFrame, TapLink, TapObserver } from "./tap.ts";
import { ToolFailed } from "./tool-failed.ts";

const VERSION = 1;
/** What a recording says of itself in its first line. */
const MASKED_NOTE =
  "Masked with * are: headers and query arguments that by their names hold credentials, entities of credentials, answers of " +
  "vaults, and of plugin configs the fields that are encrypted, referenceable or from a vault, wherever their values stand. " +
  "Not masked are bodies and other fields of plugin configs.";
const WHOLE_NOTE = "Nothing is masked: this file holds every secret that the plugins were given.";
/** Frames of a connection's beginning that are kept for recordings which begin later, in bytes of their messages. */
const OPENING_BYTES_MAX = 4 * 1024 * 1024;

/** A frame as it stands in a line; `message` is a copy. */
export interface RecordedFrame {
  readonly us: number;
  readonly link: number;
  readonly from: "gateway" | "server";
  readonly stream: number;
  readonly type: number;
  readonly message: Buffer;
}

/** What events need to have been said before them, and what may be left out again. */
const OPENING = new Set<number>([
  FRAME.HELLO,
  FRAME.START,
  FRAME.STARTED,
  FRAME.START_FAILED,
  FRAME.ENTITY,
]);

/** Takes lines of a recording, line feeds included. @returns false: no more of this */
export type LineSink = (line: string) => boolean;

class Subscriber {
  readonly #sink: LineSink;
  readonly #masking: Masking | null;

  constructor(sink: LineSink, withSecrets: boolean) {
    this.#sink = sink;
    this.#masking = withSecrets ? null : new Masking();
    const head = {
      dragoman_recording: VERSION,
      at: new Date().toISOString(),
      masked: !withSecrets,
      note: withSecrets ? WHOLE_NOTE : MASKED_NOTE,
    };
    this.#sink(`${JSON.stringify(head)}\n`);
  }

  write(frame: RecordedFrame): boolean {
    const message = this.#masking?.mask(frame) ?? frame.message;
    return this.#sink(`${JSON.stringify({ ...frame, message: message.toString("base64") })}\n`);
  }

  onClosed(link: number): void {
    this.#masking?.forget(link);
  }
}

/** Gives frames that pass a tap to whoever records, with what had been said on their connections before. */
export class Recorder implements TapObserver {
  readonly #openings = new Map<number, RecordedFrame[]>();
  readonly #subscribers = new Set<Subscriber>();
  readonly #cursor = new WireCursor();

  /** @returns ends the recording */
  subscribe(sink: LineSink, withSecrets: boolean): () => void {
    const subscriber = new Subscriber(sink, withSecrets);
    for (const opening of this.#openings.values())
      for (const frame of opening) subscriber.write(frame);
    this.#subscribers.add(subscriber);
    return () => void this.#subscribers.delete(subscriber);
  }

  onFrame({ link, isGateways, stream, type, b, from, end, atUs }: PassingFrame): void {
    const isKept = stream === 0 && type !== FRAME.PING && type !== FRAME.PONG;
    if (!isKept && this.#subscribers.size === 0) return;
    const frame: RecordedFrame = {
      us: Math.round(atUs),
      link: link.id,
      from: isGateways ? "gateway" : "server",
      stream,
      type,
      message: Buffer.from(b.subarray(from, end)),
    };
    if (isKept) this.#keep(frame);
    for (const one of this.#subscribers) if (!one.write(frame)) this.#subscribers.delete(one);
  }

  #keep(frame: RecordedFrame): void {
    let opening = this.#openings.get(frame.link) ?? [];
    if (OPENING.has(frame.type)) opening.push(frame);
    else if (frame.type === FRAME.FORGET_ENTITIES)
      opening = opening.filter((one) => one.type !== FRAME.ENTITY);
    else if (frame.type === FRAME.STOP) {
      const stopped = this.#instanceOf(frame);
      opening = opening.filter((one) => this.#instanceOf(one) !== stopped);
    }
    let bytes = opening.reduce((sum, one) => sum + one.message.length, 0);
    while (bytes > OPENING_BYTES_MAX) bytes -= opening.shift()?.message.length ?? bytes;
    this.#openings.set(frame.link, opening);
  }

  /** The instance that a frame is about; -1 where it is about none. */
  #instanceOf({ type, message }: RecordedFrame): number {
    if (type !== FRAME.STOP && type !== FRAME.START && type !== FRAME.STARTED) return -1;
    this.#cursor.set(message, 0, message.length);
    return Number(readShape("Stop", this.#cursor).instance);
  }

  onClosed(link: TapLink): void {
    this.#openings.delete(link.id);
    for (const one of this.#subscribers) one.onClosed(link.id);
  }
}

/** @throws {ToolFailed} where the file is no recording */
export function readRecording(file: string): { masked: boolean; frames: RecordedFrame[] } {
  let lines: string[];
  try {
    lines = readFileSync(file, "utf8").split("\n");
  } catch (cause) {
    throw new ToolFailed(`cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
  const head = parseLine(file, lines[0] ?? "", 1);
  if (head.dragoman_recording !== VERSION)
    throw new ToolFailed(`${file} is no recording of version ${VERSION}`);
  const frames: RecordedFrame[] = [];
  for (const [i, line] of lines.entries()) {
    if (i === 0 || line === "") continue;
    // the last line of a recording that was cut off by its end may be half
    if (i === lines.length - 1 && !line.endsWith("}")) continue;
    const { us, link, from, stream, type, message } = parseLine(file, line, i + 1);
    frames.push({
      us: Number(us),
      link: Number(link),
      from: from === "gateway" ? "gateway" : "server",
      stream: Number(stream),
      type: Number(type),
      message: Buffer.from(String(message), "base64"),
    });
  }
  return { masked: head.masked === true, frames };
}

function parseLine(file: string, line: string, number: number): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (cause) {
    throw new ToolFailed(`${file}, line ${number}: ${(cause as Error).message}`, { cause });
  }
}
