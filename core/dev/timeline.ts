/**
 * What each request did in plugins, put together from the frames that pass a tap: an entry for each event, in the order in
 * which they were sent, and the request's status from the gateway's access log.
 */
import { PHASE } from "../phases/phases.ts";
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
import {
  CHUNK_DONE_READS,
  callText,
  DONE_READS,
  type EventView,
  readEvent,
  readReads,
  readText,
  writeText,
} from "./event-frame.ts";
import type { PassingFrame, TapLink, TapObserver } from "./tap.ts";

/** Requests whose status is waited for; the oldest goes. */
const REQUESTS_MAX = 1000;
/** How long a request is kept open after its line in the access log, or its log event, for what comes beside it: milliseconds. */
const SETTLE_MS = 40;
/** How long its log event is waited for, where a plugin has that phase: they wait for company, and some are dropped. */
const LOG_MS_MAX = 2000;
/** Writes, call-backs and log lines of an event that are kept; and reads, of which there may be more. */
const NAMED_MAX = 50;
const READS_MAX = 1000;

/** One event: a phase, of one plugin or of several that follow each other. */
export interface PhaseEntry {
  readonly phase: string;
  readonly plugins: readonly string[];
  /** What was read without asking the gateway, in words; empty where the SDK does not say. */
  readonly reads: string[];
  /** What was written, in words. */
  readonly writes: string[];
  /** What was asked of the gateway, in words. */
  readonly callbacks: string[];
  /** What the plugin logged, as "level: text", traces of failures among it; all levels, whatever the gateway's is. */
  readonly logs: string[];
  /** Pieces of the body that were shown to the plugin. */
  chunks: number;
  /** Microseconds: waiting in the gateway; on the way there and back; in the plugin as it says itself; in call-backs. */
  queueUs: number;
  transportUs: number;
  pluginUs: number;
  callbackUs: number;
  /** "" = it went well; else why not. */
  failure: string;
}

/** Told once, when client and log phase are done; plain JSON. */
export interface RequestEntry {
  readonly id: string;
  method: string;
  path: string;
  /** What the client got. */
  status: number;
  readonly phases: PhaseEntry[];
}

interface OpenEvent {
  readonly entry: PhaseEntry;
  readonly request: RequestEntry;
  sentUs: number;
  askedUs: number;
}

interface LinkState {
  readonly plugins: Map<number, string>;
  /** Instances that get a log event for every request. */
  readonly logging: Set<number>;
  readonly open: Map<number, OpenEvent>;
}

/** Of requests that no access line comes for the oldest are given up. */
export class Timeline implements TapObserver {
  readonly #onRequest: (entry: RequestEntry) => void;
  readonly #links = new Map<TapLink, LinkState>();
  readonly #requests = new Map<string, RequestEntry>();
  readonly #cursor = new WireCursor();
  /** Requests whose log event is over, and what ends those that wait for theirs. */
  readonly #logged = new WeakSet<RequestEntry>();
  readonly #whenLogged = new WeakMap<RequestEntry, () => void>();

  constructor(onRequest: (entry: RequestEntry) => void) {
    this.#onRequest = onRequest;
  }

  /** A line of the gateway's access log: the request is over, as far as its client is concerned. */
  onAccessLine(line: string): void {
    const [, text = "", status = "", id = ""] =
      /\] "((?:[^"\\]|\\.)*)" (\d{3}) .*kong_request_id: "([^"]*)"$/.exec(line) ?? [];
    if (id === "") return;
    const [method = "", path = ""] = text.split(" ");
    const entry = this.#requestOf(id);
    entry.method = method;
    entry.path = path;
    entry.status = Number(status);
    const finish = (): void => {
      if (this.#requests.delete(id)) this.#onRequest(entry);
    };
    const waitsForLog = this.#hasLogging() && !this.#logged.has(entry);
    setTimeout(finish, waitsForLog ? LOG_MS_MAX : SETTLE_MS);
    if (waitsForLog) this.#whenLogged.set(entry, () => setTimeout(finish, SETTLE_MS));
  }

  #hasLogging(): boolean {
    for (const { logging } of this.#links.values()) if (logging.size > 0) return true;
    return false;
  }

  #requestOf(id: string): RequestEntry {
    let entry = this.#requests.get(id);
    if (entry === undefined) {
      entry = { id, method: "", path: "", status: 0, phases: [] };
      this.#requests.set(id, entry);
      if (this.#requests.size > REQUESTS_MAX) {
        for (const oldest of this.#requests.keys()) {
          this.#requests.delete(oldest);
          break;
        }
      }
    }
    return entry;
  }

  onFrame(frame: PassingFrame): void {
    const { link, stream, type, b, from, end, atUs } = frame;
    let state = this.#links.get(link);
    if (state === undefined) {
      state = { plugins: new Map(), logging: new Set(), open: new Map() };
      this.#links.set(link, state);
    }
    if (type === FRAME.START || type === FRAME.STARTED || type === FRAME.STOP) {
      this.#cursor.set(b, from, end);
      onInstanceFrame(state, type, this.#cursor);
    } else if (type === FRAME.EVENT) {
      const event = readEvent(b, from, end);
      if (event.id !== "") state.open.set(stream, this.#begin(event, state, atUs));
    } else {
      const open = state.open.get(stream);
      if (open !== undefined && stream !== 0) this.#goOn(open, frame, state);
    }
  }

  #begin(event: EventView, { plugins }: LinkState, atUs: number): OpenEvent {
    const entry: PhaseEntry = {
      phase: event.phase,
      plugins: event.instances.map((one) => plugins.get(one) ?? `#${one}`),
      reads: [],
      writes: [],
      callbacks: [],
      logs: [],
      chunks: 0,
      queueUs: event.queueUs,
      transportUs: 0,
      pluginUs: 0,
      callbackUs: 0,
      failure: "",
    };
    const request = this.#requestOf(event.id);
    request.phases.push(entry);
    return { entry, request, sentUs: atUs, askedUs: 0 };
  }

  #goOn(open: OpenEvent, frame: PassingFrame, state: LinkState): void {
    const { stream, type, b, from, end, atUs } = frame;
    const { entry } = open;
    switch (type) {
      case FRAME.CALL:
        readCall(b, from, end);
        noteWrites(entry);
        if (entry.callbacks.length < NAMED_MAX)
          entry.callbacks.push(callText(call.method, call.args));
        open.askedUs = atUs;
        return;
      case FRAME.LOG:
        this.#cursor.set(b, from, end);
        noteLog(entry, readShape("LogLine", this.#cursor));
        return;
      case FRAME.RESULT:
        entry.callbackUs += atUs - open.askedUs;
        return;
      case FRAME.DONE:
        this.#onDone(open, b, from, end, atUs);
        if (!done.wantsBody) this.#end(state, stream, open);
        return;
      case FRAME.CHUNK:
        entry.chunks++;
        open.sentUs = atUs;
        return;
      case FRAME.CHUNK_DONE:
        readChunkDone(b, from, end);
        noteWrites(entry);
        noteReads(entry, b, from, end, CHUNK_DONE_READS);
        entry.transportUs += atUs - open.sentUs;
        entry.failure = chunkDone.failure;
        return;
      case FRAME.CANCEL:
        this.#cursor.set(b, from, end);
        entry.failure = cancelText(readShape("Cancel", this.#cursor));
        this.#end(state, stream, open);
    }
  }

  #end(state: LinkState, stream: number, { entry, request }: OpenEvent): void {
    state.open.delete(stream);
    if (entry.phase !== "log") return;
    this.#logged.add(request);
    this.#whenLogged.get(request)?.();
    this.#whenLogged.delete(request);
  }

  #onDone({ entry, sentUs }: OpenEvent, b: Buffer, from: number, end: number, atUs: number): void {
    readDone(b, from, end);
    noteWrites(entry);
    noteReads(entry, b, from, end, DONE_READS);
    entry.failure = done.failure;
    for (let i = 0; i < done.pluginUsCount; i++) entry.pluginUs += done.pluginUs[i]!;
    const waited = atUs - sentUs - entry.pluginUs;
    // a plugin's own time holds its call-backs
    entry.transportUs += Math.max(0, waited);
    entry.pluginUs = Math.max(0, entry.pluginUs - entry.callbackUs);
  }

  onClosed(link: TapLink): void {
    for (const { entry } of this.#links.get(link)?.open.values() ?? []) {
      entry.failure = "the connection closed";
    }
    this.#links.delete(link);
  }
}

/** A plugin config begins or ends. */
function onInstanceFrame(state: LinkState, type: number, cursor: WireCursor): void {
  const isStarted = type === FRAME.STARTED;
  const fields = readShape(type === FRAME.START ? "Start" : isStarted ? "Started" : "Stop", cursor);
  const instance = Number(fields.instance);
  if (type === FRAME.STOP) state.logging.delete(instance);
  else if (type === FRAME.START) {
    state.plugins.set(instance, String(fields.plugin));
    if ((Number(fields.phases) & PHASE.log) !== 0) state.logging.add(instance);
  } else {
    const conditions = fields.conditions as { phases: number }[];
    if (conditions.some((one) => (one.phases & PHASE.log) !== 0)) state.logging.delete(instance);
  }
}

function noteWrites(entry: PhaseEntry): void {
  for (let i = 0; i < writes.count && entry.writes.length < NAMED_MAX; i++) {
    entry.writes.push(writeText(writes, i));
  }
}

function noteReads(entry: PhaseEntry, b: Buffer, from: number, end: number, field: number): void {
  for (const one of readReads(b, from, end, field)) {
    if (entry.reads.length < READS_MAX) entry.reads.push(readText(one));
  }
}

function noteLog({ logs }: PhaseEntry, { level, message }: Record<string, unknown>): void {
  if (logs.length < NAMED_MAX) logs.push(`${level}: ${message}`);
}

const REASONS = ["cancelled", "took too long", "the client went away", "refused", ""];

function cancelText({ reason, message }: Record<string, unknown>): string {
  const why = REASONS[Number(reason)] ?? "cancelled";
  return message === "" ? why : `${why}: ${message}`;
}
