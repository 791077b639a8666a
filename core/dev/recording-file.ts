/**
 * The file of `plugin record`: it ends at its limit, and where the disk takes no more; what is in it are whole lines.
 * Either end is told with its reason, and who records stops as it does when it is interrupted.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import type { LineSink } from "./recording.ts";
import { ToolFailed } from "./tool-failed.ts";

/** Largest recording, in bytes; there it ends. */
const RECORDING_BYTES_MAX = 64 * 1024 * 1024;

export class RecordingFile {
  bytes = 0;
  /** There is nothing in it, and there will be nothing. */
  isRefused = false;
  /** The disk did not take all of it. */
  isShort = false;
  readonly ended: Promise<string>;
  #end: (why: string) => void = () => {};
  readonly #fd: number;

  /** @throws {ToolFailed} where it is there already, or cannot be made */
  constructor(path: string) {
    try {
      this.#fd = openSync(path, "wx", 0o600);
    } catch (cause) {
      throw new ToolFailed(`cannot make ${path}: ${(cause as Error).message}`, { cause });
    }
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  readonly write: LineSink = (text) => {
    const bytes = Buffer.from(text);
    if (this.isShort) return false;
    if (this.bytes + bytes.length > RECORDING_BYTES_MAX) {
      this.#end(`it has ${RECORDING_BYTES_MAX} bytes, which is the limit`);
      return false;
    }
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (cause) {
      this.isShort = true;
      this.#cutHalfLine();
      this.#end(`no more could be written: ${(cause as Error).message}`);
      return false;
    }
    this.bytes += bytes.length;
    return true;
  };

  #cutHalfLine(): void {
    try {
      ftruncateSync(this.#fd, this.bytes);
    } catch {
      // a disk that does not even do that; the reader of a recording passes over a half line
    }
  }

  end(why: string): void {
    this.#end(why);
  }

  /** Nothing can be recorded of that. */
  refuse(protocol: string): void {
    this.isRefused = true;
    this.#end(
      `the gateway speaks ${protocol} with this plugin server, and only the native protocol (Dragoman:1) is recorded: ` +
        "plugins on an SDK of plugin-sdk/ or behind a server of plugin-servers/ speak it",
    );
  }

  close(): void {
    closeSync(this.#fd);
  }
}
