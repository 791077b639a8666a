/**
 * One process of a plugin server: started, watched, started again, ended.
 *
 * The start command runs as `exec <command>` in a shell, so the child is the server itself and leads a group with
 * whatever it forks; the group ends with it. Ready means that its socket accepts connections. What the process writes
 * is in the log; what it does to memory and time is for the supervisor to judge.
 */
import { execa } from "execa";
import { maskedCommand } from "../config/masked-command.ts";
import { type Isolation, NO_ISOLATION } from "../config/plugin-isolation.ts";
import type { Logger } from "../telemetry/log.ts";
import { checkIsolation, childOptions, shellText } from "./isolation.ts";
import { OutputLines } from "./output-lines.ts";
import { endGroup } from "./process-group.ts";
import { RestartDelay } from "./restart-delay.ts";
import { addName, clearSocket, hasSocketAt, probeSocket, removeName } from "./socket-file.ts";
import { isInOpenFolder, strangerAt } from "./socket-owner.ts";

/** Between SIGTERM and SIGKILL, in milliseconds. */
const STOP_TIMEOUT_MS = 3000;
/** Between two looks whether a new process accepts connections: while that is likely, and at most. */
const READY_LOOK_MS = 10;
const READY_LOOK_MS_MAX = 100;
/** For so long after its start a process is likely to be ready soon: requests wait for it, and a look costs 0.1 ms. */
const READY_LIKELY_MS = 2000;
/** A process that is not ready after this is worth a warning. */
const READY_WARNING_MS = 10_000;
/** After so many starts in vain the process counts as failed. It is still tried. */
const FAILED_STARTS = 3;
/** Between two looks whether a process that has ended may be started again, while a successor starts. */
const HELD_MS = 100;
const STRANGER =
  "somebody else's socket is in the place of a plugin server's, which does not count as ready";
const NO_SECOND_NAME = "a plugin server's socket gets no second name, the process is started anew";
/** Exit status by which a shell says that there is no such command. */
const COMMAND_NOT_FOUND = 127;

/**
 * `backoff`: ended, and started again after a delay; `failed`: so many times in vain, still tried; `stopped`:
 * nobody wants it.
 */
export type ProcessState = "starting" | "ready" | "backoff" | "failed" | "stopped";

/** What the Admin and Status API show of a process. */
export interface ProcessStatus {
  readonly server: string;
  readonly process: number;
  readonly state: ProcessState;
  readonly pid: number | null;
  readonly restarts: number;
  readonly lastError: string | null;
  /** When the process was started, in milliseconds since 1970; null where there is none, or it is not ours. */
  readonly startedAtMs: number | null;
}

interface ProcessOptions {
  readonly server: string;
  readonly process: number;
  readonly command: string;
  readonly socketPath: string;
  /** A second name for the socket, that stays its own when another process takes the first one. */
  readonly alias?: string | null;
  readonly isolation?: Isolation;
  readonly log: Logger;
  /** The process accepts connections, or does not any more. */
  onUp(): void;
  onDown(): void;
}

/** One slot of a server: `start` once, then it keeps a process there until `stop`. */
export class SupervisedProcess {
  state: ProcessState = "stopped";
  pid: number | null = null;
  restarts = 0;
  lastError: string | null = null;
  /** Second name of its socket; null: it has none. */
  alias: string | null;
  /** A successor is about to take its path: it is not started again meanwhile. */
  isHeld = false;
  #startedAtMs: number | null = null;
  readonly #options: ProcessOptions;
  readonly #log: Logger;
  readonly #delay = new RestartDelay(performance.now());
  #isWanted = false;
  /** User that it runs as; null where the system has no numbers for users. */
  #uid: number | null = null;
  #readyAtMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #killTimer: NodeJS.Timeout | null = null;
  /** Settles when the process has ended; null while there is none. */
  #ended: Promise<void> | null = null;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#log = options.log;
    this.alias = options.alias ?? null;
  }

  get status(): ProcessStatus {
    const { server, process } = this.#options;
    const { state, pid, restarts, lastError } = this;
    const startedAtMs = pid === null ? null : this.#startedAtMs;
    return { server, process, state, pid, restarts, lastError, startedAtMs };
  }

  get socketPath(): string {
    return this.#options.socketPath;
  }

  /** Is its socket where workers look for it? While names change hands nobody can tell, and it counts as there. */
  get hasSocket(): boolean {
    return this.alias !== null || this.isHeld || hasSocketAt(this.#options.socketPath);
  }

  /** @throws {InvalidSetting} where its socket cannot be */
  start(): void {
    this.#clearSocket();
    const { uid } = checkIsolation(this.#options.server, this.#isolation);
    this.#uid = uid ?? process.geteuid?.() ?? null;
    if (isInOpenFolder(this.#options.socketPath)) {
      const { socketPath } = this.#options;
      this.#log.warn(
        { socketPath },
        "everybody may write to the folder of a plugin server's socket",
      );
    }
    this.#isWanted = true;
    this.#spawn();
  }

  #spawn(): void {
    const { command, socketPath } = this.#options;
    this.state = "starting";
    this.#readyAtMs = 0;
    const added = { DRAGOMAN_PLUGIN_SERVER_SOCKET: socketPath };
    const child = execa("/bin/sh", ["-c", shellText(command, this.#isolation)], {
      stdin: "ignore",
      buffer: false,
      reject: false,
      detached: true,
      cleanup: false,
      ...childOptions(this.#isolation, process.env, added),
    });
    const { pid } = child;
    const output = new OutputLines(this.#log, pid ?? 0);
    output.follow(child.stdout);
    output.follow(child.stderr);
    child.once("error", (cause) => {
      this.lastError = cause.message; // no shell, no room for a process
    });
    this.pid = pid ?? null;
    this.#startedAtMs = Date.now();
    this.#log.info({ serverPid: pid }, "plugin server started");
    this.#ended = new Promise((resolve) => {
      const end = (code: number | null, signal: string | null): void => {
        resolve();
        this.#onEnd(pid, code, signal, output);
      };
      child.once("exit", end);
      if (pid === undefined) setImmediate(end, null, null);
    });
    this.#awaitReady(pid, performance.now()).catch((err: unknown) => {
      this.#log.error({ err, serverPid: pid }, "a plugin server's socket cannot be looked at");
    });
  }

  /** Look until the socket accepts connections or the process has ended. */
  async #awaitReady(pid: number | undefined, startedMs: number): Promise<void> {
    const { socketPath } = this.#options;
    let hasWarned = false;
    let hasMet = false;
    let lookMs = READY_LOOK_MS;
    while (this.pid === pid && this.state === "starting") {
      if (await probeSocket(socketPath)) {
        const stranger = strangerAt(socketPath, this.#uid);
        if (stranger === null) {
          if (this.pid === pid && this.state === "starting") this.#onReady(startedMs);
          return;
        }
        if (!hasMet) {
          hasMet = true;
          this.lastError = `its socket belongs to another user (${stranger})`;
          this.#log.error({ serverPid: pid, socketPath, user: stranger }, STRANGER);
        }
      }
      if (!hasWarned && performance.now() - startedMs > READY_WARNING_MS) {
        hasWarned = true;
        this.lastError = "it does not accept connections";
        this.#log.warn(
          { serverPid: pid, socketPath },
          "plugin server does not accept connections yet",
        );
      }
      await new Promise((resolve) => setTimeout(resolve, lookMs));
      const isLikely = performance.now() - startedMs < READY_LIKELY_MS;
      if (!isLikely) lookMs = Math.min(lookMs * 1.5, READY_LOOK_MS_MAX);
    }
  }

  get #isolation(): Isolation {
    return this.#options.isolation ?? NO_ISOLATION;
  }

  #clearSocket(): void {
    const { server, socketPath } = this.#options;
    clearSocket(server, socketPath);
    if (this.alias !== null) clearSocket(server, this.alias);
  }

  #onReady(startedMs: number): void {
    const { socketPath } = this.#options;
    const failure = this.alias === null ? null : addName(socketPath, this.alias);
    if (failure !== null) {
      this.#log.error({ serverPid: this.pid, alias: this.alias, why: failure }, NO_SECOND_NAME);
      return this.recycle();
    }
    this.state = "ready";
    this.#readyAtMs = performance.now();
    const startMs = Math.round(this.#readyAtMs - startedMs);
    this.#log.info({ serverPid: this.pid, startMs }, "plugin server is ready");
    this.#options.onUp();
  }

  #onEnd(
    pid: number | undefined,
    code: number | null,
    signal: string | null,
    output: OutputLines,
  ): void {
    endGroup(pid, "SIGKILL"); // what it forked
    if (this.#killTimer !== null) clearTimeout(this.#killTimer);
    this.#killTimer = null;
    const nowMs = performance.now();
    const wasInService = this.#readyAtMs !== 0 || signal === "SIGKILL";
    this.pid = null;
    this.#ended = null;
    this.#options.onDown();
    if (!this.#isWanted) {
      this.state = "stopped";
      this.#log.info({ serverPid: pid }, "plugin server stopped");
      return;
    }
    const restartDelayMs = Math.round(this.#delay.next(wasInService, nowMs));
    this.lastError = this.#describeEnd(code, signal);
    const isFailed = this.#delay.failures >= FAILED_STARTS || code === COMMAND_NOT_FOUND;
    this.state = isFailed ? "failed" : "backoff";
    const fields = {
      serverPid: pid,
      exitCode: code,
      signal,
      restarts: this.restarts,
      restartDelayMs,
      lastOutput: output.tail,
    };
    if (this.#delay.failures === 1) this.#log.error(fields, this.lastError);
    else this.#log.warn(fields, this.lastError);
    this.#timer = setTimeout(() => this.#restart(), restartDelayMs);
  }

  #describeEnd(code: number | null, signal: string | null): string {
    const { server, command } = this.#options;
    if (code === COMMAND_NOT_FOUND) {
      return `external pluginserver "${server}" start command "${maskedCommand(command)}" exited with "command not found"`;
    }
    if (code === null && signal === null) return `plugin server ${server} could not be started`;
    return `plugin server ${server} ended with ${signal ?? `status ${code}`}`;
  }

  #restart(): void {
    this.#timer = null;
    if (this.isHeld) {
      this.#timer = setTimeout(() => this.#restart(), HELD_MS);
      return;
    }
    this.restarts++;
    try {
      this.#clearSocket();
    } catch (cause) {
      this.state = "failed";
      this.lastError = cause instanceof Error ? cause.message : String(cause);
      this.#log.error({ err: cause }, "plugin server cannot be started again");
      this.#timer = setTimeout(() => this.#restart(), this.#delay.next(false, performance.now()));
      return;
    }
    this.#spawn();
  }

  /** End the process; the next one follows at once, or after the delay that it has earned. */
  recycle(): void {
    if (this.pid !== null) this.#terminate(this.pid);
  }

  #terminate(pid: number): void {
    endGroup(pid, "SIGTERM");
    if (this.#killTimer !== null) return;
    this.#killTimer = setTimeout(() => {
      this.#log.warn(
        { serverPid: pid, stopTimeoutMs: STOP_TIMEOUT_MS },
        "plugin server ignores SIGTERM, killed",
      );
      endGroup(pid, "SIGKILL");
    }, STOP_TIMEOUT_MS);
  }

  /** End it for good. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.pid === null || this.#ended === null) {
      this.state = "stopped";
      return;
    }
    this.#terminate(this.pid);
    await this.#ended;
    if (this.alias !== null) removeName(this.alias);
  }

  /** The gateway is about to vanish: one signal, no waiting. */
  killNow(): void {
    if (this.pid !== null) endGroup(this.pid, "SIGKILL");
  }
}
