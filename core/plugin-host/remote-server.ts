/**
 * A plugin server as a worker sees it: its processes, how many events it has at a time, and who waits.
 *
 * Nothing here waits without a bound: so many events under way, so many in the queue, each for so long. What is over
 * the bounds fails at once, with an error that says so.
 */
import { GatewayError, PluginFailed, PluginServerBusy } from "../errors.ts";
import type { Plugin } from "../entities/plugin.ts";
import type { PluginServerSettings } from "../config/plugin-servers.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Logger } from "../telemetry/log.ts";
import { ABSENT, AccessGuard } from "./access-guard.ts";
import type { Breaker, BreakerState } from "./breaker.ts";
import { passBreakers, tellBreakers } from "./admission.ts";
import { Fleets } from "./fleets.ts";
import type { Lane } from "./lane.ts";
import { BACKGROUND_QUEUE_MAX } from "./limits.ts";
import { Counters } from "./native/counters.ts";
import type { PluginServerChange, PluginServerNotice, PluginServerReport } from "./notices.ts";
import { Policies, type Policy } from "./policy.ts";
import type { ServerFigures } from "./figures.ts";
import { answerIfClosed } from "./failed-event.ts";
import { type CallablePdk, PluginCalls } from "./plugin-calls.ts";
import type { PluginServerInfo } from "./plugin-info.ts";
import type { PluginEvent, PluginProcess } from "./plugin-process.ts";

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
  readonly pdk: CallablePdk;
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

type Open<P> = (socketPath: string, host: ProcessHost) => P;

/** A plugin server as a worker sees it, whatever it speaks: decides when and in which process an event runs. */
export class RemoteServer<P extends PluginProcess = PluginProcess> {
  readonly name: string;
  readonly settings: PluginServerSettings;
  readonly log: Logger;
  /** What events cost and how they ended. */
  readonly counters = new Counters();
  /** Events that were given up because too many of their kind waited. */
  dropped = 0;
  readonly #deps: RemoteDeps;
  readonly #policies: Policies<PluginEvent<P>>;
  readonly #guard: AccessGuard | null;
  /** Plugin configs in force, by plugin. */
  readonly #configs = new Map<string, readonly Plugin[]>();
  readonly #fleets: Fleets<P>;
  readonly #queue: PluginEvent<P>[] = [];
  /** Events that nobody waits for; they have half of the places at most. */
  readonly #backgroundQueue: PluginEvent<P>[] = [];
  /** Lanes with a place that is being handed on. */
  readonly #freedLanes: Lane<PluginEvent<P>>[] = [];
  readonly #calls: PluginCalls;
  #isStarting = false;
  #active = 0;
  #activeInBackground = 0;
  readonly #backgroundMax: number;

  /** @param open makes the process behind a socket */
  constructor(info: PluginServerInfo, deps: RemoteDeps, open: Open<P>) {
    this.settings = info.settings;
    this.name = info.settings.name;
    this.#backgroundMax = Math.ceil(info.settings.concurrencyMax / 2);
    this.#deps = deps;
    this.log = deps.log.child({ room: "plugin-host", pluginServer: this.name });
    this.#policies = new Policies(info.settings, (breaker, before) =>
      this.#onBreaker(breaker, before),
    );
    this.#guard = this.#policies.hasAccessRules
      ? new AccessGuard(this.name, this.log, (plugin) => this.policyOf(plugin))
      : null;
    this.#calls = new PluginCalls(deps.pdk, this.#guard, this.log);
    const host = { log: this.log, onRoom: () => this.#startWaiting() };
    this.#fleets = new Fleets<P>(info, {
      open: (socketPath, onDrained) => open(socketPath, { ...host, onDrained }),
      configs: () => [...this.#configs.values()].flat(),
      report: (process, what, events, generation, reason) =>
        this.#report(process, what, events, generation, reason),
    });
  }

  /** Processes of all generations, those first that new requests go to. */
  get endpoints(): readonly P[] {
    return this.#fleets.processes;
  }

  policyOf(plugin: Plugin): Policy<PluginEvent<P>> {
    return this.#policies.of(plugin);
  }

  // ---- events

  /** Let it run now, or in its turn. */
  begin(event: PluginEvent<P>): void {
    const policy = this.#policies.of(event.plugin);
    event.policy = policy;
    if (policy.breakers.length > 0 && !passBreakers(event, policy.breakers)) return;
    const { lane } = policy;
    if (lane !== null) {
      if (!lane.enter()) return this.#waitForLane(event, lane);
      event.lane = lane;
    }
    this.#place(event);
  }

  #waitForLane(event: PluginEvent<P>, lane: Lane<PluginEvent<P>>): void {
    if (lane.wait(event)) return event.queue();
    if (!event.isBackground) return event.reject(new PluginServerBusy(this.name));
    this.dropped++;
    event.drop();
  }

  /** With a place in its lane, if it needs one. */
  #place(event: PluginEvent<P>): void {
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
    const { preferred } = event;
    const endpoint =
      preferred !== null && !preferred.isDraining
        ? preferred
        : this.#fleets.for(event.x).leastBusy();
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
    this.#takeAway(event);
    (event.isBackground ? this.#backgroundQueue : this.#queue).push(event);
    event.queue();
  }

  /** Its process leaves, and the event has not reached it: another one serves it, with the time that it has left. */
  moveOn(event: PluginEvent<P>): void {
    this.#takeAway(event);
    this.#place(event);
  }

  #takeAway(event: PluginEvent<P>): void {
    this.#active--;
    if (event.isBackground) this.#activeInBackground--;
    event.endpoint!.active--;
    event.endpoint = null;
  }

  /** An event that ends as soon as it begins frees its place for this very loop: the next is not begun inside of its end. */
  #startWaiting(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    const [queue, background] = [this.#queue, this.#backgroundQueue];
    try {
      for (;;) {
        while (queue.length > 0 && this.#tryStartFirst(queue));
        if (background.length === 0 || !this.#tryStartFirst(background)) return;
      }
    } finally {
      this.#isStarting = false;
    }
  }

  #tryStartFirst(queue: PluginEvent<P>[]): boolean {
    const event = queue.shift()!;
    if (this.#tryStart(event)) return true;
    queue.unshift(event);
    return false;
  }

  onSettled(event: PluginEvent<P>): void {
    answerIfClosed(event);
    tellBreakers(event);
    const { endpoint } = event;
    if (endpoint === null) {
      const queue = event.isBackground ? this.#backgroundQueue : this.#queue;
      const at = queue.indexOf(event);
      if (at >= 0) queue.splice(at, 1);
      if (event.lane === null) event.policy?.lane?.giveUp(event);
      else this.#leaveLane(event, event.lane);
      return;
    }
    this.#active--;
    if (event.isBackground) this.#activeInBackground--;
    endpoint.active--;
    this.#fleets.count(event, endpoint);
    if (event.lane !== null) this.#leaveLane(event, event.lane);
    if (this.#queue.length > 0 || this.#backgroundQueue.length > 0) this.#startWaiting();
  }

  /** Its place goes to who waits for it. One that is rejected gives it back at once: in this loop, not ever deeper. */
  #leaveLane(event: PluginEvent<P>, lane: Lane<PluginEvent<P>>): void {
    event.lane = null;
    this.#freedLanes.push(lane);
    if (this.#freedLanes.length > 1) return;
    try {
      for (let n = 0; n < this.#freedLanes.length; n++) this.#handOn(this.#freedLanes[n]!);
    } finally {
      this.#freedLanes.length = 0;
    }
  }

  #handOn(lane: Lane<PluginEvent<P>>): void {
    const next = lane.leave();
    if (next === undefined) return;
    next.lane = lane;
    this.#place(next);
  }

  #onBreaker(breaker: Breaker, before: BreakerState): void {
    const fields = { breaker: breaker.what, state: breaker.state, before };
    if (breaker.state === "open") this.log.error(fields, "breaker opened");
    else this.log.notice(fields, "breaker changed");
  }

  // ---- PDK calls

  /** Does some plugin of it have less than all of the request? Then every write has to come through {@link callPdk}. */
  get isRestricted(): boolean {
    return this.#guard !== null;
  }

  /** @param plugin that calls */
  callPdk(
    method: string,
    x: Exchange,
    args: readonly unknown[],
    plugin: Plugin | null = null,
  ): unknown {
    return this.#calls.call(method, x, args, plugin);
  }

  /** May the plugin read what a function gives? One that may not is counted as if it had called. */
  mayRead(plugin: Plugin, method: string, ...args: readonly unknown[]): boolean {
    return this.#guard === null || this.#guard.check(method, args, plugin) !== ABSENT;
  }

  /** @throws {PdkError} where the plugin may not write what a function does */
  checkWrite(plugin: Plugin, method: string): void {
    this.#guard?.check(method, [], plugin);
  }

  asGatewayError(cause: unknown): GatewayError {
    if (cause instanceof GatewayError) return cause;
    const what = cause instanceof Error ? cause.message : String(cause);
    return new PluginFailed(this.name, what, { cause });
  }

  // ---- with the primary

  onNotice(notice: PluginServerNotice): void {
    this.#fleets.onNotice(notice);
  }

  /** A generation of its code comes or goes. */
  onChange(change: PluginServerChange): void {
    this.#fleets.onChange(change);
  }

  /** Configs in force of one of its plugins, after each change. */
  setConfigs(plugin: string, configs: readonly Plugin[]): void {
    this.#configs.set(plugin, configs);
  }

  #report(
    process: number,
    what: PluginServerReport["what"],
    events: number,
    generation: number,
    reason?: string,
  ): void {
    const report = { type: "plugin-server", server: this.name, process, what, events } as const;
    const more = { ...(generation > 0 && { generation }), ...(reason !== undefined && { reason }) };
    this.#deps.report({ ...report, ...more });
  }

  /** What the primary shows of it. */
  figures(): ServerFigures {
    return {
      server: this.name,
      active: this.#active,
      queued: this.#queue.length + this.#backgroundQueue.length,
      dropped: this.dropped,
      fleets: this.#fleets.reports(),
      breakers: this.#policies.breakers(),
      refused: this.#guard?.refused ?? {},
      events: this.counters.snapshot(),
    };
  }

  close(): void {
    for (const endpoint of this.endpoints) endpoint.close();
  }
}
