/**
 * `custom_fields_by_lua` of the logging plugins: fields of the log entry that are worked out for each request.
 *
 * Kong runs any Lua there. Here it must be one `return` with an expression (lua-expression/), which can call the PDK;
 * everything else is refused when the configuration is checked, so that nobody finds fields missing later.
 */
import type { FieldSchema } from "../entities/schema/definition.ts";
import type { Kong } from "../pdk/kong.ts";
import { toText, toWire } from "../pdk/text.ts";
import type { PluginConfig } from "../runloop/handler.ts";
import { LIBRARY } from "./lua-expression/library.ts";
import type { LuaExpression } from "./lua-expression/operations.ts";
import { compileExpression } from "./lua-expression/parser.ts";
import { pdkTable } from "./lua-expression/pdk-table.ts";
import { LuaSyntaxError, type LuaTable, type LuaValue } from "./lua-expression/values.ts";

const RETURN = /^\s*return\b([\s\S]*?);?\s*$/;

/** @throws {LuaSyntaxError} */
function compileField(code: string): LuaExpression {
  const match = RETURN.exec(code);
  if (match === null) {
    throw new LuaSyntaxError('only "return" with an expression can be run by this gateway');
  }
  const expression = match[1]!.trim();
  return expression === "" ? () => undefined : compileExpression(toWire(expression));
}

function problem(code: string): string | undefined {
  try {
    compileField(code);
    return undefined;
  } catch (cause) {
    return `Error parsing function: ${(cause as Error).message}`;
  }
}

/** Field of the schema; what cannot be run is refused when the configuration is checked. */
export const CUSTOM_FIELDS_FIELD: FieldSchema = {
  type: "map",
  keys: { type: "string", len_min: 1 },
  values: { type: "string", len_min: 1, custom_validator: problem },
};

/** Name of the field and what works it out, in the order of the configuration. */
export type CustomFields = readonly (readonly [string, LuaExpression])[];

/** Once for each configuration. @throws {LuaSyntaxError} for what the schema would have refused */
export function compileCustomFields(config: PluginConfig): CustomFields {
  const fields = (config.custom_fields_by_lua as Readonly<Record<string, string>> | null) ?? {};
  return Object.entries(fields).map(([name, code]) => [name, compileField(code)] as const);
}

/** Values as the log entry holds them: text, not bytes. */
function asLogged(value: LuaValue): unknown {
  if (typeof value === "string") return toText(value);
  if (Array.isArray(value)) return value.map(asLogged);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asLogged(member)]));
}

/** Add the fields to this request's log entry, for this plugin and those after it. */
export function setCustomFields(fields: CustomFields, kong: Kong): void {
  if (fields.length === 0) return;
  const environment: LuaTable = {
    get: (key) => {
      if (key === "kong") return pdkTable(kong);
      return typeof key === "string" && Object.hasOwn(LIBRARY, key) ? LIBRARY[key] : undefined;
    },
  };
  for (const [name, expression] of fields) {
    kong.log.setSerializeValue(name, asLogged(expression(environment)));
  }
}
