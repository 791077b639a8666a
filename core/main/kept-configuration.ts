/**
 * The file in the prefix that holds the last POST /config, so that it outlives a restart.
 *
 * A document that is in force counts, whether or not there is room for its file: where the disk is full the gateway goes on
 * with it, says so, and tries again until the file is there. What stood there before stays whole meanwhile.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GatewayError } from "../errors.ts";
import type { Logger } from "../telemetry/log.ts";

/** Its name, relative to the prefix. */
const KEPT_FILE = "config.cache.json";
/** Time between two tries to write what could not be written, in milliseconds. */
const RETRY_MS = 5000;

/** The file is there and cannot be read: a start without it would serve nothing of what was posted. */
class KeptConfigUnreadable extends GatewayError {
  override readonly name = "KeptConfigUnreadable";
  constructor(path: string, cause: Error) {
    super("KEPT_CONFIG_UNREADABLE", 500, `could not read ${path}: ${cause.message}`, { cause });
  }
}

/** One for each prefix and process. `end` has to be called last. */
export class KeptConfiguration {
  readonly path: string;
  readonly #log: Logger;
  /** What is yet to be written. */
  #unwritten: string | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(prefix: string, log: Logger) {
    this.path = join(prefix, KEPT_FILE);
    this.#log = log;
  }

  /**
   * @returns null where nothing is kept
   * @throws {KeptConfigUnreadable}
   */
  read(): string | null {
    try {
      return readFileSync(this.path, "utf8");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw new KeptConfigUnreadable(this.path, cause as Error);
    }
  }

  /** Write it, now or as soon as it can be. */
  write(text: string): void {
    this.#unwritten = text;
    const cause = this.#tryToWrite();
    if (cause === null) return;
    const { path } = this;
    this.#log.error(
      { err: cause, path, retryMs: RETRY_MS },
      "a posted configuration is in force, and could not be kept for a restart yet",
    );
  }

  /** A restart does not begin with it any more. */
  forget(): void {
    this.#unwritten = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** The gateway ends: the last chance for what is yet to be written. */
  end(): void {
    if (this.#unwritten !== null) this.#tryToWrite();
    this.forget();
  }

  /** @returns why it could not be written; then it will be tried again */
  #tryToWrite(): unknown {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const draft = `${this.path}.new`;
    try {
      writeFileSync(draft, this.#unwritten!, { mode: 0o600 });
      renameSync(draft, this.path);
      this.#unwritten = null;
      return null;
    } catch (cause) {
      rmSync(draft, { force: true }); // a full disk is not filled further
      this.#timer = setTimeout(() => this.#retry(), RETRY_MS).unref();
      return cause;
    }
  }

  #retry(): void {
    const { path } = this;
    if (this.#tryToWrite() === null) this.#log.notice({ path }, "a posted configuration is kept");
  }
}
