/**
 * Reads the syntax of kong.conf: `name = value`, `#` begins a comment (`\#` does not), a backslash at the end goes on in
 * the next line. Sections, lines without `=` and quotes mean nothing: quotes are part of the value.
 *
 * Knows no settings: names that nobody knows are sorted out by load.ts.
 */
import { existsSync, readFileSync } from "node:fs";
import { InvalidSetting } from "../errors.ts";

/** Where a file is looked for if none is named, in this order. */
export const DEFAULT_CONF_FILES = ["/etc/kong/kong.conf", "/etc/kong.conf"] as const;

/** Names in lower case as written, values without surrounding blanks; of a name given twice the last. */
export function parseConf(content: string): Map<string, string> {
  const values = new Map<string, string>();
  const joined = content.replace(/\\[ \t]*\r?\n/g, " ");
  for (const line of joined.split("\n")) {
    const bare = withoutComment(line);
    const equals = bare.indexOf("=");
    if (equals < 0) continue;
    const name = bare.slice(0, equals).trim();
    if (name !== "") values.set(name, bare.slice(equals + 1).trim());
  }
  return values;
}

function withoutComment(line: string): string {
  const hash = /(?<!\\)#/.exec(line);
  return (hash === null ? line : line.slice(0, hash.index)).replaceAll("\\#", "#");
}

/** A value as it must stand in a file so that {@link parseConf} reads it back. */
export function escapeConf(value: string): string {
  return value.replaceAll("#", "\\#");
}

/**
 * @throws {InvalidSetting} with Kong's words if there is no such file, or it cannot be read
 */
export function readConfFile(path: string): Map<string, string> {
  if (!existsSync(path)) throw new InvalidSetting(`no file at: ${path}`);
  try {
    return parseConf(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new InvalidSetting(`could not load config file: ${path}: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "EISDIR") return "Is a directory";
  if (code === "EACCES") return "Permission denied";
  return (cause as Error).message;
}

/** The file that counts where none was named; undefined if there is none. */
export function findConfFile(): string | undefined {
  return DEFAULT_CONF_FILES.find((path) => existsSync(path));
}
