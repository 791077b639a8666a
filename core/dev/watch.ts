/**
 * Tells when files of a plugin's folder change, by looking at their times again and again.
 *
 * Not by the system's events: they come several times for one save, differ between file systems and are missing in
 * containers. A plugin has few files.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Between two looks, in milliseconds. A change counts when two looks in a row see the same: then it was written to its end. */
const LOOK_MS = 150;
/** Files that are looked at. */
const FILES_MAX = 5000;
/** Folders that tools write to, not people. */
const LEFT_OUT = new Set([
  ".git",
  ".dragoman",
  ".venv",
  ".pytest_cache",
  "__pycache__",
  "node_modules",
  "target",
]);

/** What `plugin record` writes, as a rule into the plugin's own folder: no change of its code. */
const RECORDING = ".drec";

/** Names, sizes and times of what is below a folder and people write, as one text. */
export function look(folder: string): string {
  let seen = "";
  let files = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined && files < FILES_MAX; next = folders.pop()) {
    try {
      for (const entry of readdirSync(next, { withFileTypes: true })) {
        const path = join(next, entry.name);
        if (entry.isDirectory() && !LEFT_OUT.has(entry.name)) folders.push(path);
        if (!entry.isFile() || entry.name.endsWith(RECORDING) || files++ >= FILES_MAX) continue;
        const { mtimeMs, size } = statSync(path);
        seen += `${path}\0${mtimeMs}\0${size}\n`;
      }
    } catch {
      // it went away while we looked: the next look sees the rest
    }
  }
  return seen;
}

/** @returns ends the watch */
export function watchFolder(folder: string, onChange: () => void): () => void {
  let known = look(folder);
  let last = known;
  const timer = setInterval(() => {
    const now = look(folder);
    const isWhole = now === last;
    last = now;
    if (now === known || !isWhole) return;
    known = now;
    onChange();
  }, LOOK_MS);
  return () => clearInterval(timer);
}
