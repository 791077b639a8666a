/** What of a request a plugin of the native protocol is shown, where it may not read all of it. */
import type { AccessList } from "../../config/plugin-access.ts";
import { isListed } from "../access-guard.ts";

/** @param access null = all */
export function mayRead(access: AccessList | null, word: string): boolean {
  return access === null || access[word] === true;
}

/** @param lines `name: value` and CR LF for each header, as they are sent */
export function visibleLines(lines: string, access: AccessList | null, word: string): string {
  if (mayRead(access, word) || lines === "") return lines;
  return lines
    .split("\r\n")
    .filter((line) => line !== "" && isListed(access!, word, nameOf(line)))
    .map((line) => `${line}\r\n`)
    .join("");
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(":")).toLowerCase().replaceAll("_", "-");
}
