/**
 * Runs one event through its instances, one after the other, and says when it is done; with a body, chunk by chunk.
 *
 * Handlers are run synchronously until one really waits, so a handler that does not wait costs no promise.
 */
import type { PluginEvent } from "../event/plugin-event.ts";
import { CHUNK_WRITES_TAG } from "../event/writes.ts";
import { EXIT, EventCancelled } from "../pdk/errors.ts";
import { Kong } from "../pdk/kong.ts";
import { NotingKong, readFields } from "../pdk/reads.ts";
import { PHASE } from "../plugin/phases.ts";
import type { AnyHandler } from "../plugin/plugin.ts";
import { sized, varint } from "../wire/encode.ts";
import { type Instance, isThenable } from "./instance.ts";

/** Longest text of a failure, in characters; its trace is in the log. */
const FAILURE_CHARS_MAX = 1000;

/** Done.reads and ChunkDone.reads. */
const DONE_READS_TAG = "\x42";
const CHUNK_READS_TAG = "\x32";

/** What an event's run tells its session. */
export interface RunOwner {
  /** @param message Done, latin1 */
  onDone(run: EventRun, message: string): void;
  /** @param data what goes on; null: as it came */
  onChunkDone(run: EventRun, data: Buffer | null, isLast: boolean, rest: string): void;
  keepsContext(request: number): boolean;
}

/** One for each event; tells its owner once, or once for each chunk. */
export class EventRun {
  readonly event: PluginEvent;
  readonly #owner: RunOwner;
  readonly #instances: readonly Instance[];
  /** Configurations for `configure`; null in all other phases. */
  readonly #configs: readonly unknown[] | null;
  readonly #soleHandler: AnyHandler | null;
  #kong: Kong | null = null;
  #index = 0;
  /** Goes up with each handler, so that one which ended early cannot end the next. */
  #turn = 0;
  #beganMs = 0;
  #pluginUs = "";
  #failure: string | null = null;
  #isChunk = false;
  #chunk: Buffer | null = null;
  /** Chunks that each instance holds back. */
  #held: (Buffer[] | null)[] = [];

  /** @param sole the one handler of a phase without a request, and what it gets */
  constructor(
    owner: RunOwner,
    event: PluginEvent,
    instances: readonly Instance[],
    sole: { handler: AnyHandler; configs: readonly unknown[] } | null = null,
  ) {
    this.#owner = owner;
    this.event = event;
    this.#instances = instances;
    this.#soleHandler = sole?.handler ?? null;
    this.#configs = sole?.configs ?? null;
    event.onExit = () => this.#end(this.#turn, null);
  }

  get kong(): Kong {
    this.#kong ??= this.event.reads === null ? new Kong(this.event) : new NotingKong(this.event);
    return this.#kong;
  }

  start(): void {
    if (this.event.phase === PHASE.body_filter) return this.#finish();
    this.#next();
  }

  /** Run the instances over a chunk. */
  chunk(data: Buffer, isLast: boolean): void {
    const { event } = this;
    this.#isChunk = true;
    this.#chunk = data;
    this.#index = 0;
    event.isDone = false;
    event.writesTag = CHUNK_WRITES_TAG;
    event.chunk = data;
    event.chunkIsLast = isLast;
    this.#next();
  }

  #handlerAt(index: number): AnyHandler | undefined {
    return this.#soleHandler ?? this.#instances[index]!.handlers.get(this.event.phase);
  }

  get #count(): number {
    return this.#soleHandler === null ? this.#instances.length : 1;
  }

  /** Run from the current instance on, until one waits or all have run. */
  #next(): void {
    while (this.#index < this.#count) {
      const turn = ++this.#turn;
      this.#prepare();
      try {
        const result = this.#call();
        if (isThenable(result)) {
          result.then(
            () => this.#end(turn, null),
            (cause: unknown) => this.#end(turn, cause),
          );
          return;
        }
      } catch (cause) {
        return this.#end(turn, cause);
      }
      if (turn !== this.#turn) return; // it has ended already
      if (this.event.isWaiting || this.event.exited) return this.#end(turn, null);
      this.#leave();
    }
    this.#finish();
  }

  #prepare(): void {
    const { event } = this;
    if (this.#soleHandler === null) {
      const { name } = this.#instances[this.#index]!.plugin;
      if (this.#index > 0) event.nextInstance(name);
      else event.beginInstances(name);
      if (this.#isChunk) event.heldChunks = this.#held[this.#index] ?? null;
    }
    this.#beganMs = performance.now();
  }

  #call(): unknown {
    const handler = this.#handlerAt(this.#index);
    if (handler === undefined) return undefined;
    if (this.#configs !== null) return handler(this.kong, this.#configs, undefined);
    const { config, state } = this.#instances[this.#index]!;
    return handler(this.kong, config, state);
  }

  /** A handler has ended, later than it was called or with an exception. */
  #end(turn: number, cause: unknown): void {
    const { event } = this;
    if (turn !== this.#turn || event.cancelled !== null) return;
    if (event.isWaiting) {
      event.onIdle = () => this.#end(turn, cause);
      return;
    }
    this.#turn++;
    this.#leave();
    if (event.exited || cause === EXIT) return this.#finish();
    if (cause === null) return this.#next();
    this.#fail(cause);
  }

  /** Note what the handler took, and go to the next. */
  #leave(): void {
    if (this.#isChunk) {
      this.#held[this.#index] = this.event.heldChunks;
    } else {
      const us = Math.round((performance.now() - this.#beganMs) * 1000);
      this.#pluginUs += varint(us);
    }
    this.#index++;
  }

  #fail(cause: unknown): void {
    const isError = cause instanceof Error;
    const text = isError ? cause.message || cause.name : String(cause);
    if (!(cause instanceof EventCancelled)) {
      this.event.log("err", isError ? (cause.stack ?? text) : text);
    }
    this.#failure = text.slice(0, FAILURE_CHARS_MAX) || "the plugin failed";
    this.#finish();
  }

  #finish(): void {
    const { event } = this;
    if (this.#isChunk) return this.#finishChunk();
    const wantsBody = event.phase === PHASE.body_filter && this.#wantsBody();
    const message = this.#doneMessage(wantsBody);
    event.isDone = true;
    this.#owner.onDone(this, message);
  }

  /** Is there anybody who wants the body? Asked once the event has come. */
  #wantsBody(): boolean {
    const { event } = this;
    try {
      return this.#instances.some((instance) => {
        event.plugin = instance.plugin.name;
        return instance.handlers.has(event.phase) && instance.wantsBody(this.kong);
      });
    } catch (cause) {
      this.#failure = String(cause).slice(0, FAILURE_CHARS_MAX);
      return false;
    }
  }

  /** True while chunks are to come. */
  hasBody = false;

  #doneMessage(wantsBody: boolean): string {
    const { event } = this;
    this.hasBody = wantsBody;
    let message = event.takeWrites();
    const isBody = event.phase === PHASE.body_filter;
    const ran = this.#soleHandler !== null ? 0 : isBody ? this.#instances.length : this.#index;
    if (ran > 0) message += `\x10${varint(ran)}`;
    if (this.#failure !== null) message += sized("\x1a", wireText(this.#failure));
    if (this.#owner.keepsContext(event.snapshot.request)) message += "\x20\x01";
    if (event.cacheMs > 0) message += `\x28${varint(event.cacheMs)}`;
    if (wantsBody) message += "\x30\x01";
    if (ran > 0 && !isBody) message += sized("\x3a", this.#pluginUs);
    return event.reads === null ? message : message + readFields(event, DONE_READS_TAG);
  }

  #finishChunk(): void {
    const { event } = this;
    if (this.#failure !== null) event.noteInstance(); // the failure is of the one whose turn it is
    let rest = event.takeWrites();
    if (this.#failure !== null) rest += sized("\x2a", wireText(this.#failure));
    if (event.reads !== null) rest += readFields(event, CHUNK_READS_TAG);
    const isSame = event.chunk === this.#chunk;
    const isLast = event.chunkIsLast || this.#failure !== null;
    event.isDone = true;
    this.hasBody = !isLast;
    const data = isSame ? null : (event.chunk ?? NOTHING);
    this.#owner.onChunkDone(this, data, isLast, rest);
  }
}

const NOTHING = Buffer.alloc(0);

function wireText(text: string): string {
  return Buffer.from(text, "utf8").latin1Slice();
}
