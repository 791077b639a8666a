/**
 * One event: what the gateway said of the request, what plugins wrote since, and what they ask of the gateway.
 *
 * The snapshot and the writes are kept beside each other, so that a read shows what was written before, without a word on
 * the wire. The namespaces of `kong` (pdk/) are views of this.
 */
import { type CancelReason, EventCancelled, PdkError } from "../pdk/errors.ts";
import { PHASE_NAMES, PHASE, phaseName } from "../plugin/phases.ts";
import { sized } from "../wire/encode.ts";
import { Scan } from "../wire/scan.ts";
import type { Snapshot } from "../wire/snapshot.ts";
import { toText } from "../wire/text.ts";
import { decodeValue, encodeArguments } from "../wire/value.ts";
import { Headers } from "./headers.ts";
import { callWrite, NEXT_INSTANCE_WRITE, WRITES_TAG } from "./writes.ts";

/** Calls of one event that wait for the one before them. */
const CALLS_WAITING_MAX = 1000;

/** What the gateway said of itself. */
export interface NodeFacts {
  readonly nodeId: string;
  readonly hostname: string;
  readonly kongVersion: string;
  readonly kongVersionNum: number;
}

/** What an event needs of the connection that it came on. */
export interface EventHost {
  readonly node: NodeFacts;
  /** Longest Call that the gateway takes, in bytes. */
  readonly callBytesMax: number;
  /** @param message Call, latin1 */
  sendCall(stream: number, message: string): void;
  sendLog(stream: number, level: string, message: string, plugin: string): void;
  /** Entity of that number; undefined for 0 and for one that is not known. */
  entity(number: number): unknown;
  /** `kong.ctx.plugin` of a request. */
  context(request: number, plugin: string): Record<string, unknown>;
}

interface PendingCall {
  readonly message: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (cause: Error) => void;
}

const METHOD_TAG = "\x12";
const ARGS_TAG = "\x1a";

/** Belongs to one stream, from Event to Done or Cancel; what is recorded or called afterwards is not sent. */
export class PluginEvent {
  readonly host: EventHost;
  readonly stream: number;
  readonly snapshot: Snapshot;
  readonly phase: number;
  /** Name of the plugin that runs now. */
  plugin = "";
  /** Writes that no Call has taken along, each with its tag. */
  writes = "";
  /** Field in which writes stand in the message that will take them. */
  writesTag: string = WRITES_TAG;
  /** `kong.response.exit` was called: nothing more is written. */
  exited = false;
  /** The gateway wants nothing any more; why. */
  cancelled: EventCancelled | null = null;
  /** Done was sent. */
  isDone = false;
  /** Why the last function that gave undefined did so. */
  lastError: string | undefined = undefined;
  cacheMs = 0;
  /** What was read here, in words; null where the gateway does not want to know (Hello.wants_reads). */
  reads: string[] | null = null;
  /** Calls that were made. */
  callCount = 0;
  /** What plugins changed, where it can be read: latin1 text, or what was given. */
  method: string | null = null;
  query: string | null = null;
  changedHost: string | null = null;
  body: Buffer | null = null;
  status = 0;
  identity: { consumer: unknown; credential: unknown } | null = null;
  /** The chunk that passes, in body_filter. */
  chunk: Buffer | null = null;
  chunkIsLast = false;
  heldChunks: Buffer[] | null = null;
  /** Ends the event at once, after an exit that did not throw. */
  onExit: (() => void) | null = null;
  /** Called once no call is under way any more. */
  onIdle: (() => void) | null = null;
  #requestHeaders: Headers | null = null;
  #responseHeaders: Headers | null = null;
  #shared: Record<string, unknown> | null = null;
  #calls: PendingCall[] | null = null;
  #abort: AbortController | null = null;
  /** Instances whose turn came since the last write. */
  #passed = 0;

  constructor(host: EventHost, stream: number, snapshot: Snapshot) {
    this.host = host;
    this.stream = stream;
    this.snapshot = snapshot;
    this.phase = snapshot.phase;
  }

  get requestHeaders(): Headers {
    this.#requestHeaders ??= new Headers(this.snapshot.wire(12));
    return this.#requestHeaders;
  }

  get responseHeaders(): Headers {
    this.#responseHeaders ??= new Headers(this.snapshot.wire(33));
    return this.#responseHeaders;
  }

  /** `kong.ctx.shared` as far as it is known here. */
  get shared(): Record<string, unknown> {
    if (this.#shared === null) {
      const { snapshot } = this;
      this.#shared = snapshot.has(27)
        ? (JSON.parse(snapshot.bytes(27).utf8Slice()) as Record<string, unknown>)
        : {};
    }
    return this.#shared;
  }

  /** Aborted when the gateway gives up. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.cancelled !== null) this.#abort.abort(this.cancelled);
    return this.#abort.signal;
  }

  /** Is there nobody who could take what a plugin does now? */
  get isOver(): boolean {
    return this.exited || this.isDone || this.cancelled !== null;
  }

  /**
   * Refuse a function where the phase does not have it, in Kong's words.
   *
   * @param phases bits of the phases that have it
   */
  need(phases: number): void {
    if ((phases & this.phase) !== 0) return;
    const names = PHASE_NAMES.filter((name) => (PHASE[name] & phases) !== 0);
    throw new PdkError(
      `function cannot be called in ${phaseName(this.phase)} phase (only in: ${names.join(", ")})`,
    );
  }

  /** @param write as of writes.ts; dropped where the event is over */
  record(write: string): void {
    if (this.isOver) return;
    if (this.#passed > 0) this.noteInstance();
    this.writes += sized(this.writesTag, write);
  }

  /** The next instance's turn: what follows is of it. Written down only once it does something. */
  nextInstance(plugin: string): void {
    this.#passed++;
    this.plugin = plugin;
  }

  /** The first instance's turn, in this event or with this chunk. */
  beginInstances(plugin: string): void {
    this.#passed = 0;
    this.plugin = plugin;
  }

  /** Say whose turn it is, where that is not said yet. */
  noteInstance(): void {
    for (; this.#passed > 0; this.#passed--) {
      this.writes += sized(this.writesTag, NEXT_INSTANCE_WRITE);
    }
  }

  /** Record the call of a function whose result nobody needs. */
  recordCall(name: string, args: readonly unknown[]): void {
    this.record(callWrite(name, args));
  }

  log(level: string, message: string): void {
    if (this.isDone || this.cancelled !== null) return;
    this.host.sendLog(this.stream, level, message, this.plugin);
  }

  /**
   * Ask the gateway. What was written before goes along and is done first; calls are made one after the other.
   *
   * @returns undefined for nil; the reason, if there is one, is in `lastError`
   * @throws {EventCancelled} (rejects) where the gateway refuses it or the event is over
   * @throws {PdkError} (rejects) where it is longer than the gateway takes, or too many wait
   */
  call(name: string, args: readonly unknown[]): Promise<unknown> {
    if (this.isOver) {
      return Promise.reject(this.cancelled ?? new EventCancelled("unknown", "the event is over"));
    }
    this.callCount++;
    const message = sized(METHOD_TAG, name) + encodeArguments(ARGS_TAG, args);
    if (this.writes.length + message.length > this.host.callBytesMax) {
      return Promise.reject(new PdkError("the call is longer than the gateway takes"));
    }
    this.noteInstance();
    return new Promise((resolve, reject) => {
      const call = { message: this.takeWrites() + message, resolve, reject };
      if (this.#calls === null) {
        this.#calls = [call];
        this.host.sendCall(this.stream, call.message);
      } else if (this.#calls.length > CALLS_WAITING_MAX) {
        reject(new PdkError("too many calls wait for the gateway at a time"));
      } else this.#calls.push(call);
    });
  }

  takeWrites(): string {
    const { writes } = this;
    this.writes = "";
    return writes;
  }

  get isWaiting(): boolean {
    return this.#calls !== null;
  }

  /** The answer to the call that was sent. @param text holds the Result from `from` to `end` */
  onResult(text: string, from: number, end: number): void {
    const calls = this.#calls;
    const call = calls?.shift();
    if (calls === null || call === undefined) return;
    const scan = new Scan(text, from, end);
    let value: unknown;
    this.lastError = undefined;
    while (scan.next()) {
      if (scan.field === 1 && scan.type === 2) value = decodeValue(text, scan.from, scan.to);
      else if (scan.field === 2 && scan.type === 2) this.lastError = toText(scan.slice());
      else scan.skip();
    }
    if (calls.length > 0) this.host.sendCall(this.stream, calls[0]!.message);
    else this.#calls = null;
    call.resolve(value);
    if (this.#calls === null && this.onIdle !== null) {
      const { onIdle } = this;
      this.onIdle = null;
      onIdle();
    }
  }

  /** The gateway wants no answer: whoever waits for one is told. */
  cancel(reason: CancelReason, message: string): void {
    if (this.cancelled !== null) return;
    this.cancelled = new EventCancelled(reason, message);
    const calls = this.#calls ?? [];
    this.#calls = null;
    this.onIdle = null;
    for (const call of calls) call.reject(this.cancelled);
    this.#abort?.abort(this.cancelled);
  }
}
