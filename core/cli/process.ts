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

/**
 * @returns the primary's process id if it runs, else undefined
 * @throws {CommandFailed} if its file is there and cannot be read: who knows what runs
 */
export function runningPid(prefix: string): number | undefined {
  const pid = Number(textOf(pidFilePath(prefix)));
  return mayBeOther(pid) && looksLikeOurs(wordsOf(pid), prefix) ? pid : undefined;
}

/** Is there such a process, and is it a command line of ours, but for this one? */
export function isCommandLine(pid: number): boolean {
  if (!mayBeOther(pid)) return false;
  const words = wordsOf(pid);
  return words === null || (isNode(words) && namesCommandLine(words));
}

/**
 * This process itself is none that another start left behind: in a container that was started again numbers come back.
 * There the gateway may be process 1, which elsewhere belongs to the system.
 */
function mayBeOther(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1 || pid === process.pid || !isAlive(pid)) return false;
  return pid > 1 || wordsOf(pid) !== null;
}

/** What there is no file behind: a gateway that ends takes it away at any moment, and a prefix may be a file itself. */
const NO_FILE: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR"]);

/** "" where there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    if (NO_FILE.has((cause as NodeJS.ErrnoException).code)) return "";
    throw new CommandFailed(`could not read ${path}: ${(cause as Error).message}`, { cause });
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

/** The command line of a process; null where the system does not tell. */
function wordsOf(pid: number): readonly string[] | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return null;
  }
}

function isNode(words: readonly string[]): boolean {
  return /node/.test(basename(words[0] ?? ""));
}

function namesCommandLine(words: readonly string[]): boolean {
  return words.some((word) => /(?:^|[/\\])(?:dragoman|cli(?:[/\\]index)?\.(?:cjs|ts))$/.test(word));
}

/** Node, running a primary of this very prefix, or a command line in the foreground, which does not name its prefix. */
function looksLikeOurs(words: readonly string[] | null, prefix: string): boolean {
  if (words === null) return true;
  if (!isNode(words)) return false;
  const isPrimary = words.some((word) => /[/\\]primary(-process)?\.(cjs|ts)$/.test(word));
  if (isPrimary) return isSameFolder(words.at(-1)!, prefix);
  return namesCommandLine(words);
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
export function waitForExit(prefix: string, limitMs: number): Promise<boolean> {
  return waitUntil(() => runningPid(prefix) === undefined, limitMs);
}

/** @returns true as soon as it is so, false if it is not after `limitMs` */
export async function waitUntil(isSo: () => boolean, limitMs: number): Promise<boolean> {
  for (const until = performance.now() + limitMs; !isSo(); await sleep(POLL_MS)) {
    if (performance.now() > until) return false;
  }
  return true;
}
