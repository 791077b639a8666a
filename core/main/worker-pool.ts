/**
 * The workers of one generation of settings: started, given sockets and configuration, replaced when they die.
 *
 * A reload starts a new generation beside the old one and drains the old when the new one answers; so a change of
 * settings, of plugins or of the number of workers loses no request.
 */
import { type ChildProcess, fork } from "node:child_process";
import { GatewayError } from "../errors.ts";
import type { PluginServerNotice, PluginServerReport } from "../plugin-host/notices.ts";
import type { PluginServerInfo } from "../plugin-host/plugin-info.ts";
import type { Row } from "../store/snapshot.ts";
import type { Logger } from "../telemetry/log.ts";
import type { FromWorker, ListenMessage, ToWorker, WorkerReport } from "./messages.ts";
import { modulePath } from "./module-path.ts";
import type { BoundSocket } from "./sockets.ts";

/** Rows in one message: about a millisecond of a worker's time. */
const ROWS_PER_MESSAGE = 100;
/** How long a worker may take to be ready, and to take a configuration. */
const START_LIMIT_MS = 20_000;
const SWAP_LIMIT_MS = 60_000;
/** How long a worker may take to tell of itself; then its figures are left out. */
const COLLECT_LIMIT_MS = 2000;
/** A worker that dies sooner than this is not started again at once. */
const EARLY_DEATH_MS = 1000;
const RESTART_DELAY_MS = 500;

/** Plugin instances that a worker may number; a plugin server sees 31-bit numbers. */
const SEQUENCES_PER_WORKER = 1_000_000;
const SEQUENCES_MAX = 2_000_000_000;
/** Over all generations: a plugin server lives longer than a worker. */
let lastWorkerId = 0;

/** A configuration as it is sent: rows by entity. */
export interface SentConfiguration {
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  readonly hash: string;
  readonly sequence: number;
}

export interface WorkerPoolOptions {
  readonly prefix: string;
  readonly nodeId: string;
  readonly count: number;
  readonly log: Logger;
  readonly pluginServers: readonly PluginServerInfo[];
  /** What a worker tells of a plugin server. */
  onPluginServerReport(report: PluginServerReport): void;
  readonly sockets: readonly { readonly bound: BoundSocket; readonly message: ListenMessage }[];
}

/** A worker could not be started. */
export class WorkerFailed extends GatewayError {
  override readonly name = "WorkerFailed";
  constructor(message: string) {
    super("WORKER_FAILED", 500, message);
  }
}

/** A worker did not take a configuration in time. */
export class WorkerLate extends WorkerFailed {
  constructor() {
    super(`a worker did not take a configuration in ${SWAP_LIMIT_MS} ms`);
  }
}

interface Waiting<T> {
  resolve(value: T): void;
  reject(cause: Error): void;
}

/** One process. */
class WorkerProcess {
  readonly child: ChildProcess;
  readonly startedMs = Date.now();
  isReady = false;
  readonly swaps = new Map<number, Waiting<void>>();
  readonly collects = new Map<number, Waiting<WorkerReport>>();

  constructor() {
    const { file, execArgv } = modulePath("worker-process");
    this.child = fork(file, [], { execArgv, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  }

  send(message: ToWorker, handle?: unknown): void {
    if (!this.child.connected) return;
    this.child.send(message, handle as never, {}, () => {}); // its exit tells of a failure
  }

  /** Tell whoever waits that the process is gone. */
  gone(cause: Error): void {
    for (const waiting of [...this.swaps.values(), ...this.collects.values()])
      waiting.reject(cause);
    this.swaps.clear();
    this.collects.clear();
  }
}

/** Processes that were started before it was known what they are to do. */
const spares = new Set<WorkerProcess>();

/** Start processes while settings and configuration are still read: a start takes that much less time. */
export function forkAhead(count: number): void {
  for (let i = 0; i < count; i++) {
    const worker = new WorkerProcess();
    spares.add(worker);
    worker.child.once("exit", () => spares.delete(worker));
  }
}

/** End those that nobody took. */
export function endSpares(): void {
  for (const worker of spares) worker.child.kill("SIGKILL");
  spares.clear();
}

function takeWorker(): WorkerProcess {
  for (const worker of spares) {
    spares.delete(worker);
    return worker;
  }
  return new WorkerProcess();
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Set<WorkerProcess>();
  #configuration: SentConfiguration | null = null;
  #isEnding = false;
  #lastCollect = 0;
  readonly #notices = new Map<string, PluginServerNotice>();

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Start all; resolves when every worker listens and has the configuration. */
  async start(configuration: SentConfiguration): Promise<void> {
    this.#configuration = configuration;
    await Promise.all(Array.from({ length: this.#options.count }, () => this.#startOne()));
  }

  async #startOne(): Promise<void> {
    const worker = takeWorker();
    this.#workers.add(worker);
    const { sockets, prefix, nodeId, pluginServers, log } = this.#options;
    const ready = new Promise<void>((resolve, reject) => {
      let listening = 0;
      const limit = setTimeout(() => {
        reject(new WorkerFailed(`a worker was not ready after ${START_LIMIT_MS} ms`));
        worker.child.kill("SIGKILL");
      }, START_LIMIT_MS);
      worker.child.on("message", (message: FromWorker) => {
        if (message.type === "started") {
          if (sockets.length === 0) resolve();
          for (const { bound, message: listen } of sockets) worker.send(listen, bound.handle);
        } else if (message.type === "listening") {
          if (++listening === sockets.length) resolve();
        } else if (message.type === "failed") {
          reject(new WorkerFailed(message.message));
        } else this.#receive(worker, message);
      });
      worker.child.once("exit", (code, signal) => {
        reject(new WorkerFailed(`a worker ended with ${signal ?? `status ${code}`}`));
        this.#exited(worker, code, signal);
      });
      ready_limits.set(worker, limit);
    });
    const workerId = lastWorkerId++;
    const sequenceBase = (workerId * SEQUENCES_PER_WORKER) % SEQUENCES_MAX;
    worker.send({ type: "start", prefix, workerId, sequenceBase, nodeId, pluginServers });
    for (const notice of this.#notices.values()) worker.send(notice);
    // rows first: what listens has its configuration
    const configuration = this.#configuration;
    const swapped = configuration === null ? null : this.#sendConfiguration(worker, configuration);
    swapped?.catch(() => {});
    try {
      await ready;
      await swapped;
      worker.isReady = true;
    } finally {
      clearTimeout(ready_limits.get(worker));
    }
    log.info({ worker: worker.child.pid }, "worker ready");
  }

  #receive(worker: WorkerProcess, message: FromWorker): void {
    if (message.type === "swapped") {
      worker.swaps.get(message.sequence)?.resolve();
      worker.swaps.delete(message.sequence);
    } else if (message.type === "refused") {
      worker.swaps.get(message.sequence)?.reject(new WorkerFailed(message.message));
      worker.swaps.delete(message.sequence);
    } else if (message.type === "collected") {
      worker.collects.get(message.id)?.resolve(message.stats);
      worker.collects.delete(message.id);
    } else if (message.type === "plugin-server") this.#options.onPluginServerReport(message);
  }

  #exited(worker: WorkerProcess, code: number | null, signal: NodeJS.Signals | null): void {
    this.#workers.delete(worker);
    worker.gone(new WorkerFailed("the worker ended"));
    if (this.#isEnding) return;
    const { log } = this.#options;
    log.error(
      { worker: worker.child.pid, exitCode: code, signal },
      "worker ended, starting another",
    );
    if (!worker.isReady && this.#configuration === null) return;
    const delayMs = Date.now() - worker.startedMs < EARLY_DEATH_MS ? RESTART_DELAY_MS : 0;
    setTimeout(() => {
      if (this.#isEnding) return;
      this.#startOne().catch((err: unknown) =>
        log.error({ err }, "a worker could not be replaced"),
      );
    }, delayMs);
  }

  /** Bring a configuration into force in every worker. */
  async apply(configuration: SentConfiguration): Promise<void> {
    this.#configuration = configuration;
    await Promise.all([...this.#workers].map((worker) => this.#applyTo(worker, configuration)));
  }

  async #applyTo(worker: WorkerProcess, configuration: SentConfiguration): Promise<void> {
    try {
      await this.#sendConfiguration(worker, configuration);
    } catch (cause) {
      if (this.#workers.has(worker)) throw cause; // one that died is replaced with the new configuration
    }
  }

  #sendConfiguration(worker: WorkerProcess, configuration: SentConfiguration): Promise<void> {
    const { rows, hash, sequence } = configuration;
    for (const [entity, all] of rows) {
      for (let i = 0; i < all.length; i += ROWS_PER_MESSAGE) {
        worker.send({ type: "rows", entity, rows: all.slice(i, i + ROWS_PER_MESSAGE) });
      }
    }
    const swapped = new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => {
        worker.swaps.delete(sequence);
        reject(new WorkerLate());
      }, SWAP_LIMIT_MS);
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          clearTimeout(limit);
          then(value);
        };
      worker.swaps.set(sequence, { resolve: settle(resolve), reject: settle(reject) });
    });
    worker.send({ type: "swap", hash, sequence });
    return swapped;
  }

  /** Tell every worker, also those that come later, how a plugin server is. @returns how many were told */
  notice(notice: PluginServerNotice): number {
    this.#notices.set(`${notice.server}|${notice.process}`, notice);
    for (const worker of this.#workers) worker.send(notice);
    return this.#workers.size;
  }

  /** Figures of all workers that answer in time. */
  async collect(): Promise<WorkerReport[]> {
    const id = ++this.#lastCollect;
    const reports = await Promise.allSettled(
      [...this.#workers].map((worker) => collectFrom(worker, id)),
    );
    return reports.filter((one) => one.status === "fulfilled").map((one) => one.value);
  }

  reopenLogs(): void {
    for (const worker of this.#workers) worker.send({ type: "reopen" });
  }

  /** Let requests under way end, then the workers. Resolves when all are gone. */
  drain(): Promise<void> {
    return this.#end((worker) => worker.send({ type: "drain" }));
  }

  /** End the workers now. */
  stop(): Promise<void> {
    return this.#end((worker) => worker.child.kill("SIGTERM"));
  }

  async #end(how: (worker: WorkerProcess) => void): Promise<void> {
    this.#isEnding = true;
    const gone = [...this.#workers].map(
      (worker) => new Promise<void>((resolve) => worker.child.once("exit", () => resolve())),
    );
    for (const worker of this.#workers) how(worker);
    await Promise.all(gone);
  }
}

const ready_limits = new WeakMap<WorkerProcess, NodeJS.Timeout>();

function collectFrom(worker: WorkerProcess, id: number): Promise<WorkerReport> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      worker.collects.delete(id);
      reject(new WorkerFailed("no answer"));
    }, COLLECT_LIMIT_MS);
    worker.collects.set(id, {
      resolve(report) {
        clearTimeout(limit);
        resolve(report);
      },
      reject(cause) {
        clearTimeout(limit);
        reject(cause);
      },
    });
    worker.send({ type: "collect", id });
  });
}
