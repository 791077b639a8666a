/**
 * A plugin server as a worker sees it: its processes, how many events it has at a time, and who waits.
 *
 * Nothing here waits without a bound: so many events under way, so many in the queue, each for so long. What is over
 * the bounds fails at once, with an error that says so.
 */
import { GatewayError, PluginFailed, PluginServerBusy, PluginServerTimeout } from "../errors.ts";
import type { PluginServerSettings } from "../config/plugin-servers.ts";
import type { Answer, Exchange } from "../exchange/exchange.ts";
import { EXIT } from "../pdk/exit.ts";
import { isUnknownName } from "../pdk/registry.ts";
import { PHASE } from "../phases/phases.ts";
import type { Logger } from "../telemetry/log.ts";
import { BACKGROUND_QUEUE_MAX, STUCK_EVENTS } from "./limits.ts";
import type { PluginServerNotice, PluginServerReport } from "./notices.ts";
import { checkPhaseCall, phaseArguments } from "./phase-calls.ts";
import type { PluginServerInfo } from "./plugin-info.ts";
import type { PluginEvent, PluginProcess } from "./plugin-process.ts";

/** Events after which the primary is told how many there were, where it wants to know. */
const EVENTS_PER_REPORT = 100;
/** A plugin that judges bodies must not miss the large ones: no limit but the one of a message. */
const RAW_BODY = "kong.request.get_raw_body";
const ANY_SIZE: readonly unknown[] = [0];
/** Names of functions that there are not, for the log. */
const UNKNOWN_NAMES_MAX = 100;
/** Phases in which a failure can still become an answer. */
const MAY_ANSWER = PHASE.rewrite | PHASE.access | PHASE.response;
/** Phases in which not all of the PDK is within a plugin server's reach. */
const NARROW_PHASES = PHASE.log | PHASE.certificate;
/** Phases in which the Service's answer is broken off rather than sent without the plugin. */
const FILTERS = PHASE.header_filter | PHASE.body_filter;

/** What plugin servers are told of the gateway. */
export interface GatewayFacts {
  readonly software: string;
  readonly nodeId: string;
  readonly hostname: string;
  readonly kongVersion: string;
  readonly kongVersionNum: number;
}

/** What a worker gives to its plugin servers. */
export interface RemoteDeps {
  readonly pdk: { call(wireName: string, x: Exchange, args: readonly unknown[]): unknown };
  readonly log: Logger;
  readonly workspaceId: string;
  /** What plugin servers are told of the gateway. */
  readonly gateway: GatewayFacts;
  /** Numbers that no other worker gives, rising. */
  nextSequence(): number;
  /** Tell the primary. */
  report(report: PluginServerReport): void;
}

/** What the processes of a server tell it. */
export interface ProcessHost {
  readonly log: Logger;
  /** Nothing is under way any more after `drain`. */
  onDrained(): void;
  /** A process had no room for events, and has some again. */
  onRoom(): void;
}

export class RemoteServer<P extends PluginProcess = PluginProcess> {
  readonly name: string;
  readonly settings: PluginServerSettings;
  readonly endpoints: readonly P[];
  readonly log: Logger;
  /** Events that were given up because too many of their kind waited. */
  dropped = 0;
  readonly #deps: RemoteDeps;
  readonly #queue: PluginEvent<P>[] = [];
  /** Events that nobody waits for; they have half of the places at most. */
  readonly #backgroundQueue: PluginEvent<P>[] = [];
  readonly #unknown = new Set<string>();
  #active = 0;
  #activeInBackground = 0;
  readonly #backgroundMax: number;
  /** Events that ended by a limit of time, by process, since anything came back. */
  readonly #silent: number[];
  readonly #unreported: number[];

  /** @param open makes the process behind a socket */
  constructor(
    info: PluginServerInfo,
    deps: RemoteDeps,
    open: (socketPath: string, host: ProcessHost) => P,
  ) {
    this.settings = info.settings;
    this.name = info.settings.name;
    this.#backgroundMax = Math.ceil(info.settings.concurrencyMax / 2);
    this.#deps = deps;
    this.log = deps.log.child({ room: "plugin-host", pluginServer: this.name });
    this.endpoints = info.sockets.map((socketPath, process) =>
      open(socketPath, {
        log: this.log,
        onDrained: () => this.#report(process, "drained", 0),
        onRoom: () => this.#startWaiting(),
      }),
    );
    this.#silent = info.sockets.map(() => 0);
    this.#unreported = info.sockets.map(() => 0);
  }

  // ---- events

  /** Let it run now, or in its turn. */
  begin(event: PluginEvent<P>): void {
    if (this.#tryStart(event)) return;
    if (event.isBackground) {
      if (this.#backgroundQueue.length >= BACKGROUND_QUEUE_MAX) {
        this.dropped++;
        return event.drop();
      }
      this.#backgroundQueue.push(event);
    } else if (this.#queue.length >= this.settings.queueMax) {
      return event.reject(new PluginServerBusy(this.name));
    } else this.#queue.push(event);
    event.queue();
  }

  /** @returns false where it has to wait */
  #tryStart(event: PluginEvent<P>): boolean {
    if (this.#active >= this.settings.concurrencyMax) return false;
    if (event.isBackground && this.#activeInBackground >= this.#backgroundMax) return false;
    const endpoint = event.preferred ?? this.#leastBusy();
    if (!endpoint.hasRoom) return false;
    this.#active++;
    if (event.isBackground) this.#activeInBackground++;
    endpoint.active++;
    event.endpoint = endpoint;
    event.proceed();
    return true;
  }

  /** Its process has no room for it after all: it waits for its turn again, with the time that it has left. */
  putBack(event: PluginEvent<P>): void {
    this.#active--;
    if (event.isBackground) this.#activeInBackground--;
    event.endpoint!.active--;
    event.endpoint = null;
    (event.isBackground ? this.#backgroundQueue : this.#queue).push(event);
    event.queue();
  }

  #startWaiting(): void {
    const queue = this.#queue;
    while (queue.length > 0 && this.#tryStartFirst(queue));
    const background = this.#backgroundQueue;
    while (background.length > 0 && this.#tryStartFirst(background));
  }

  #tryStartFirst(queue: PluginEvent<P>[]): boolean {
    const event = queue.shift()!;
    if (this.#tryStart(event)) return true;
    queue.unshift(event);
    return false;
  }

  #leastBusy(): P {
    let best = this.endpoints[0]!;
    if (this.endpoints.length === 1) return best;
    for (const one of this.endpoints) {
      if (one.isUp !== best.isUp ? one.isUp : one.active < best.active) best = one;
    }
    return best;
  }

  onSettled(event: PluginEvent<P>): void {
    this.answerIfClosed(event);
    const { endpoint } = event;
    if (endpoint === null) {
      const queue = event.isBackground ? this.#backgroundQueue : this.#queue;
      const at = queue.indexOf(event);
      if (at >= 0) queue.splice(at, 1);
      return;
    }
    this.#active--;
    if (event.isBackground) this.#activeInBackground--;
    endpoint.active--;
    this.#count(event, this.endpoints.indexOf(endpoint));
    if (this.#queue.length > 0 || this.#backgroundQueue.length > 0) this.#startWaiting();
  }

  /** Would the chain go on if the event failed? */
  goesOnWithout(event: PluginEvent<P>): boolean {
    return this.settings.onFailure === "open" && event.phase !== "log";
  }

  /** Does the chain go on although the event failed? It is said in the log then. */
  isFailureIgnored(event: PluginEvent<P>): boolean {
    if (!this.goesOnWithout(event)) return false;
    const { plugin, phase, x, outcome } = event;
    const fields = {
      requestId: x.id,
      plugin: plugin.name,
      pluginId: plugin.id,
      phase,
      err: outcome,
    };
    this.log.warn(fields, "plugin failed, and the request goes on without it");
    return true;
  }

  /** A server that is away or overloaded is 503, not the 500 that the runner gives a failed plugin. */
  answerIfClosed({ x, outcome }: PluginEvent<P>): void {
    if (outcome === null || outcome === EXIT || !(outcome instanceof GatewayError)) return;
    if (this.settings.onFailure === "open") return;
    if ((x.phase & FILTERS) !== 0 && x.answer === null) x.isCut = true;
    if (outcome.status !== 503) return;
    if (x.answer !== null || (x.phase & MAY_ANSWER) === 0) return;
    x.failed = true;
    x.answer = UNAVAILABLE;
  }

  // ---- PDK calls

  callPdk(method: string, x: Exchange, args: readonly unknown[]): unknown {
    if (isUnknownName(method)) return this.#unknownFunction(method);
    if (method === RAW_BODY && (args[0] === undefined || args[0] === null)) {
      return this.#deps.pdk.call(method, x, ANY_SIZE);
    }
    if ((x.phase & NARROW_PHASES) === 0) return this.#deps.pdk.call(method, x, args);
    checkPhaseCall(method, x.phase);
    return this.#deps.pdk.call(method, x, phaseArguments(method, x.phase, args));
  }

  /** Names that there are not are nil, as in Kong (recorded); worth a line in the log, once for each. */
  #unknownFunction(method: string): null {
    if (!this.#unknown.has(method) && this.#unknown.size < UNKNOWN_NAMES_MAX) {
      this.#unknown.add(method);
      this.log.warn(
        { method: method.slice(0, 100) },
        "a plugin calls a function that there is not",
      );
    }
    return null;
  }

  asGatewayError(cause: unknown): GatewayError {
    if (cause instanceof GatewayError) return cause;
    const what = cause instanceof Error ? cause.message : String(cause);
    return new PluginFailed(this.name, what, { cause });
  }

  // ---- with the primary

  onNotice(notice: PluginServerNotice): void {
    const endpoint = this.endpoints[notice.process];
    if (endpoint === undefined) return;
    if (notice.state === "up") endpoint.lookNow();
    else if (notice.state === "down") endpoint.lost();
    else endpoint.drain();
  }

  #count(event: PluginEvent<P>, process: number): void {
    if (event.outcome instanceof PluginServerTimeout) {
      this.#silent[process]!++;
      if (this.#silent[process]! === STUCK_EVENTS) this.#report(process, "stuck", 0);
    } else this.#silent[process] = 0;
    if (this.settings.eventsMax === 0) return;
    if (++this.#unreported[process]! < EVENTS_PER_REPORT) return;
    this.#report(process, "events", this.#unreported[process]!);
    this.#unreported[process] = 0;
  }

  #report(process: number, what: PluginServerReport["what"], events: number): void {
    this.#deps.report({ type: "plugin-server", server: this.name, process, what, events });
  }

  close(): void {
    for (const endpoint of this.endpoints) endpoint.close();
  }
}

const UNAVAILABLE: Answer = Object.freeze({
  status: 503,
  body: null,
  headers: Object.freeze([]),
  source: "error",
  template: "An unexpected error occurred",
});
