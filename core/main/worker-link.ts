/**
 * A worker process as the primary sees it: what it is told, and what it answers.
 *
 * A configuration goes out in small messages, of which only so many may be under way: what is on the channel is read in
 * one turn of the worker's loop, and no request is served in it.
 */
import { type ChildProcess, fork } from "node:child_process";
import { GatewayError } from "../errors.ts";
import type { PluginServerReport } from "../plugin-host/notices.ts";
import type { Row } from "../store/snapshot.ts";
import type { FromWorker, ListenMessage, ToWorker, WorkerReport } from "./messages.ts";
import { modulePath } from "./module-path.ts";
import { packRow } from "./packed-rows.ts";

/**
 * Rows in one message, and messages that a worker has not taken yet: up to half a millisecond of its time each. It takes
 * them a turn of its loop later (./incoming.ts), so a turn has at most two milliseconds of them.
 */
const ROWS_PER_MESSAGE = 100;
const MESSAGES_UNDER_WAY = 4;
/** How long a worker may take to bring a configuration into force, once it has all of it. */
const SWAP_LIMIT_MS = 60_000;
/** How long a worker may take to tell of itself; then its figures are left out. */
const COLLECT_LIMIT_MS = 2000;
/**
 * Options of V8 for workers.
 *
 * The young generation is copied while requests wait: with 2 MB a pause is a few milliseconds also while a large
 * configuration comes in, and with the default of 16 MB it was up to 25; requests in flight need less than either. It is
 * copied by the thread itself, not with helpers: where the primary reads a configuration at the same time, they get no
 * CPU, and pauses of 12 ms had 1 ms of work in them.
 *
 * A request's way is many small functions in many files. V8 puts them into one another up to a size that is made for
 * shorter ways; with twice that the gateway's own part of a small GET costs 6 % less (measured, sockets left out).
 */
const WORKER_V8_OPTIONS: readonly string[] = [
  "--max-semi-space-size=2",
  "--no-parallel-scavenge",
  "--max-inlined-bytecode-size-cumulative=2000",
];

/**
 * One arena of malloc instead of one for each of V8's threads: what their compiler takes and gives back stays reserved in
 * each (4 MB of a warm worker). The threads have no other use for malloc. And what was freed at the end of it goes back
 * to the system: malloc raises its own threshold with the size of what was freed, so with the bundle's code (1.5 MB).
 */
const WORKER_ENVIRONMENT = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072" };

/** A configuration as it is sent: rows by entity. */
export interface SentConfiguration {
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  readonly hash: string;
  readonly sequence: number;
}

/** A worker could not be started, or has ended. */
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

/**
 * Starts its process when it is made. Every wait rejects with {@link WorkerFailed} once the process has ended.
 */
export class WorkerLink {
  readonly child: ChildProcess;
  /** When it was given something to do, in milliseconds of the clock that nobody sets. */
  startedMs = performance.now();
  isReady = false;
  /** Has what {@link ask} asked last been answered? */
  hasAnswered = true;
  /** Hears what the worker tells of plugin servers. */
  onReport: (report: PluginServerReport) => void = () => {};
  /** Who waits for an answer, by what it answers: "started", "listening 8000", "swapped 3", "collected 1". */
  readonly #waiting = new Map<string, Waiting<FromWorker>>();
  #failure: WorkerFailed | null = null;
  #untaken = 0;
  #onTaken: (() => void) | null = null;
  /** Configurations are sent one after the other. */
  #sending: Promise<void> = Promise.resolve();

  constructor() {
    const { file, execArgv } = modulePath("worker-process");
    this.child = fork(file, [], {
      execArgv: [...execArgv, ...WORKER_V8_OPTIONS],
      env: { ...WORKER_ENVIRONMENT, ...process.env },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.child.on("message", (message: FromWorker) => this.#receive(message));
    this.child.once("exit", (code, signal) => {
      this.#fail(new WorkerFailed(`a worker ended with ${signal ?? `status ${code}`}`));
    });
    this.child.on("error", () => {}); // its exit tells of a failure
  }

  send(message: ToWorker, handle?: unknown): void {
    if (!this.child.connected) return;
    this.child.send(message, handle as never, {}, () => {}); // its exit tells of a failure
  }

  /** Ask whether its loop still turns. */
  ask(): void {
    this.hasAnswered = false;
    this.send({ type: "ask" });
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "taken":
        this.#untaken--;
        this.#wake();
        break;
      case "alive":
        this.hasAnswered = true;
        break;
      case "plugin-server":
        this.onReport(message);
        break;
      case "failed":
        this.#fail(new WorkerFailed(message.message));
        break;
      case "refused":
        this.#settle(`swapped ${message.sequence}`)?.reject(new WorkerFailed(message.message));
        break;
      default:
        this.#settle(answerOf(message))?.resolve(message);
    }
  }

  #wake(): void {
    this.#onTaken?.();
    this.#onTaken = null;
  }

  /** Whoever waits, now or later, hears that nothing more will come. */
  #fail(cause: WorkerFailed): void {
    this.#failure ??= cause;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
    this.#wake();
  }

  #settle(answer: string): Waiting<FromWorker> | undefined {
    const waiting = this.#waiting.get(answer);
    this.#waiting.delete(answer);
    return waiting;
  }

  #answer(answer: string, limitMs = 0, late?: () => Error): Promise<FromWorker> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.set(answer, { resolve, reject });
      if (late === undefined) return;
      const limit = setTimeout(() => this.#settle(answer)?.reject(late()), limitMs);
      this.#waiting.set(answer, {
        resolve(message) {
          clearTimeout(limit);
          resolve(message);
        },
        reject(cause) {
          clearTimeout(limit);
          reject(cause);
        },
      });
    });
  }

  /** Begin to work. Resolves when it has read its settings and loaded its plugins. @throws {WorkerFailed} */
  async start(message: Extract<ToWorker, { type: "start" }>): Promise<void> {
    const started = this.#answer("started");
    this.send(message);
    await started;
  }

  /** Resolves when it accepts connections on a socket, or one more copy of it: one at a time. @throws {WorkerFailed} */
  async listen(message: ListenMessage, handle: unknown): Promise<void> {
    const listening = this.#answer(`listening ${message.ip}|${message.port}`);
    this.send(message, handle);
    await listening;
  }

  /**
   * Send a configuration. Resolves when it is in force.
   *
   * @throws {WorkerFailed} if the worker refuses it, or ends
   * @throws {WorkerLate}
   */
  configure(configuration: SentConfiguration): Promise<void> {
    const done = this.#sending.then(() => this.#sendConfiguration(configuration));
    this.#sending = done.catch(() => {});
    return done;
  }

  async #sendConfiguration({ rows, hash, sequence }: SentConfiguration): Promise<void> {
    for (const [entity, all] of rows) {
      const first = all[0]!; // read only where there are rows
      for (let i = 0; i < all.length; i += ROWS_PER_MESSAGE) {
        if (this.#failure !== null) throw this.#failure;
        const packed = all.slice(i, i + ROWS_PER_MESSAGE).map((row) => packRow(first, row));
        this.send({ type: "rows", entity, base: i === 0 ? first : null, rows: packed });
        if (++this.#untaken < MESSAGES_UNDER_WAY) continue;
        await new Promise<void>((resolve) => {
          this.#onTaken = resolve;
        });
      }
    }
    const swapped = this.#answer(`swapped ${sequence}`, SWAP_LIMIT_MS, () => new WorkerLate());
    this.send({ type: "swap", hash, sequence });
    await swapped;
  }

  /** Figures of the worker. @throws {WorkerFailed} if it does not answer in time */
  async collect(id: number): Promise<WorkerReport> {
    const late = (): Error => new WorkerFailed("no answer");
    const collected = this.#answer(`collected ${id}`, COLLECT_LIMIT_MS, late);
    this.send({ type: "collect", id });
    return ((await collected) as Extract<FromWorker, { type: "collected" }>).stats;
  }
}

/** By what {@link WorkerLink} finds who waits for a message. */
function answerOf(message: FromWorker): string {
  switch (message.type) {
    case "listening":
      return `listening ${message.socket}`;
    case "swapped":
      return `swapped ${message.sequence}`;
    case "collected":
      return `collected ${message.id}`;
    default:
      return message.type;
  }
}
