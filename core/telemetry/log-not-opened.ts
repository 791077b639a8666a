/** What is said of a log that cannot be written: by the error log of a process and by access logs alike. */
import { GatewayError } from "../errors.ts";

export class LogNotOpened extends GatewayError {
  override readonly name = "LogNotOpened";

  /** @param path of the log @param cause the system's error, which names it once more */
  constructor(path: string, cause: NodeJS.ErrnoException) {
    const why = cause.message.replace(/, (?:open|mkdir) '.*'$/s, "");
    super("LOG_NOT_OPENED", 500, `could not open the log ${path}: ${why}`, { cause });
  }
}
