/** Headers as tables for plugins: lower-case name to the list of its values, as Kong's SDK gives them. */
import type { Headers } from "../event/headers.ts";
import { toText } from "../wire/text.ts";
import { putOwn } from "../wire/value.ts";

/** Lower-case name to its values. */
export type HeaderMap = Record<string, string[]>;

/** @param max fields that are looked at */
export function headerMap(headers: Headers, max: number): HeaderMap {
  const map: HeaderMap = {};
  let left = max;
  headers.forEach((name, value) => {
    if (left-- <= 0) return;
    const key = name.toLowerCase();
    if (!Object.hasOwn(map, key)) putOwn(map, key, []);
    map[key]!.push(toText(value));
  });
  return map;
}

/** The lines of a header table that the gateway gave, as latin1: name to a text or a list. */
export function linesOf(map: unknown, toWire: (text: string) => string): string {
  let lines = "";
  for (const [name, value] of Object.entries((map ?? {}) as Record<string, unknown>)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      lines += `${name}: ${toWire(String(one))}\r\n`;
    }
  }
  return lines;
}
