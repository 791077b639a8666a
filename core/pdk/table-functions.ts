/** `kong.table`: there for plugins that were written for Lua. */
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { isTable } from "./arguments.ts";
import type { PdkNode } from "./pdk-node.ts";

type Table = Record<string, unknown>;

/** Sizes are hints for a Lua table and mean nothing here. */
export function newTable(): Table {
  return {};
}

/** In place: the same object, emptied. @throws {PdkError} for what is no table */
export function clear(_x: Exchange, _node: PdkNode, table: unknown): void {
  if (!isTable(table)) throw new PdkError("tab must be a table");
  if (Array.isArray(table)) table.length = 0;
  else for (const key of Object.keys(table)) delete table[key];
}

/** A new table with the fields of both; those of the second win. */
export function merge(_x: Exchange, _node: PdkNode, t1: unknown, t2: unknown): Table {
  return { ...(isTable(t1) ? t1 : null), ...(isTable(t2) ? t2 : null) } as Table;
}
