/**
 * A configuration in force as a YAML document that makes the same configuration again: what GET /config answers.
 *
 * Rows come out flat, with their ids, and with ids in their foreign fields. Passwords are hashed already, so the document
 * says that nothing is to be transformed.
 */
import { dump } from "js-yaml";
import { isTable } from "../entities/schema/tables.ts";
import type { EntityRegistry } from "../entities/registry.ts";
import type { Table } from "../entities/schema/definition.ts";
import type { DeclarativeConfig } from "./declarative.ts";
import type { Row } from "./snapshot.ts";

/** Unset fields are left out, in records within a row too. */
function withoutNulls(value: Table): Table {
  const out: Table = {};
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member === null) continue;
    out[name] = isTable(member) && !Array.isArray(member) ? withoutNulls(member) : member;
  }
  return out;
}

function exportRow(row: Row, foreigns: readonly string[]): Table {
  const out = withoutNulls(row);
  for (const field of foreigns) {
    const value = out[field];
    if (isTable(value) && typeof value.id === "string") out[field] = value.id;
  }
  return out;
}

/** Foreign fields of a row without its schema: tables that hold an id and nothing else. */
function foreignsOf(row: Row): string[] {
  return Object.entries(row).flatMap(([name, value]) => {
    const isForeign = isTable(value) && name !== "config" && Object.keys(value).join() === "id";
    return isForeign ? name : [];
  });
}

/** @param registry tells foreign fields from others; without it they are known by their look */
export function exportDeclarative(config: DeclarativeConfig, registry?: EntityRegistry): string {
  const document: Table = { _format_version: "3.0", _transform: false };
  for (const entity of [...config.rows.keys()].sort()) {
    if (entity === "workspaces") continue;
    const foreigns = registry?.find(entity)?.foreigns.map(({ field }) => field);
    document[entity] = config.rows
      .get(entity)!
      .map((row) => exportRow(row, foreigns ?? foreignsOf(row)));
  }
  // one default list may stand in many rows, and is written out in each
  return dump(document, { noRefs: true });
}
