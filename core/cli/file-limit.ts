/**
 * Warns of a limit of open files that traffic will reach. At the limit the system closes connections as they come and
 * tells nobody, so that a line at the start is all that an operator can have.
 */
import { readFileSync } from "node:fs";

/** Below so many a gateway is short of descriptors under ordinary traffic; Kong asks for as many. */
const FILES_ADVISED = 4096;

/**
 * @param limits what the system says of a process' limits (`/proc/self/limits`)
 * @returns the warning, or nothing where there are enough, or the system does not tell
 */
export function fileLimitWarning(limits = ownLimits()): string | undefined {
  const most = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? FILES_ADVISED);
  if (most >= FILES_ADVISED) return undefined;
  return `only ${most} files may be open (ulimit -n): connections beyond that are closed as they come; allow ${FILES_ADVISED} or more`;
}

function ownLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return "";
  }
}
