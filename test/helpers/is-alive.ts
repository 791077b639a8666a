/** Is there such a process? Linux alone: it is looked up in /proc. */
import { readFileSync } from "node:fs";

/** A zombie counts as gone: nobody but its parent can do anything about it. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
