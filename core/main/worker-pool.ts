/**
 * The workers of one generation of settings: started, given sockets and configuration, replaced when they die.
 *
 * A reload starts a new generation beside the old one and drains the old when the new one answers; so a change of
 * settings, of plugins or of the number of workers loses no request.
 */
import type {
  PluginServerChange,
  PluginServerNotice,
  PluginServerReport,
} from "../plugin-host/notices.ts";
import type { PluginServerInfo } from "../plugin-host/plugin-info.ts";
import type { Logger } from "../telemetry/log.ts";
import type { ListenMessage, WorkerReport } from "./messages.ts";
import type { BoundSocket } from "./sockets.ts";
import { keepReserve, takeWorker } from "./spare-workers.ts";
import { Watchdog } from "./watchdog.ts";
import { type SentConfiguration, WorkerFailed, type WorkerLink } from "./worker-link.ts";

/** How long a worker may take to be ready. */
const START_LIMIT_MS = 60_000;
/** A worker that dies sooner than this is not started again at once. */
const EARLY_DEATH_MS = 1000;
const RESTART_DELAY_MS = 500;
/** How long a worker that is told to end may take before it is killed: `stop` waits for 10 s. */
const END_LIMIT_MS = 5000;
/** How much longer than it should a worker may take to drain: its plugins send what they still hold. */
const DRAIN_MARGIN_MS = 15_000;

/**
 * Copies of a plain socket that a worker listens on. libuv takes one connection from each per turn of the loop; with one copy,
 * the last of 64 clients of a worker that died waited 64 turns in which the others were served, 260 ms. A connection
 * that comes alone costs a system call in vain per copy. Those of TLS wait for their handshakes anyway.
 */
const ACCEPTORS = 4;

/** The longest time that a timer can hold. */
const TIMER_MS_MAX = 2_147_483_647;

/** Plugin instances that a worker may number; a plugin server sees 31-bit numbers. */
const SEQUENCES_PER_WORKER = 1_000_000;
const SEQUENCES_MAX = 2_000_000_000;
/** Over all generations: a plugin server lives longer than a worker. */
let lastWorkerId = 0;

interface WorkerPoolOptions {
  readonly prefix: string;
  readonly nodeId: string;
  readonly count: number;
  /** Seconds without an answer after which a worker is killed (`limit_worker_silence`); 0 = never. */
  readonly silenceLimitS: number;
  /** How long a worker may drain, by its own clock; 0 = for ever. */
  readonly drainTimeoutMs: number;
  readonly log: Logger;
  /** As they are now: code may have been replaced. */
  pluginServers(): readonly PluginServerInfo[];
  /** What a worker tells of a plugin server. */
  onPluginServerReport(report: PluginServerReport): void;
  readonly sockets: readonly { readonly bound: BoundSocket; readonly message: ListenMessage }[];
}

/** `start` once; then it keeps so many workers alive until `drain` or `stop`, which end it for good. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Set<WorkerLink>();
  /** In force in every worker; what a new one begins with. */
  #configuration: SentConfiguration | null = null;
  #isEnding = false;
  #lastCollect = 0;
  readonly #notices = new Map<string, PluginServerNotice>();
  /** The last change of each plugin server's code that is not yet in what a new worker begins with. */
  readonly #changes = new Map<string, PluginServerChange>();
  readonly #watchdog: Watchdog;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog(this.#workers, options.silenceLimitS, options.log);
  }

  /** Start all; resolves when every worker listens and has the configuration. @throws {WorkerFailed} */
  async start(configuration: SentConfiguration): Promise<void> {
    this.#configuration = configuration;
    await Promise.all(Array.from({ length: this.#options.count }, () => this.#startOne()));
  }

  async #startOne(): Promise<void> {
    const worker = takeWorker();
    const { prefix, log, onPluginServerReport } = this.#options;
    this.#workers.add(worker);
    worker.onReport = onPluginServerReport;
    worker.child.once("exit", (code, signal) => this.#exited(worker, code, signal));
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      worker.child.kill("SIGKILL");
    }, START_LIMIT_MS);
    try {
      await this.#bringUp(worker);
      worker.isReady = true;
    } catch (cause) {
      throw isLate ? new WorkerFailed(`a worker was not ready after ${START_LIMIT_MS} ms`) : cause;
    } finally {
      clearTimeout(limit);
    }
    log.info({ worker: worker.child.pid }, "worker ready");
    if (!this.#isEnding) keepReserve(prefix);
  }

  async #bringUp(worker: WorkerLink): Promise<void> {
    const { prefix, nodeId, sockets } = this.#options;
    const pluginServers = this.#options.pluginServers();
    const workerId = lastWorkerId++;
    const sequenceBase = (workerId * SEQUENCES_PER_WORKER) % SEQUENCES_MAX;
    const start = { type: "start", prefix, workerId, sequenceBase, nodeId, pluginServers } as const;
    const started = worker.start(start);
    for (const notice of this.#notices.values()) worker.send(notice);
    for (const change of this.#changes.values()) worker.send(change);
    const configured = this.#configuration === null ? null : worker.configure(this.#configuration);
    await Promise.all([started, configured]);
    // last: what listens has its configuration
    await Promise.all(
      sockets.map(async ({ bound, message }) => {
        for (let i = message.ssl ? 1 : ACCEPTORS; i > 0; i--) {
          await worker.listen(message, bound.handle);
        }
      }),
    );
  }

  #exited(worker: WorkerLink, code: number | null, signal: NodeJS.Signals | null): void {
    this.#workers.delete(worker);
    if (this.#isEnding) return;
    const { log } = this.#options;
    log.error(
      { worker: worker.child.pid, exitCode: code, signal },
      "worker ended, starting another",
    );
    if (!worker.isReady && this.#configuration === null) return;
    const delayMs = performance.now() - worker.startedMs < EARLY_DEATH_MS ? RESTART_DELAY_MS : 0;
    if (delayMs === 0) this.#replace();
    else setTimeout(() => this.#replace(), delayMs);
  }

  #replace(): void {
    if (this.#isEnding) return;
    this.#startOne().catch((err: unknown) =>
      this.#options.log.error({ err }, "a worker could not be replaced"),
    );
  }

  /**
   * Bring a configuration into force in every worker. What one of them refuses is not remembered: whoever calls gives the
   * others, which may have it already, another one.
   *
   * @throws {WorkerFailed} if a worker refuses it
   */
  async apply(configuration: SentConfiguration): Promise<void> {
    const told = new Set(this.#workers);
    await Promise.all([...told].map((worker) => this.#applyTo(worker, configuration)));
    this.#configuration = configuration;
    // those that were started meanwhile began with the one before
    const others = [...this.#workers].filter((worker) => !told.has(worker));
    await Promise.all(others.map((worker) => this.#applyTo(worker, configuration)));
  }

  async #applyTo(worker: WorkerLink, configuration: SentConfiguration): Promise<void> {
    try {
      await worker.configure(configuration);
    } catch (cause) {
      if (isAlive(worker)) throw cause; // one that died is replaced, and the next begins with it
    }
  }

  /** Tell every worker, also those that come later, how a plugin server is. @returns how many were told */
  notice(notice: PluginServerNotice): number {
    this.#notices.set(`${notice.server}|${notice.process}`, notice);
    for (const worker of this.#workers) worker.send(notice);
    return this.#workers.size;
  }

  /** Tell every worker of new code. @returns how many were told */
  change(change: PluginServerChange): number {
    if (change.what === "canary") this.#changes.set(change.server, change);
    else this.#changes.delete(change.server);
    for (const worker of this.#workers) worker.send(change);
    return this.#workers.size;
  }

  /** Figures of all workers that answer in time. */
  async collect(): Promise<WorkerReport[]> {
    const id = ++this.#lastCollect;
    const reports = await Promise.allSettled([...this.#workers].map((one) => one.collect(id)));
    return reports.filter((one) => one.status === "fulfilled").map((one) => one.value);
  }

  reopenLogs(): void {
    for (const worker of this.#workers) worker.send({ type: "reopen" });
  }

  /** Let requests under way end, then the workers. Resolves when all are gone. */
  drain(): Promise<void> {
    const { drainTimeoutMs } = this.#options;
    return this.#end((worker) => {
      worker.send({ type: "drain" });
      if (drainTimeoutMs > 0) this.#killLate(worker, drainTimeoutMs + DRAIN_MARGIN_MS);
    });
  }

  /** End the workers now. */
  stop(): Promise<void> {
    return this.#end((worker) => {
      worker.child.kill("SIGTERM");
      this.#killLate(worker, END_LIMIT_MS);
    });
  }

  #killLate(worker: WorkerLink, limitMs: number): void {
    const hard = setTimeout(
      () => {
        this.#options.log.error(
          { worker: worker.child.pid, limitMs },
          "worker did not end, killed",
        );
        worker.child.kill("SIGKILL");
      },
      Math.min(limitMs, TIMER_MS_MAX),
    );
    worker.child.once("exit", () => clearTimeout(hard));
  }

  /** Was it told to end, and is nothing of it left? */
  get hasEnded(): boolean {
    return this.#isEnding && this.#workers.size === 0;
  }

  async #end(how: (worker: WorkerLink) => void): Promise<void> {
    this.#isEnding = true;
    const gone = [...this.#workers].map(
      (worker) => new Promise<void>((resolve) => worker.child.once("exit", () => resolve())),
    );
    for (const worker of this.#workers) how(worker);
    await Promise.all(gone);
    this.#watchdog.stop();
  }
}

function isAlive({ child }: WorkerLink): boolean {
  return child.exitCode === null && child.signalCode === null;
}
