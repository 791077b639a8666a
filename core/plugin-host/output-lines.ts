/**
 * Turns what a plugin server writes to stdout and stderr into lines of the log.
 *
 * A pipe that nobody reads stops its writer, so everything is always read; what comes faster than the log may grow is
 * counted and dropped, and a server that writes without end is read slowly, so that it costs the gateway little.
 */
import type { Readable } from "node:stream";
import type { Logger } from "../telemetry/log.ts";

/** Longest line that is logged; the rest of it is cut off. */
const LINE_CHARS_MAX = 4096;
/** Lines for each {@link WINDOW_MS}; more are dropped and counted. */
export const LINES_PER_WINDOW = 200;
/** Bytes for each {@link WINDOW_MS}; then the pipe is read {@link PACE_MS} apart. */
const BYTES_PER_WINDOW = 1024 * 1024;
/** Lines and bytes are counted anew after so many milliseconds. */
export const WINDOW_MS = 1000;
const PACE_MS = 10;
/** What is kept of the end, to be shown when the process dies. */
const TAIL_CHARS = 500;

/** Of one life of a process; `follow` is called for stdout and for stderr, which share the bounds. */
export class OutputLines {
  readonly #log: Logger;
  readonly #pid: number;
  #rest = "";
  #tail = "";
  #windowStartMs = 0;
  #lines = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(log: Logger, pid: number) {
    this.#log = log;
    this.#pid = pid;
  }

  /** The last words. */
  get tail(): string {
    return this.#tail.trim();
  }

  follow(stream: Readable): void {
    stream.setEncoding("utf8");
    stream.on("error", () => {}); // the pipe of a process that was killed
    stream.on("data", (text: string) => {
      this.#add(text);
      if (this.#bytes <= BYTES_PER_WINDOW) return;
      stream.pause();
      setTimeout(() => stream.resume(), PACE_MS);
    });
    stream.on("end", () => {
      this.#line(this.#rest);
      this.#rest = "";
      this.#newWindow(performance.now());
    });
  }

  #add(text: string): void {
    const now = performance.now();
    if (now - this.#windowStartMs >= WINDOW_MS) this.#newWindow(now);
    this.#bytes += text.length;
    this.#tail =
      text.length >= TAIL_CHARS ? text.slice(-TAIL_CHARS) : (this.#tail + text).slice(-TAIL_CHARS);
    if (this.#lines >= LINES_PER_WINDOW) {
      this.#dropped += text.length;
      this.#rest = "";
      return;
    }
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!.slice(0, LINE_CHARS_MAX);
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    const text = line.trimEnd();
    if (text === "") return;
    if (this.#lines++ >= LINES_PER_WINDOW) this.#dropped += text.length;
    else
      this.#log.info(
        { serverPid: this.#pid, line: text.slice(0, LINE_CHARS_MAX) },
        "plugin server says",
      );
  }

  #newWindow(now: number): void {
    if (this.#dropped > 0) {
      this.#log.warn(
        { serverPid: this.#pid, droppedBytes: this.#dropped },
        "plugin server writes more than is logged",
      );
    }
    this.#windowStartMs = now;
    this.#lines = 0;
    this.#bytes = 0;
    this.#dropped = 0;
  }
}
