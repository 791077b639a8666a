/** The rows in force as the Admin API reads them: pages in order of id, as Kong's without a database. */
import type { EntityReader, Page, PageQuery } from "../admin/entity-reader.ts";
import type { Row } from "../store/snapshot.ts";
import type { Configuration } from "./configuration.ts";

const NO_ROWS: readonly Row[] = [];

/** @param configuration gives the one in force, which a reload may have replaced */
export function entityReader(configuration: () => Configuration): EntityReader {
  const rows = (entity: string): readonly Row[] =>
    configuration().config.rows.get(entity) ?? NO_ROWS;
  return {
    all: rows,
    byId: (entity, id) => rows(entity).find((row) => row.id === id),
    byField: (entity, field, value) => rows(entity).find((row) => row[field] === value),
    page: (entity, query) => pageOf(rows(entity), query),
  };
}

function pageOf(rows: readonly Row[], query: PageQuery): Page | null {
  const from = query.offset === null ? 0 : readOffset(query.offset);
  if (from === null) return null;
  const wanted = rows.filter((row) => isWanted(row, query));
  const end = from + query.size;
  return {
    rows: wanted.slice(from, end),
    offset: end < wanted.length ? Buffer.from(String(end)).toString("base64") : null,
  };
}

function readOffset(offset: string): number | null {
  const text = Buffer.from(offset, "base64").toString();
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function isWanted(row: Row, { tags, parent }: PageQuery): boolean {
  if (parent !== undefined && (row[parent.field] as { id?: string } | null)?.id !== parent.id) {
    return false;
  }
  if (tags === undefined) return true;
  const own = row.tags ?? [];
  const has = (name: string) => own.includes(name);
  return tags.all ? tags.names.every(has) : tags.names.some(has);
}
