/** Waiting for what shows by itself: a line in a log, a file, a process that is gone. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** How long that may take, in milliseconds: a last resort, for a machine may be busy. */
export const SHOWS_MS = 240_000;
const LOOK_MS = 20;

/**
 * Look until it holds.
 *
 * @param what for the message where it never does
 * @param holds asked again and again; an error of it is "not yet", the last one is told
 */
export async function shows(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const until = performance.now() + SHOWS_MS;
  let cause: unknown;
  for (;;) {
    try {
      if (await holds()) return;
      cause = undefined;
    } catch (thrown) {
      cause = thrown;
    }
    assert.ok(
      performance.now() < until,
      `never: ${what}${cause === undefined ? "" : ` (${cause})`}`,
    );
    await sleep(LOOK_MS);
  }
}

/** Is it there, and no zombie that nobody has waited for? */
export function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
