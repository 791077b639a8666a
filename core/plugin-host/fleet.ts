/**
 * The processes of a plugin server that run the same code, as a worker sees them: one generation of it.
 *
 * New code is a new fleet beside the old one; remote-server.ts says which events go to which. A fleet that has to leave gets
 * no new requests, ends what is under way there, and says so once.
 */
import type { PluginProcess } from "./plugin-process.ts";

/** What the processes of a fleet tell. */
interface FleetHost {
  /** A process that is to be replaced has nothing under way. */
  onProcessDrained(fleet: Fleet<PluginProcess>, process: number): void;
  /** No process of a fleet that leaves has anything under way. */
  onLeft(fleet: Fleet<PluginProcess>): void;
}

/** Plain JSON, for the Admin API. */
export interface FleetReport {
  readonly generation: number;
  readonly role: "current" | "candidate" | "leaving";
  readonly underWay: number;
  /** Events and failures since a candidate got its share of requests, or since the start. */
  readonly events: number;
  readonly failures: number;
}

/**
 * One object for as long as the code is of use to this worker; `leave` may be called once, `close` at any time.
 */
export class Fleet<P extends PluginProcess> {
  readonly generation: number;
  readonly processes: readonly P[];
  /** Events that ended by a limit of time, by process, since anything came back. */
  readonly silent: number[];
  /** Events by process that the primary was not told of. */
  readonly unreported: number[];
  events = 0;
  failures = 0;
  isLeaving = false;
  readonly #left = new Set<number>();
  readonly #host: FleetHost;

  /** @param open makes the process behind a socket */
  constructor(
    generation: number,
    sockets: readonly string[],
    open: (socketPath: string, onDrained: () => void) => P,
    host: FleetHost,
  ) {
    this.generation = generation;
    this.#host = host;
    this.silent = sockets.map(() => 0);
    this.unreported = sockets.map(() => 0);
    this.processes = sockets.map((socketPath, n) => open(socketPath, () => this.#onDrained(n)));
  }

  #onDrained(process: number): void {
    if (!this.isLeaving) return this.#host.onProcessDrained(this, process);
    if (this.#left.has(process)) return;
    this.#left.add(process);
    if (this.#left.size === this.processes.length) this.#host.onLeft(this);
  }

  /** The one that is up and has the least to do. */
  leastBusy(): P {
    const { processes } = this;
    let best = processes[0]!;
    if (processes.length === 1) return best;
    for (const one of processes) {
      if (one.isUp !== best.isUp ? one.isUp : one.active < best.active) best = one;
    }
    return best;
  }

  /** Events in all its processes, those that wait there included. */
  get underWay(): number {
    return this.processes.reduce((sum, one) => sum + one.active, 0);
  }

  /** No new request goes there. @param limitMs how long what older requests left behind there is waited for */
  leave(limitMs: number): void {
    this.isLeaving = true;
    for (const process of this.processes) process.leave(limitMs);
  }

  close(): void {
    for (const process of this.processes) process.close();
  }

  /** From 0, for a comparison over the same time. */
  startCounting(): void {
    this.events = this.failures = 0;
  }
}
