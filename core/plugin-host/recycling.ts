/**
 * Replaces a process of a plugin server that has grown too large, has handled its share of events, is stuck, or has lost its
 * socket (what clears /tmp of old files, or a server that stopped listening): it lives, and no worker could reach it again.
 *
 * Workers are asked to send nothing more; when they have nothing under way, or after a while, the process is ended and
 * comes back by itself. Requests that come meanwhile wait, as they do for any start.
 */
import { readFileSync } from "node:fs";
import type { PluginServerSettings } from "../config/plugin-servers.ts";
import type { Logger } from "../telemetry/log.ts";
import type { PluginServerReport } from "./notices.ts";
import type { SupervisedProcess } from "./supervised-process.ts";

/** Between two looks at a process and its socket, in milliseconds. */
const LOOK_MS = 5000;
/** Looks in a row that find no socket before it counts as gone: it may be on its way to another name. */
const MISSING_LOOKS = 2;
/** How long events under way are waited for. */
const DRAIN_TIMEOUT_MS = 5000;

type Why = "memory" | "events" | "request" | "socket";

/** Resident memory of a process in bytes, 0 if that cannot be read. */
function residentBytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    return kilobytes === null ? 0 : Number(kilobytes[1]) * 1024;
  } catch {
    return 0;
  }
}

/** Of one process slot; it lives as long as the generation, over all lives of the process. */
export class Recycling {
  readonly #server: PluginServerSettings;
  readonly #index: number;
  readonly #process: SupervisedProcess;
  readonly #log: Logger;
  readonly #drain: () => number;
  #lookTimer: NodeJS.Timeout | null = null;
  /** Looks in a row that found no socket. */
  #missing = 0;
  #drainTimer: NodeJS.Timeout | null = null;
  #workersLeft = 0;
  #events = 0;
  /** The process that the events were counted for. */
  #pid: number | null = null;

  /** @param drain tells the workers; returns how many */
  constructor(
    server: PluginServerSettings,
    index: number,
    process: SupervisedProcess,
    log: Logger,
    drain: () => number,
  ) {
    this.#server = server;
    this.#index = index;
    this.#process = process;
    this.#log = log;
    this.#drain = drain;
    this.#lookTimer = setInterval(() => this.#look(), LOOK_MS);
    this.#lookTimer.unref();
  }

  #look(): void {
    const { pid, state } = this.#process;
    if (pid === null || state !== "ready") return;
    this.#lookAtSocket(pid);
    if (this.#server.memoryBytesMax > 0) this.#lookAtMemory(pid);
  }

  #lookAtSocket(serverPid: number): void {
    this.#missing = this.#process.hasSocket ? 0 : this.#missing + 1;
    if (this.#missing < MISSING_LOOKS) return;
    this.#missing = 0;
    const { socketPath } = this.#process;
    this.#log.error(
      { serverPid, socketPath },
      "the socket of a plugin server is gone, the process is started anew",
    );
    this.#begin("socket", {});
  }

  #lookAtMemory(pid: number): void {
    const bytes = residentBytes(pid);
    if (bytes > this.#server.memoryBytesMax) this.#begin("memory", { bytes });
  }

  /** A worker's report; those of other servers and processes are passed over. */
  onReport(report: PluginServerReport): void {
    if (report.server !== this.#server.name || report.process !== this.#index) return;
    if (report.what === "drained") this.#onDrained();
    else if (report.what === "events") this.#countEvents(report.events);
    else if (report.what === "stuck" && this.#process.state === "ready") {
      this.#log.error(
        { serverPid: this.#process.pid },
        "plugin server answers nothing any more, started anew",
      );
      this.#process.recycle();
    }
  }

  #countEvents(events: number): void {
    if (this.#pid !== this.#process.pid) {
      this.#pid = this.#process.pid;
      this.#events = 0;
    }
    this.#events += events;
    const { eventsMax } = this.#server;
    if (eventsMax > 0 && this.#events >= eventsMax) this.#begin("events", { events: this.#events });
  }

  /** Somebody asks for it. */
  replace(why: "request"): void {
    this.#begin(why, {});
  }

  #begin(why: Why, fields: Readonly<Record<string, number>>): void {
    if (this.#drainTimer !== null || this.#process.state !== "ready") return;
    this.#log.notice({ serverPid: this.#process.pid, why, ...fields }, "plugin server is replaced");
    this.#drainTimer = setTimeout(() => this.#replace(), DRAIN_TIMEOUT_MS);
    this.#workersLeft = this.#drain();
    if (this.#workersLeft === 0) this.#replace();
  }

  #onDrained(): void {
    if (this.#drainTimer !== null && --this.#workersLeft <= 0) this.#replace();
  }

  #replace(): void {
    if (this.#drainTimer !== null) clearTimeout(this.#drainTimer);
    this.#drainTimer = null;
    this.#events = 0;
    this.#process.recycle();
  }

  stop(): void {
    if (this.#lookTimer !== null) clearInterval(this.#lookTimer);
    if (this.#drainTimer !== null) clearTimeout(this.#drainTimer);
    this.#lookTimer = null;
    this.#drainTimer = null;
  }
}
