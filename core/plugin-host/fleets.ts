/**
 * The generations of a plugin server's code, as a worker sees them: the one that requests go to, one that is tried beside
 * it, and those that only end what they began. The primary says which is which (code-reload.ts).
 */
import type { Plugin } from "../entities/plugin.ts";
import { type GatewayError, PluginServerTimeout } from "../errors.ts";
import type { PluginServerSettings } from "../config/plugin-servers.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { isFailure } from "./admission.ts";
import { Fleet, type FleetReport } from "./fleet.ts";
import { STUCK_EVENTS } from "./limits.ts";
import type { PluginServerChange, PluginServerNotice, PluginServerReport } from "./notices.ts";
import type { PluginServerInfo } from "./plugin-info.ts";
import type { PluginEvent, PluginProcess } from "./plugin-process.ts";
import { Warming } from "./warming.ts";

/** Events after which the primary is told how many there were, where it wants to know. */
const EVENTS_PER_REPORT = 100;
/** A request's place among others is read from the last digits of its id: which of so many lots it has. */
const LOT_DIGITS = 4;
const LOTS = 16 ** LOT_DIGITS;

/** What fleets need of their server. */
interface FleetsHost<P> {
  open(socketPath: string, onDrained: () => void): P;
  /** Plugin configs in force. */
  configs(): readonly Plugin[];
  report(
    process: number,
    what: PluginServerReport["what"],
    events: number,
    generation: number,
    reason?: string,
  ): void;
}

/**
 * Which code an event goes to. Messages about a generation that is not known here are answered as if it had
 * left.
 */
export class Fleets<P extends PluginProcess> {
  readonly #settings: PluginServerSettings;
  readonly #host: FleetsHost<P>;
  #fleet: Fleet<P>;
  #candidate: Fleet<P> | null = null;
  #leaving: Fleet<P>[] = [];
  /** Of the requests, 0 to 1: those that go to the candidate. */
  #canaryShare = 0;

  constructor(info: PluginServerInfo, host: FleetsHost<P>) {
    this.#settings = info.settings;
    this.#host = host;
    this.#fleet = this.#makeFleet(info.generation ?? 0, info.sockets);
  }

  #makeFleet(generation: number, sockets: readonly string[]): Fleet<P> {
    return new Fleet<P>(
      generation,
      sockets,
      (socketPath, onDrained) => this.#host.open(socketPath, onDrained),
      {
        onProcessDrained: (fleet, process) =>
          this.#host.report(process, "drained", 0, fleet.generation),
        onLeft: (fleet) => this.#onLeft(fleet.generation),
      },
    );
  }

  /** Processes of all generations, those first that new requests go to. */
  get processes(): readonly P[] {
    if (this.#candidate === null && this.#leaving.length === 0) return this.#fleet.processes;
    const others = [...(this.#candidate === null ? [] : [this.#candidate]), ...this.#leaving];
    return [this.#fleet, ...others].flatMap(({ processes }) => processes);
  }

  /** The code that a request goes to: all events of it to the same. */
  for(x: Exchange): Fleet<P> {
    if (this.#canaryShare === 0 || this.#candidate === null) return this.#fleet;
    const lot = Number.parseInt(x.id.slice(-LOT_DIGITS), 16) / LOTS;
    return lot < this.#canaryShare ? this.#candidate : this.#fleet;
  }

  onNotice(notice: PluginServerNotice): void {
    const fleet = this.#fleetOf(notice.generation ?? 0);
    const endpoint = fleet?.processes[notice.process];
    if (endpoint === undefined || fleet?.isLeaving === true) return;
    if (notice.state === "up") endpoint.lookNow();
    else if (notice.state === "down") endpoint.lost();
    else endpoint.drain();
  }

  #fleetOf(generation: number): Fleet<P> | undefined {
    return [this.#fleet, this.#candidate, ...this.#leaving].find(
      (fleet) => fleet?.generation === generation,
    ) as Fleet<P> | undefined;
  }

  /** A generation of its code comes or goes. */
  onChange({ what, generation, sockets, share }: PluginServerChange): void {
    if (what === "address") {
      const processes = this.#fleetOf(generation)?.processes ?? [];
      for (const [n, process] of processes.entries()) process.moveTo(sockets[n]!);
    } else if (what === "prepare") this.#prepare(generation, sockets);
    else if (what === "discard") this.#discard(generation);
    else if (generation > this.#fleet.generation) {
      this.#candidate ??= this.#makeFleet(generation, sockets);
      if (what === "switch") this.#switch(this.#candidate);
      else this.#beginCanary(this.#candidate, share);
    }
  }

  #prepare(generation: number, sockets: readonly string[]): void {
    if (generation <= this.#fleet.generation) return;
    const fleet = this.#makeFleet(generation, sockets);
    this.#candidate = fleet;
    const configs = this.#host.configs();
    let left = fleet.processes.length;
    let isOver = false;
    const onEnd = (cause: GatewayError | null): void => {
      if (isOver || (cause === null && --left > 0)) return;
      isOver = true;
      const what = cause === null ? "prepared" : "refused";
      this.#host.report(0, what, 0, generation, cause?.message);
    };
    for (const process of fleet.processes) {
      new Warming(this.#settings.name, process, configs, this.#settings.readyTimeoutMs, onEnd);
    }
  }

  #beginCanary(candidate: Fleet<P>, share: number): void {
    this.#canaryShare = share;
    candidate.startCounting();
    this.#fleet.startCounting();
  }

  #switch(next: Fleet<P>): void {
    const before = this.#fleet;
    this.#fleet = next;
    this.#candidate = null;
    this.#canaryShare = 0;
    this.#letGo(before);
  }

  #discard(generation: number): void {
    const candidate = this.#candidate;
    if (candidate?.generation !== generation) return this.#onLeft(generation);
    this.#candidate = null;
    this.#canaryShare = 0;
    this.#letGo(candidate);
  }

  #letGo(fleet: Fleet<P>): void {
    this.#leaving.push(fleet);
    fleet.leave(this.#settings.drainTimeoutMs);
  }

  #onLeft(generation: number): void {
    const fleet = this.#leaving.find((one) => one.generation === generation);
    this.#leaving = this.#leaving.filter((one) => one !== fleet);
    setImmediate(() => fleet?.close()); // what tells of this may still be at work there
    this.#host.report(0, "left", 0, generation);
  }

  /** An event has ended at a process. */
  count(event: PluginEvent<P>, endpoint: P): void {
    const fleet = this.#fleetWith(endpoint);
    if (fleet === undefined) return;
    fleet.events++;
    if (isFailure(event.outcome)) fleet.failures++;
    const process = fleet.processes.indexOf(endpoint);
    if (event.outcome instanceof PluginServerTimeout) {
      if (++fleet.silent[process]! === STUCK_EVENTS)
        this.#host.report(process, "stuck", 0, fleet.generation);
    } else fleet.silent[process] = 0;
    if (this.#settings.eventsMax === 0) return;
    if (++fleet.unreported[process]! < EVENTS_PER_REPORT) return;
    this.#host.report(process, "events", fleet.unreported[process]!, fleet.generation);
    fleet.unreported[process] = 0;
  }

  #fleetWith(process: P): Fleet<P> | undefined {
    if (this.#fleet.processes.includes(process)) return this.#fleet;
    if (this.#candidate?.processes.includes(process) === true) return this.#candidate;
    return this.#leaving.find(({ processes }) => processes.includes(process));
  }

  reports(): FleetReport[] {
    const fleets: FleetReport[] = [];
    const add = (fleet: Fleet<P>, role: FleetReport["role"]): void => {
      const { generation, underWay, events, failures } = fleet;
      fleets.push({ generation, role, underWay, events, failures });
    };
    add(this.#fleet, "current");
    if (this.#candidate !== null) add(this.#candidate, "candidate");
    for (const fleet of this.#leaving) add(fleet, "leaving");
    return fleets;
  }
}
