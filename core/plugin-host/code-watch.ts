/**
 * Files and folders of a plugin server whose change gives it new code: for people who write plugins.
 *
 * An editor writes a file in several steps and a build many files, so the reload waits until nothing has changed for a
 * while; a change during a reload is another one after it.
 */
import { type FSWatcher, watch } from "node:fs";
import type { Logger } from "../telemetry/log.ts";

/** Without a change for so long, the code is complete. */
const QUIET_MS = 150;
/** Until a reload that found another one under way is tried again. */
const AGAIN_MS = 500;
/** Parts of paths that say nothing of the code. */
const IGNORED = /(?:^|\/)(?:\.git|node_modules|__pycache__)(?:\/|$)|~$|\.sw[a-z]$/;

/**
 * Watches from the moment it is made. A path that cannot be watched is a warning, and the others are still.
 */
export class CodeWatch {
  readonly #watchers: FSWatcher[] = [];
  readonly #log: Logger;
  readonly #reload: () => Promise<boolean>;
  #timer: NodeJS.Timeout | null = null;

  /** @param reload resolves to false where it has to be tried again */
  constructor(paths: readonly string[], log: Logger, reload: () => Promise<boolean>) {
    this.#log = log;
    this.#reload = reload;
    for (const path of paths) this.#follow(path);
  }

  #follow(path: string): void {
    try {
      const watcher = watch(path, { recursive: true }, (_, name) => {
        if (name === null || !IGNORED.test(name)) this.#soon(QUIET_MS);
      });
      watcher.on("error", (err) => this.#log.warn({ err, path }, "cannot watch any more"));
      watcher.unref();
      this.#watchers.push(watcher);
    } catch (err) {
      this.#log.warn({ err, path }, "cannot watch");
    }
  }

  #soon(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), ms);
  }

  async #run(): Promise<void> {
    this.#timer = null;
    try {
      if (!(await this.#reload())) this.#soon(AGAIN_MS);
    } catch (err) {
      this.#log.error({ err }, "a reload after a change failed");
    }
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }
}
