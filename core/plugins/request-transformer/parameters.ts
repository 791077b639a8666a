/**
 * Arguments of a query or a form: remove, rename, replace, add, append, in this order.
 *
 * What counts as "there" is Lua's: every value but false, so that JSON's null is there and JSON's false is not. The same
 * steps serve JSON bodies, whose values may be anything.
 */
import { appendedValue } from "../appended-value.ts";
import {
  type Arguments,
  type ArgumentValue,
  decodeArguments,
  encodeArguments,
} from "../arguments.ts";
import type { LuaTable } from "../lua-expression/values.ts";
import type { NamedValues } from "../named-values.ts";
import { type Section, valueFor } from "./entries.ts";

function isThere(parameters: NamedValues, name: string): boolean {
  const value = parameters.get(name);
  return value !== undefined && value !== false;
}

/**
 * Change parameters.
 *
 * @param hasBody was there anything to begin with? If not, only add and append have something to do.
 * @param toValue bytes of a value as the parameters hold it
 * @returns whether anything had to be written anew; removing counts even where nothing was found
 */
export function transformParameters(
  parameters: NamedValues,
  section: Section,
  environment: LuaTable,
  hasBody: boolean,
  toValue: (bytes: string) => string,
): boolean {
  let isChanged = hasBody && section.remove.length > 0;
  if (hasBody) {
    for (const name of section.remove) parameters.delete(toValue(name));
    for (const { name, value } of section.rename) {
      const [from, to] = [toValue(name), toValue(valueFor(value, environment))];
      if (from === to || !isThere(parameters, from)) continue;
      const moved = parameters.get(from);
      parameters.delete(from);
      parameters.set(to, moved);
      isChanged = true;
    }
    for (const { name, value } of section.replace) {
      const made = toValue(valueFor(value, environment));
      if (!isThere(parameters, toValue(name))) continue;
      parameters.delete(toValue(name)); // a part that is replaced goes to the end, as in Kong
      parameters.set(toValue(name), made);
      isChanged = true;
    }
  }
  for (const { name, value } of section.add) {
    const made = toValue(valueFor(value, environment));
    if (isThere(parameters, toValue(name))) continue;
    parameters.set(toValue(name), made);
    isChanged = true;
  }
  for (const { name, value } of section.append) {
    const made = toValue(valueFor(value, environment));
    parameters.set(toValue(name), appendedValue(parameters.get(toValue(name)), made));
    isChanged = true;
  }
  return isChanged;
}

const asBytes = (bytes: string): string => bytes;

/** A query with its arguments changed. */
export function transformQuery(query: string, section: Section, environment: LuaTable): string {
  const found = decodeArguments(query);
  transformParameters(found as NamedValues & Arguments, section, environment, true, asBytes);
  return encodeArguments(found);
}

/** A form with its fields changed; null: it goes on as it is. */
export function transformForm(
  body: string,
  section: Section,
  environment: LuaTable,
): string | null {
  const found = decodeArguments(body);
  const isChanged = transformParameters(
    found as NamedValues & Arguments,
    section,
    environment,
    body !== "",
    asBytes,
  );
  return isChanged ? encodeArguments(found) : null;
}

/** A query that a form's fields were added to, for a method that has no body. */
export function queryWithForm(query: string, form: string): string {
  const found = decodeArguments(query);
  for (const [name, value] of decodeArguments(form)) {
    const had = found.get(name);
    const values = [had ?? [], value].flat() as ArgumentValue[];
    found.set(name, values.length === 1 ? values[0]! : values);
  }
  return encodeArguments(found);
}
