/**
 * What a plugin of a plugin server may read of a request, and write: `pluginserver_<server>_plugin_<plugin>_read` and
 * `_write`.
 *
 * A list of items divided by `;`, each a word and, for headers, the names that it is about: `headers:x-a,x-b;body`. A plugin
 * whose setting is there may do what is listed and nothing else of these kinds; `none` lists nothing, and `headers` without
 * names is all of them. What no word stands for (addresses, the Route, kong.ctx, the log) is free.
 */
import { InvalidSetting } from "../errors.ts";

/** What `_read` may list. */
export const READ_WORDS = [
  "headers",
  "query",
  "body",
  "consumer",
  "credential",
  "response_headers",
  "response_body",
  "vault",
] as const;
/** What `_write` may list. */
export const WRITE_WORDS = [
  "headers",
  "method",
  "path",
  "query",
  "body",
  "upstream",
  "consumer",
  "status",
  "response_headers",
  "response_body",
  "exit",
] as const;
/** Words that may name headers. */
const NAMED: ReadonlySet<string> = new Set(["headers", "response_headers"]);
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** By word: true for all of it, or names of headers in lower case; plain JSON. A word that is not there is forbidden. */
export type AccessList = Readonly<Record<string, true | readonly string[]>>;

/** null = free. */
export interface PluginAccess {
  readonly read: AccessList | null;
  readonly write: AccessList | null;
}

/** @throws {InvalidSetting} naming the setting, the item and what there is */
export function parseAccess(
  setting: string,
  text: string | null,
  words: readonly string[],
): AccessList | null {
  if (text === null) return null;
  const list: Record<string, true | readonly string[]> = {};
  if (text.trim() === "none") return list;
  for (const item of text.split(";")) {
    const [given = "", names] = item.split(":", 2);
    const word = given.trim().toLowerCase();
    if (!words.includes(word)) {
      throw new InvalidSetting(
        `${setting} has an unknown item: '${word}' (none, ${words.join(", ")})`,
      );
    }
    list[word] = names === undefined ? true : namesOf(setting, word, names);
  }
  return list;
}

function namesOf(setting: string, word: string, text: string): string[] {
  if (!NAMED.has(word)) throw new InvalidSetting(`${setting}: '${word}' takes no names`);
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  const bad = names.find((name) => !HEADER_NAME.test(name));
  if (bad !== undefined) throw new InvalidSetting(`${setting}: '${bad}' is no name of a header`);
  return names;
}
