/**
 * Lines that plugins and plugin servers send over the native connection, in the gateway's log: with level, plugin and
 * request.
 *
 * So many for each second; a plugin that logs in a loop must not fill the disk, or cost the worker its time.
 */
import type { Logger } from "../../telemetry/log.ts";
import { LOG_LINE_CHARS_MAX, LOG_LINES_PER_SECOND } from "./limits.ts";
import type { Fields } from "../protobuf/shape-table.ts";

const LEVELS = {
  debug: "debug",
  info: "info",
  notice: "notice",
  warn: "warn",
  err: "error",
  crit: "crit",
  alert: "alert",
  emerg: "emerg",
} as const;

/**
 * One for each plugin server and worker, whatever the number of its processes: the bound is for all of them.
 */
export class ServerLog {
  /** Lines that were dropped. */
  dropped = 0;
  readonly #log: Logger;
  #second = 0;
  #lines = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param requestId "" for a line that belongs to no request */
  write({ level, message, plugin }: Fields, requestId: string): void {
    const log = LEVELS[level as keyof typeof LEVELS] ?? "notice";
    if (!this.#log.isLevelEnabled(log)) return;
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#lines = 0;
    }
    if (++this.#lines > LOG_LINES_PER_SECOND) {
      if (this.#lines === LOG_LINES_PER_SECOND + 1) {
        this.#log.warn(
          { limit: LOG_LINES_PER_SECOND },
          "plugin server logs too much, lines are dropped",
        );
      }
      this.dropped++;
      return;
    }
    const fields: Record<string, unknown> = {};
    if (requestId !== "") fields.request_id = requestId;
    if (plugin !== "") fields.plugin = plugin;
    this.#log[log](fields, String(message).slice(0, LOG_LINE_CHARS_MAX));
  }
}
