/**
 * Headers by the names that configurations use, with Kong's rule for underscores.
 *
 * A configured `api_key` finds the header `api_key`, and where there is none, `api-key`; a configured `api-key` finds
 * only `api-key`. (HeaderBlock takes the two signs for equal, as nginx variables do; a plugin that authenticates or
 * removes must not.)
 *
 * @see OpenResty ngx.req.get_headers: the table that it gives looks up a missing name with `_` turned into `-`
 */
import type { HeaderBlock } from "../exchange/header-block.ts";

/** Does a found name have its underscores where the wanted one has them? */
function hasSameSigns(found: string, wanted: string): boolean {
  for (let i = wanted.length - 1; i >= 0; i--) {
    const c = wanted.charCodeAt(i);
    if ((c === 0x5f || c === 0x2d) && found.charCodeAt(i) !== c) return false;
  }
  return true;
}

/** Index of the next field of exactly this name (but for case) at or after `from`; -1 if there is none. */
export function findExactly(headers: HeaderBlock, name: string, from = 0): number {
  let f = headers.find(name, from);
  while (f >= 0 && !hasSameSigns(headers.nameAt(f), name)) f = headers.find(name, f + 1);
  return f;
}

/** The name under which a header is there: as wanted, or with hyphens for underscores; null if it is not there. */
export function nameThere(headers: HeaderBlock, name: string): string | null {
  if (findExactly(headers, name) >= 0) return name;
  if (!name.includes("_")) return null;
  const hyphened = name.replaceAll("_", "-");
  return findExactly(headers, hyphened) >= 0 ? hyphened : null;
}

/** All values of a header, by Kong's rule; `[]` if it is not there. */
export function valuesOf(headers: HeaderBlock, name: string): string[] {
  const there = nameThere(headers, name);
  const values: string[] = [];
  if (there === null) return values;
  for (let f = findExactly(headers, there); f >= 0; f = findExactly(headers, there, f + 1)) {
    values.push(headers.valueAt(f));
  }
  return values;
}

/** Remove every field of exactly this name (but for case). */
export function removeExactly(headers: HeaderBlock, name: string): void {
  for (let f = findExactly(headers, name); f >= 0; f = findExactly(headers, name, f + 1))
    headers.removeAt(f);
}
