/**
 * The gateway that runs in a prefix, as other processes see it: its pid file, whether it lives, signals to it.
 *
 * The primary writes and removes the file. A number may be left over from a crash and belong to anybody by now, so where
 * the system tells, the process must look like one of ours.
 */
import { readFileSync, realpathSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pidFilePath } from "../config/settings.ts";
import { CommandFailed } from "./command.ts";

/** Time between two looks at a process that is to end. */
const POLL_MS = 20;

/** @returns the primary's process id if it runs, else undefined */
export function runningPid(prefix: string): number | undefined {
  const pid = Number(textOf(pidFilePath(prefix)));
  return Number.isInteger(pid) && pid > 1 && isAlive(pid) && looksLikeOurs(pid, prefix)
    ? pid
    : undefined;
}

/** What there is no file behind: a gateway that ends takes it away at any moment, and a prefix may be a file itself. */
const NO_FILE: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR"]);

/** "" where there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    if (NO_FILE.has((cause as NodeJS.ErrnoException).code)) return "";
    throw cause;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // EPERM: there is such a process, and it belongs to somebody else.
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Node, running a primary of this very prefix, or a command line in the foreground, which does not name its prefix. */
function looksLikeOurs(pid: number, prefix: string): boolean {
  let words: string[];
  try {
    words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return true; // this system does not tell
  }
  if (!/node/.test(basename(words[0] ?? ""))) return false;
  const isPrimary = words.some((word) => /[/\\]primary(-process)?\.(cjs|ts)$/.test(word));
  if (isPrimary) return isSameFolder(words.at(-1)!, prefix);
  return words.some((word) => /dragoman|[/\\]cli([/\\]index)?\.(cjs|ts)$/.test(word));
}

function isSameFolder(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

/**
 * @throws {CommandFailed} in Kong's words if nothing runs in the prefix
 */
export function signalGateway(prefix: string, signal: NodeJS.Signals): number {
  const pid = runningPid(prefix);
  if (pid === undefined) throw new CommandFailed(`nginx not running in prefix: ${prefix}`);
  try {
    process.kill(pid, signal);
  } catch (cause) {
    throw new CommandFailed(`could not signal process ${pid}: ${(cause as Error).message}`, {
      cause,
    });
  }
  return pid;
}

/** @returns true as soon as the process is gone, false if it is still there after `limitMs` */
export async function waitForExit(prefix: string, limitMs: number): Promise<boolean> {
  for (
    const until = performance.now() + limitMs;
    runningPid(prefix) !== undefined;
    await sleep(POLL_MS)
  ) {
    if (performance.now() > until) return false;
  }
  return true;
}
