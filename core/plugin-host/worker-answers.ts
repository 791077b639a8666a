/**
 * What the workers answer while the code of a plugin server changes: that they are prepared for a generation, and that they
 * have nothing under way in one any more. Every wait has a limit, because a worker may die before it answers.
 */
import { GatewayError } from "../errors.ts";
import type { PluginServerReport } from "./notices.ts";

/** The new code is not good enough; the message says why. */
export class CodeRefused extends GatewayError {
  override readonly name = "CodeRefused";
  constructor(message: string) {
    super("PLUGIN_SERVER_RELOAD_REFUSED", 409, message);
  }
}

/** The answers to one server's changes; one preparation and any number of departures are waited for at a time. */
export class WorkerAnswers {
  /** Who waits for the workers' word on a generation that they prepare. */
  #onPrepared: (report: PluginServerReport) => void = () => {};
  readonly #left = new Map<number, () => void>();
  #isStopped = false;

  /**
   * Resolves when every worker has started what it needs there.
   *
   * @param tell sends the order; returns how many workers will answer
   * @throws {CodeRefused} where one cannot, or says nothing within `limitMs`
   */
  prepared(generation: number, tell: () => number, limitMs: number): Promise<void> {
    let left = 0;
    return new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => end(new CodeRefused("a worker did not answer")), limitMs);
      const end = (cause: CodeRefused | null): void => {
        clearTimeout(limit);
        this.#onPrepared = () => {};
        if (cause === null) resolve();
        else reject(cause);
      };
      this.#onPrepared = ({ generation: about, what, reason }) => {
        if (about !== generation) return;
        if (what === "refused") end(new CodeRefused(reason ?? "a worker cannot use it"));
        else if (what === "prepared" && --left === 0) end(null);
      };
      left = tell();
      if (left === 0) end(null);
    });
  }

  /** Resolves when so many workers have nothing under way there, or `limitMs` is over, or at once after {@link stop}. */
  allLeft(generation: number, workers: number, limitMs: number): Promise<void> {
    let left = workers;
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(limit);
        this.#left.delete(generation);
        resolve();
      };
      const limit = setTimeout(end, limitMs);
      if (this.#isStopped || left <= 0) return end();
      this.#left.set(generation, () => {
        if (--left <= 0 || this.#isStopped) end();
      });
    });
  }

  /** A report from a worker; one that nobody waits for is passed over. */
  onReport(report: PluginServerReport): void {
    if (report.what === "left") this.#left.get(report.generation ?? 0)?.();
    this.#onPrepared(report);
  }

  /** The gateway ends: nobody is waited for any more. */
  stop(): void {
    this.#isStopped = true;
    for (const told of [...this.#left.values()]) told();
  }
}
