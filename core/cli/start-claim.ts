/**
 * One start at a time in a prefix: who starts a gateway there holds a file with its process id until the gateway answers.
 *
 * Without it two starts at once would both find nothing running, and the settings of one would become those of the
 * other's workers. It also tells `stop` whom to tell while there is no gateway yet. The file is made under another name
 * and linked to its own, so that it is never there without its number; a number whose process is gone counts for nothing.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CommandFailed } from "./command.ts";
import { isCommandLine } from "./process.ts";

/** How often a claim that somebody left behind is cleared away: more of them mean that others are at it, too. */
const TRIES_MAX = 3;

function claimPath(prefix: string): string {
  return join(prefix, "pids/start.pid");
}

/** @returns the process that starts a gateway in this prefix, else undefined */
export function startingPid(prefix: string): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(claimPath(prefix), "utf8"));
  } catch {
    return undefined;
  }
  return isCommandLine(pid) ? pid : undefined;
}

/**
 * @returns gives the claim back, once: afterwards the file may be somebody else's
 * @throws {CommandFailed} if somebody else starts a gateway here, or no file can be written
 */
export function claimStart(prefix: string): () => void {
  const path = claimPath(prefix);
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, `${process.pid}\n`);
    for (let tries = TRIES_MAX; !isLinked(draft, path); tries--) {
      const other = startingPid(prefix);
      if (other !== undefined || tries === 0) {
        const who = other === undefined ? "" : ` (process ${other})`;
        throw new CommandFailed(`Kong is being started in ${prefix} already${who}`);
      }
      rmSync(path, { force: true });
    }
  } catch (cause) {
    if (cause instanceof CommandFailed) throw cause;
    throw new CommandFailed(`could not prepare ${prefix}: ${(cause as Error).message}`, { cause });
  } finally {
    removeDraft(draft);
  }
  let isHeld = true;
  return () => {
    if (isHeld) rmSync(path, { force: true });
    isHeld = false;
  };
}

/** Where it could not even be made, that is what is told. */
function removeDraft(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // a file stands where its folder should be, or the disk is read-only since
  }
}

/** @returns false where that name is taken */
function isLinked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}
