/** A plugin server that somebody else starts: only looked at. */
import type { Logger } from "../telemetry/log.ts";
import { probeSocket } from "./socket-file.ts";
import type { ProcessState, ProcessStatus } from "./supervised-process.ts";

/** Between two looks, in milliseconds. */
const LOOK_MS = 1000;

interface ExternalOptions {
  readonly server: string;
  readonly process: number;
  readonly socketPath: string;
  readonly log: Logger;
  onUp(): void;
  onDown(): void;
}

/**
 * Stands where a {@link SupervisedProcess} would, for a server without start command. Never ends the process.
 */
export class ExternalServer {
  readonly #options: ExternalOptions;
  #state: ProcessState = "stopped";
  #timer: NodeJS.Timeout | null = null;

  constructor(options: ExternalOptions) {
    this.#options = options;
  }

  get status(): ProcessStatus {
    const { server, process } = this.#options;
    const lastError = this.#state === "starting" ? "it does not accept connections" : null;
    return {
      server,
      process,
      state: this.#state,
      pid: null,
      restarts: 0,
      lastError,
      startedAtMs: null,
    };
  }

  start(): void {
    this.#state = "starting";
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    void this.#lookFirst();
  }

  /** A forgotten start_cmd shows in nothing else: the gateway would wait for somebody to start it. */
  async #lookFirst(): Promise<void> {
    await this.#look();
    const { socketPath, log } = this.#options;
    if (this.#state === "starting")
      log.warn({ socketPath }, "nobody serves the socket of a plugin server without start_cmd");
  }

  async #look(): Promise<void> {
    const isThere = await probeSocket(this.#options.socketPath);
    if (this.#state === "stopped" || isThere === (this.#state === "ready")) return;
    this.#state = isThere ? "ready" : "starting";
    if (isThere) this.#options.onUp();
    else this.#options.onDown();
    this.#options.log.notice({ isThere }, "plugin server has come or gone");
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#state = "stopped";
  }

  killNow(): void {
    // it is not ours
  }
}
