/**
 * Sends what a gateway said in a recording to a plugin server again, byte for byte and in its order, and compares what the
 * plugin server says with what it said then.
 *
 * Each answer of the recording is waited for before the gateway's next frame is sent. Left out are times and log lines.
 * Where an answer differs, the rest of that event cannot be replayed: it is cancelled, and the next one goes on.
 */
import { FRAME } from "../plugin-host/native/frame-types.ts";
import { readShape } from "../plugin-host/native/shapes.ts";
import { WireCursor } from "../plugin-host/native/wire.ts";
import { answerLines, comparable } from "./answer-text.ts";
import { readEvent } from "./event-frame.ts";
import type { RecordedFrame } from "./recording.ts";
import type { ReplayConfig } from "./replay-config.ts";
import { type Answer, ANSWER_MS, ReplayLink } from "./replay-link.ts";

/** An answer that is not the one that was recorded. */
export interface Difference {
  /** "access my-plugin GET /?name=ann" */
  readonly what: string;
  readonly recorded: readonly string[];
  readonly now: readonly string[];
}

interface ReplayResult {
  readonly events: number;
  /** Answers that were compared. */
  readonly answers: number;
  readonly differences: readonly Difference[];
}

/** Frames of the gateway that belong to the connection. */
const OF_CONNECTION = new Set<number>([
  FRAME.HELLO,
  FRAME.START,
  FRAME.STOP,
  FRAME.ENTITY,
  FRAME.FORGET_ENTITIES,
  FRAME.FORGET,
]);
const OF_STREAM = new Set<number>([FRAME.RESULT, FRAME.CHUNK, FRAME.CANCEL]);
const STARTS = new Set<number>([FRAME.STARTED, FRAME.START_FAILED]);
const ANSWERS = new Set<number>([FRAME.CALL, FRAME.DONE, FRAME.CHUNK_DONE]);

class LinkReplay {
  events = 0;
  answers = 0;
  readonly differences: Difference[] = [];
  readonly #link: ReplayLink;
  /** What runs on a stream, in words. */
  readonly #open = new Map<number, string>();
  readonly #plugins = new Map<number, string>();
  readonly #cursor = new WireCursor();

  readonly #config: ReplayConfig | null;

  constructor(path: string, config: ReplayConfig | null) {
    this.#link = new ReplayLink(path);
    this.#config = config;
  }

  async run(frames: readonly RecordedFrame[]): Promise<void> {
    try {
      for (const frame of frames) {
        if (frame.from === "gateway") this.#send(frame);
        else await this.#expect(frame);
      }
    } finally {
      this.#link.close();
    }
  }

  #send({ stream, type, message }: RecordedFrame): void {
    if (type === FRAME.EVENT) {
      const event = readEvent(message, 0, message.length);
      const names = event.instances.map((one) => this.#plugins.get(one) ?? `#${one}`);
      const who = names.length > 0 ? names.join("+") : event.plugin;
      this.#open.set(stream, `${event.phase} ${who} ${event.method} ${event.target}`.trimEnd());
      this.#link.forget(stream);
      this.events++;
    } else if (OF_STREAM.has(type)) {
      if (!this.#open.has(stream)) return; // its event is over here, or was not recorded
    } else if (!OF_CONNECTION.has(type)) return;
    if (type === FRAME.START) {
      const { instance, plugin } = this.#read("Start", message);
      this.#plugins.set(Number(instance), String(plugin));
    }
    const given = type === FRAME.START ? this.#config?.apply(message) : undefined;
    this.#link.send(stream, type, given ?? message);
    if (type === FRAME.CANCEL) this.#open.delete(stream);
  }

  #read(shape: string, message: Buffer): Record<string, unknown> {
    this.#cursor.set(message, 0, message.length);
    return readShape(shape, this.#cursor);
  }

  async #expect(frame: RecordedFrame): Promise<void> {
    const { stream, type } = frame;
    if (type === FRAME.HELLO) {
      // who it is may differ; that it answers is what counts
      if ((await this.#link.next(0)) === null) this.#differs("Hello", frame, null);
    } else if (STARTS.has(type)) {
      const plugin = this.#plugins.get(Number(this.#read("Stop", frame.message).instance));
      this.#compare(`start of ${plugin}`, frame, await this.#link.next(0));
    } else if (ANSWERS.has(type)) {
      const what = this.#open.get(stream);
      if (what === undefined) return;
      const isSame = this.#compare(what, frame, await this.#link.next(stream));
      if (!isSame) this.#giveUp(stream, frame);
      else if (type === FRAME.DONE && !wantsBody(frame.message)) this.#open.delete(stream);
    }
  }

  #compare(what: string, recorded: RecordedFrame, now: Answer | null): boolean {
    this.answers++;
    const isSame =
      now !== null && now.type === recorded.type && comparable(now).equals(comparable(recorded));
    if (!isSame) this.#differs(what, recorded, now);
    return isSame;
  }

  #differs(what: string, recorded: Answer, now: Answer | null): void {
    const lines = now === null ? [`no answer within ${ANSWER_MS} ms`] : answerLines(now);
    this.differences.push({ what, recorded: answerLines(recorded), now: lines });
  }

  #giveUp(stream: number, { type }: RecordedFrame): void {
    this.#open.delete(stream);
    if (type !== FRAME.DONE) this.#link.send(stream, FRAME.CANCEL, Buffer.alloc(0));
  }
}

function wantsBody(message: Buffer): boolean {
  return answerLines({ type: FRAME.DONE, message }).includes("wants the body");
}

/**
 * @param path socket of the plugin server
 * @param config in the place of what was recorded; null: as it was
 * @throws {UnreadableProtobuf} where the recording holds what is no message
 */
export async function replay(
  frames: readonly RecordedFrame[],
  path: string,
  config: ReplayConfig | null = null,
): Promise<ReplayResult> {
  const byLink = new Map<number, RecordedFrame[]>();
  for (const frame of frames) byLink.set(frame.link, [...(byLink.get(frame.link) ?? []), frame]);
  let events = 0;
  let answers = 0;
  const differences: Difference[] = [];
  for (const list of byLink.values()) {
    if (!list.some((one) => one.type === FRAME.EVENT)) continue;
    const link = new LinkReplay(path, config);
    await link.run(list);
    events += link.events;
    answers += link.answers;
    differences.push(...link.differences);
  }
  config?.checkUsed();
  return { events, answers, differences };
}
