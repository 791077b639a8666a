/**
 * The conversation on one connection: hello, plugin configs, entities, events. Knows frames, no sockets: what it has to say
 * goes into `output`, and whoever owns it is told when something is there. So the test harness can hold one in memory.
 */
import { type EventHost, type NodeFacts, PluginEvent } from "../event/plugin-event.ts";
import type { Plugin } from "../plugin/define-plugin.ts";
import { phasesOf, schemaOf } from "../plugin/plugin.ts";
import { decode, encode, type Message } from "../wire/codec.ts";
import type { CancelReason } from "../pdk/errors.ts";
import { FRAME_LENGTH_EXTRA, varint } from "../wire/encode.ts";
import { FRAME_BYTES_MAX, type FrameSink } from "../wire/frame-reader.ts";
import { FRAME } from "../wire/messages.ts";
import { Output } from "../wire/output.ts";
import { Scan, WireError } from "../wire/scan.ts";
import { Snapshot } from "../wire/snapshot.ts";
import { copyChunk } from "./chunk-copy.ts";
import { Contexts } from "./contexts.ts";
import { EventRun, type RunOwner } from "./event-run.ts";
import type { Instance } from "./instance.ts";
import { Instances } from "./instances.ts";

const PROTOCOL_VERSION = 1;
/** Events of a connection at a time, where the server does not say otherwise. */
const CONCURRENCY_DEFAULT = 1024;
/** Frames that may cross: so many events more than that end the connection. */
const CONCURRENCY_SLACK = 1024;

/** Bytes that hold the tag and the length of a chunk's data. */
const CHUNK_HEAD_BYTES = 12;

const REASONS: readonly CancelReason[] = [
  "unknown",
  "deadline",
  "client_gone",
  "refused",
  "exited",
];

/** What a session needs of whoever owns it. */
export interface SessionOptions {
  readonly plugins: readonly Plugin[];
  readonly software: string;
  /** Events at a time; 0: {@link CONCURRENCY_DEFAULT}. */
  readonly concurrency?: number;
  /** Something was put into `output`, later than in a call of ours. */
  readonly onOutput: () => void;
  /** Nothing is under way any more and one side is draining: close. */
  readonly onDrained: () => void;
}

function infoMessage(plugin: Plugin): Message {
  return {
    name: plugin.name,
    priority: plugin.priority,
    version: plugin.version,
    phases: phasesOf(plugin),
    schema: JSON.stringify(schemaOf(plugin)),
    reads_request_body: plugin.readsRequestBody === true,
  };
}

/**
 * One for each connection. It throws {@link WireError} out of `onFrame` for what is no conversation: end the
 * connection then.
 */
export class Session implements FrameSink, EventHost, RunOwner {
  readonly output = new Output();
  node: NodeFacts = { nodeId: "", hostname: "", kongVersion: "", kongVersionNum: 0 };
  readonly #options: SessionOptions;
  readonly #instances: Instances;
  readonly #entities = new Map<number, unknown>();
  readonly #runs = new Map<number, EventRun>();
  readonly #contexts = new Contexts();
  readonly #eventsMax: number;
  #isGreeted = false;
  #isDraining = false;
  #wantsReads = false;
  #frameBytesMax = FRAME_BYTES_MAX;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { plugins, software } = options;
    this.#instances = new Instances(plugins, {
      send: (type, message) => this.output.frame(0, type, message),
      onOutput: options.onOutput,
      complain: (text) => this.sendLog(0, "err", text, ""),
    });
    const concurrency = options.concurrency || CONCURRENCY_DEFAULT;
    this.#eventsMax = concurrency + CONCURRENCY_SLACK;
    const hello = {
      protocol_versions: [PROTOCOL_VERSION],
      software,
      frame_bytes_max: FRAME_BYTES_MAX,
      pid: process.pid,
      plugins: plugins.map(infoMessage),
      concurrency_max: concurrency,
    };
    this.output.frame(0, FRAME.HELLO, encode("Hello", hello));
  }

  /** Events that are under way. */
  get eventCount(): number {
    return this.#runs.size;
  }

  /** @throws {WireError} for what is no message, or out of place: end the connection */
  onFrame(stream: number, type: number, bytes: Buffer, from: number, end: number): void {
    if (!this.#isGreeted) {
      if (type !== FRAME.HELLO || stream !== 0) throw new WireError("the first frame is no Hello");
      return this.#onHello(decode("Hello", bytes.latin1Slice(from, end)));
    }
    switch (type) {
      case FRAME.EVENT:
        return this.#onEvent(stream, bytes.latin1Slice(from, end));
      case FRAME.RESULT:
        this.#runs.get(stream)?.event.onResult(bytes.latin1Slice(from, end), 0, end - from);
        return;
      case FRAME.CHUNK:
        return this.#onChunk(stream, bytes, from, end);
      case FRAME.FORGET:
        for (const request of numbersIn("Forget", "requests", bytes.latin1Slice(from, end))) {
          this.#contexts.forget(request);
        }
        return;
      case FRAME.CANCEL:
        return this.#onCancel(stream, decode("Cancel", bytes.latin1Slice(from, end)));
      case FRAME.PING:
        return this.output.frame(0, FRAME.PONG, bytes.latin1Slice(from, end));
      default:
        this.#onRareFrame(type, bytes.latin1Slice(from, end));
    }
  }

  #onRareFrame(type: number, text: string): void {
    switch (type) {
      case FRAME.START:
        return this.#instances.start(decode("Start", text));
      case FRAME.STOP: {
        const { instance = 0 } = decode("Stop", text) as { instance?: number };
        return this.#instances.stop(instance);
      }
      case FRAME.ENTITY: {
        const { number = 0, json } = decode("Entity", text) as { number?: number; json?: Buffer };
        this.#entities.set(number, json);
        return;
      }
      case FRAME.FORGET_ENTITIES:
        this.#entities.clear();
        return;
      case FRAME.DRAINING:
        this.#isDraining = true;
        return this.#checkDrained();
    }
    // a frame of a later version: dropped
  }

  #onHello(hello: Message): void {
    this.#isGreeted = true;
    this.#frameBytesMax = (hello.frame_bytes_max as number | undefined) || FRAME_BYTES_MAX;
    this.#wantsReads = hello.wants_reads === true;
    this.node = {
      nodeId: (hello.node_id as string | undefined) ?? "",
      hostname: (hello.hostname as string | undefined) ?? "",
      kongVersion: (hello.kong_version as string | undefined) ?? "",
      kongVersionNum: (hello.kong_version_num as number | undefined) ?? 0,
    };
    const versions = (hello.protocol_versions ?? []) as number[];
    if (!versions.includes(PROTOCOL_VERSION)) {
      this.drain(`no common protocol version: this side speaks ${PROTOCOL_VERSION}`);
    }
  }

  // ---- events

  #onEvent(stream: number, text: string): void {
    if (stream === 0 || this.#runs.has(stream)) throw new WireError("an event out of place");
    if (this.#runs.size >= this.#eventsMax) throw new WireError("too many events at a time");
    const snapshot = new Snapshot(text);
    const event = new PluginEvent(this, stream, snapshot);
    if (this.#wantsReads) event.reads = [];
    const run = this.#runOf(event, snapshot);
    if (run === null) return;
    this.#runs.set(stream, run);
    run.start();
  }

  /** @returns null where the event names what is not here; the gateway has its answer then */
  #runOf(event: PluginEvent, snapshot: Snapshot): EventRun | null {
    const pluginName = snapshot.textOf(40);
    if (pluginName !== "") return this.#soleRun(event, snapshot, pluginName);
    const instances: Instance[] = [];
    for (const number of snapshot.instances) {
      const instance = this.#instances.get(number);
      if (instance === undefined) return this.#refuse(event, `there is no instance ${number}`);
      instances.push(instance);
    }
    return new EventRun(this, event, instances);
  }

  #soleRun(event: PluginEvent, snapshot: Snapshot, name: string): EventRun | null {
    const handler = this.#instances.handler(name, snapshot.phase);
    if (handler === undefined) return this.#refuse(event, `plugin "${name}" has no such phase`);
    const configs = snapshot.configs.flatMap((number) => {
      const instance = this.#instances.get(number);
      return instance === undefined ? [] : [instance.config];
    });
    event.plugin = name;
    return new EventRun(this, event, [], { handler, configs });
  }

  #refuse(event: PluginEvent, failure: string): null {
    this.output.frame(event.stream, FRAME.DONE, encode("Done", { failure }));
    return null;
  }

  #onChunk(stream: number, bytes: Buffer, from: number, end: number): void {
    const run = this.#runs.get(stream);
    if (run === undefined || !run.hasBody) return;
    const { data, isLast } = readChunk(bytes, from, end);
    run.chunk(data, isLast);
  }

  #onCancel(stream: number, { reason, message }: Message): void {
    const run = this.#runs.get(stream);
    if (run === undefined) return;
    this.#over(stream);
    run.event.cancel(
      REASONS[(reason as number | undefined) ?? 0] ?? "unknown",
      String(message ?? ""),
    );
  }

  #over(stream: number): void {
    this.#runs.delete(stream);
    if (this.#isDraining) this.#checkDrained();
  }

  // ---- what events need (EventHost, RunOwner)

  onDone(run: EventRun, message: string): void {
    this.#frame(run.event.stream, FRAME.DONE, message);
    if (!run.hasBody) this.#over(run.event.stream);
    this.#options.onOutput();
  }

  onChunkDone(run: EventRun, data: Buffer | null, isLast: boolean, rest: string): void {
    const { stream } = run.event;
    const flags = (isLast ? "\x10\x01" : "") + (data === null ? "\x18\x01" : "");
    if (data === null || data.length === 0) this.#frame(stream, FRAME.CHUNK_DONE, flags + rest);
    else {
      const before = dataHead(data.length);
      this.output.frameWithData(stream, FRAME.CHUNK_DONE, before, data, flags + rest);
    }
    if (!run.hasBody) this.#over(stream);
    this.#options.onOutput();
  }

  /** A message that the gateway would not take ends the event alone, not the connection. */
  #frame(stream: number, type: number, message: string): void {
    if (message.length + FRAME_LENGTH_EXTRA <= this.#frameBytesMax)
      this.output.frame(stream, type, message);
    else {
      const failure = `what the plugin gave is ${message.length} bytes, more than the gateway takes`;
      const name = type === FRAME.DONE ? "Done" : "ChunkDone";
      this.output.frame(stream, type, encode(name, { failure, is_last: true }));
    }
  }

  keepsContext(request: number): boolean {
    return this.#contexts.holds(request);
  }

  context(request: number, plugin: string): Record<string, unknown> {
    return this.#contexts.of(request, plugin);
  }

  get callBytesMax(): number {
    return this.#frameBytesMax - FRAME_LENGTH_EXTRA;
  }

  sendCall(stream: number, message: string): void {
    this.output.frame(stream, FRAME.CALL, message);
    this.#options.onOutput();
  }

  sendLog(stream: number, level: string, message: string, plugin: string): void {
    if (!this.#isGreeted) return;
    this.output.frame(stream, FRAME.LOG, encode("LogLine", { level, message, plugin }));
    this.#options.onOutput();
  }

  entity(number: number): unknown {
    if (number === 0) return undefined;
    const known = this.#entities.get(number);
    if (!Buffer.isBuffer(known)) return known;
    const entity: unknown = Object.freeze(JSON.parse(known.utf8Slice()));
    this.#entities.set(number, entity);
    return entity;
  }

  // ---- the end

  /** Take nothing new; `onDrained` follows once nothing is under way. */
  drain(reason: string): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    if (this.#isGreeted) this.output.frame(0, FRAME.DRAINING, encode("Draining", { reason }));
    this.#options.onOutput();
    this.#checkDrained();
  }

  #checkDrained(): void {
    if (this.#runs.size === 0) this.#options.onDrained();
  }

  /** The connection is gone: everything of it is over. */
  close(): void {
    for (const run of this.#runs.values()) run.event.cancel("unknown", "the connection is gone");
    this.#runs.clear();
    this.#instances.stopAll();
    this.#entities.clear();
  }
}

/** What stands before a chunk's data in ChunkDone. */
const dataHead = (bytes: number): string => `\x0a${varint(bytes)}`;

/** A Chunk off the bytes themselves, because its data may be long. The data is a copy. */
function readChunk(bytes: Buffer, from: number, end: number): { data: Buffer; isLast: boolean } {
  if (bytes[from] !== 0x0a) {
    const { is_last } = decode("Chunk", bytes.latin1Slice(from, end));
    return { data: Buffer.alloc(0), isLast: is_last === true };
  }
  const head = new Scan(bytes.latin1Slice(from + 1, Math.min(end, from + CHUNK_HEAD_BYTES)));
  const length = head.varint();
  const start = from + 1 + head.at;
  if (start + length > end) throw new WireError("a field is longer than its message");
  const rest = decode("Chunk", bytes.latin1Slice(start + length, end));
  return {
    data: copyChunk(bytes, start, start + length),
    isLast: rest.is_last === true,
  };
}

function numbersIn(type: string, field: string, text: string): number[] {
  return (decode(type, text)[field] ?? []) as number[];
}
