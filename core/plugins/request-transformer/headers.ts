/**
 * Headers for the Service: remove, rename, replace, add, append, in this order.
 *
 * Works on the HeaderBlock itself. A field that is there keeps its spelling and takes the new value; further values
 * stand under the name as configured. Host is special: it can be replaced (or be the target of a rename), not removed
 * or added.
 */
import type { Exchange } from "../../exchange/exchange.ts";
import type { HeaderBlock } from "../../exchange/header-block.ts";
import { findExactly, nameThere, removeExactly, valuesOf } from "../header-lookup.ts";
import type { LuaTable } from "../lua-expression/values.ts";
import { type Entry, type Section, valueFor } from "./entries.ts";

function isHost(name: string): boolean {
  return name.length === 4 && name.toLowerCase() === "host";
}

/** Set a header in place of what is there, in the spelling that is there. */
function put(x: Exchange, name: string, value: string): void {
  if (isHost(name)) {
    x.upstream.hostHeader = value.trim();
    return;
  }
  const headers = x.requestHeaders;
  const f = findExactly(headers, name);
  const spelled = f < 0 ? name : headers.nameAt(f);
  if (f >= 0) removeExactly(headers, name);
  headers.add(spelled, value);
}

function rename(x: Exchange, from: string, to: string): void {
  const headers = x.requestHeaders;
  if (from === to || isHost(from)) return;
  const values = valuesOf(headers, from);
  if (values.length === 0) return;
  removeExactly(headers, nameThere(headers, from)!);
  put(x, to, values[0]!);
  for (let i = 1; i < values.length; i++) headers.add(to, values[i]!);
}

function remove(headers: HeaderBlock, name: string): void {
  if (isHost(name)) return;
  const there = nameThere(headers, name);
  if (there !== null) removeExactly(headers, there);
}

/** Add a value. Where several stand already, all but the first take the configured spelling too. */
function append(headers: HeaderBlock, name: string, value: string): void {
  const first = findExactly(headers, name);
  if (first >= 0 && findExactly(headers, name, first + 1) >= 0) {
    const values = valuesOf(headers, name);
    const spelled = headers.nameAt(first);
    removeExactly(headers, name);
    for (let i = 0; i < values.length; i++) headers.add(i === 0 ? spelled : name, values[i]!);
  }
  headers.add(name, value);
}

/** Values of all entries that hold templates, in order, before anything is changed. */
function renderAll(section: Section, environment: LuaTable): Map<Entry, string> {
  const rendered = new Map<Entry, string>();
  for (const list of [section.rename, section.replace, section.add, section.append]) {
    for (const entry of list) {
      if (typeof entry.value !== "string") rendered.set(entry, valueFor(entry.value, environment));
    }
  }
  return rendered;
}

type Rendered = ReadonlyMap<Entry, string> | null;

function madeValue(entry: Entry, rendered: Rendered): string {
  return typeof entry.value === "string" ? entry.value : rendered!.get(entry)!;
}

function addAll(headers: HeaderBlock, entries: readonly Entry[], rendered: Rendered): void {
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if (nameThere(headers, entry.name) === null && !isHost(entry.name)) {
      headers.add(entry.name, madeValue(entry, rendered));
    }
  }
}

/**
 * @param environment null where the section has no templates
 * @throws {LuaError} from a template; nothing was changed then
 */
export function transformHeaders(
  x: Exchange,
  section: Section,
  environment: LuaTable | null,
): void {
  const rendered = environment === null ? null : renderAll(section, environment);
  const headers = x.requestHeaders;
  if (!section.onlyAdds) {
    for (const name of section.remove) remove(headers, name);
    for (const entry of section.rename) rename(x, entry.name, madeValue(entry, rendered));
    for (const entry of section.replace) {
      const isThere = isHost(entry.name) || nameThere(headers, entry.name) !== null;
      if (isThere) put(x, entry.name, madeValue(entry, rendered));
    }
  }
  addAll(headers, section.add, rendered);
  for (let i = 0; i < section.append.length; i++) {
    const entry = section.append[i]!;
    if (!isHost(entry.name)) append(headers, entry.name, madeValue(entry, rendered));
  }
}
