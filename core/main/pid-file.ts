/** The file with the primary's process id, by which the command line finds the gateway of a prefix. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { GatewayError } from "../errors.ts";

/** Without that file nobody could stop the gateway, so there is none without it. */
class PidNotWritten extends GatewayError {
  override readonly name = "PidNotWritten";
  constructor(path: string, cause: Error) {
    super("PID_NOT_WRITTEN", 500, `could not write ${path}: ${cause.message}`, { cause });
  }
}

/** @throws {PidNotWritten} */
export function writePid(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${process.pid}\n`);
  } catch (cause) {
    throw new PidNotWritten(path, cause as Error);
  }
}

/** Only if it is ours: a start that failed may have come upon another gateway's prefix. */
export function removePid(path: string): void {
  if (!existsSync(path) || readFileSync(path, "utf8").trim() !== String(process.pid)) return;
  rmSync(path, { force: true });
}
