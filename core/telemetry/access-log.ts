/**
 * The access log: a line per request, collected and written in few large writes.
 *
 * A request only appends to a string. The string is written when it is long enough or a moment old, by one write at a
 * time, off the event loop; while that write is stuck (a full disk, a pipe that nobody reads) lines are kept up to a
 * limit and then dropped and counted: a log must not take the gateway down. What a line looks like: access-line.ts.
 */
import { closeSync, mkdirSync, openSync, write as writeFile, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LogNotOpened } from "./log-not-opened.ts";

/** Characters that are collected before a write is started without waiting for the interval. */
export const FLUSH_CHARS = 64 * 1024;
/** Longest time that a line waits before its write is started, in milliseconds. */
const FLUSH_INTERVAL_MS = 100;
/** Characters that are kept while a write is under way; lines beyond it are dropped. */
export const PENDING_CHARS_MAX = 4 * 1024 * 1024;
/** Lines that are lost are told of at once, and then as often as this, in milliseconds. */
const LOST_EVERY_MS = 60_000;
/** Wait before another try when a stream takes nothing (EAGAIN), in milliseconds. */
const RETRY_MS = 50;

const STREAMS: Readonly<Record<string, number>> = {
  stdout: 1,
  "/dev/stdout": 1,
  stderr: 2,
  "/dev/stderr": 2,
};

/** Lines of an access log on their way to its file: gathered, and written without waiting. */
export class AccessLog {
  /** Lines that were lost because the destination did not take them. */
  dropped = 0;
  /** Told that lines are lost, and for what: how many in all. */
  onLost: (dropped: number, cause: Error) => void = () => {};
  #lostMs = -LOST_EVERY_MS;
  readonly #path: string | null;
  #fd: number;
  #pending = "";
  #timer: NodeJS.Timeout | null = null;
  /** Bytes that are being written, null when no write is under way. */
  #writing: Buffer | null = null;
  #idle: (() => void)[] = [];
  #closed = false;
  /** Set by {@link reopen} while a write is under way. */
  #reopenNext = false;
  readonly #onExit = (): void => this.#flushSync();

  private constructor(fd: number, path: string | null) {
    this.#fd = fd;
    this.#path = path;
    process.on("exit", this.#onExit);
  }

  /**
   * Open the log that a setting such as `proxy_access_log` names.
   *
   * @param setting "off", or a path (relative to the prefix) or standard stream, and after a space whatever nginx takes
   *   there (the name of a format, `buffer=`...), which is not looked at
   * @param prefix absolute path of the gateway's prefix
   * @returns null for "off"
   * @throws {LogNotOpened}
   */
  static open(setting: string, prefix: string): AccessLog | null {
    const [destination = "off"] = setting.trim().split(/\s+/);
    if (destination === "off" || destination === "") return null;
    const stream = STREAMS[destination];
    if (stream !== undefined) return new AccessLog(stream, null);
    const path = resolve(prefix, destination);
    try {
      mkdirSync(dirname(path), { recursive: true });
      return new AccessLog(openSync(path, "a"), path);
    } catch (cause) {
      throw new LogNotOpened(path, cause as Error);
    }
  }

  /** Append a line, without a line feed at its end. Never throws, never waits. */
  write(line: string): void {
    if (this.#pending.length + line.length > PENDING_CHARS_MAX || this.#closed) {
      this.dropped++;
      return;
    }
    this.#pending += `${line}\n`;
    if (this.#writing !== null) return;
    if (this.#pending.length >= FLUSH_CHARS) this.#flush();
    else this.#timer ??= setTimeout(this.#onTimer, FLUSH_INTERVAL_MS).unref();
  }

  readonly #onTimer = (): void => {
    this.#timer = null;
    this.#flush();
  };

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#writing !== null) return;
    if (this.#reopenNext) this.#openAgain();
    if (this.#pending === "") {
      const idle = this.#idle;
      this.#idle = [];
      for (const resolveIdle of idle) resolveIdle();
      return;
    }
    this.#writing = Buffer.from(this.#pending, "utf8");
    this.#pending = "";
    this.#writeOn();
  }

  #writeOn(): void {
    const bytes = this.#writing!;
    writeFile(this.#fd, bytes, 0, bytes.length, null, (error, written) => {
      if (error !== null && error.code === "EAGAIN") {
        setTimeout(() => this.#writeOn(), RETRY_MS).unref();
        return;
      }
      if (error === null && written < bytes.length) {
        this.#writing = bytes.subarray(written);
        this.#writeOn();
        return;
      }
      if (error !== null) this.#lose(bytes, error);
      this.#writing = null;
      this.#flush();
    });
  }

  #lose(bytes: Buffer, cause: Error): void {
    for (const byte of bytes) if (byte === 10) this.dropped++;
    const nowMs = performance.now();
    if (nowMs - this.#lostMs < LOST_EVERY_MS) return;
    this.#lostMs = nowMs;
    this.onLost(this.dropped, cause);
  }

  /** Open the file anew, after it was moved away; what was collected before goes to the old one or the new one. */
  reopen(): void {
    if (this.#path === null || this.#closed) return;
    if (this.#writing === null) this.#openAgain();
    else this.#reopenNext = true;
  }

  #openAgain(): void {
    this.#reopenNext = false;
    if (this.#path === null) return;
    try {
      const fd = openSync(this.#path, "a");
      closeSync(this.#fd);
      this.#fd = fd;
    } catch {
      // The old file stays open: lines in a file that was moved away are better than no lines.
    }
  }

  /** Resolves when everything that was written until now has been handed to the system. */
  flushed(): Promise<void> {
    return new Promise((resolveIdle) => {
      this.#idle.push(resolveIdle);
      if (this.#writing === null) this.#flush();
    });
  }

  /** Write what is left and close the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.flushed();
    this.#closed = true;
    process.off("exit", this.#onExit);
    if (this.#path !== null) closeSync(this.#fd);
  }

  /** When the process ends in a hurry: the write under way belongs to the system, the rest is written here. */
  #flushSync(): void {
    if (this.#pending === "") return;
    try {
      writeSync(this.#fd, this.#pending);
    } catch {
      // The process is ending; there is nobody left to tell.
    }
    this.#pending = "";
  }
}
