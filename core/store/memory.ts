/**
 * The store of a gateway without a database: the rows of one document, replaced as a whole.
 *
 * Indexes are made when somebody asks, because most entities of a big configuration are never looked at through the
 * Admin API.
 */
import type { Row } from "./snapshot.ts";
import type { Page, PageQuery, RowsByEntity, Store, TagFilter } from "./store.ts";

const NO_ROWS: readonly Row[] = [];
/** What an offset looks like before it is encoded: the id of the last row of the page before. */
const OFFSET_PREFIX = "after:";

/** Rows of one entity with what was asked about them so far. */
class Rows {
  readonly inOrder: readonly Row[];
  #byId: Map<string, Row> | undefined;
  #sorted: readonly Row[] | undefined;
  readonly #byField = new Map<string, Map<unknown, Row>>();

  constructor(rows: readonly Row[]) {
    this.inOrder = rows;
  }

  get byId(): ReadonlyMap<string, Row> {
    this.#byId ??= new Map(this.inOrder.map((row) => [keyOf(row), row]));
    return this.#byId;
  }

  /** By id. */
  get sorted(): readonly Row[] {
    this.#sorted ??= this.inOrder.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    return this.#sorted;
  }

  byField(field: string, value: string): Row | undefined {
    let index = this.#byField.get(field);
    if (index === undefined) {
      index = new Map(this.inOrder.map((row) => [row[field], row]));
      this.#byField.set(field, index);
    }
    return index.get(value);
  }
}

/** Parameters have no id but a key. */
function keyOf(row: Row): string {
  return row.id ?? String(row.key);
}

function refersTo(row: Row, field: string, id: string): boolean {
  return (row[field] as { readonly id?: string } | null | undefined)?.id === id;
}

function hasTags(row: Row, { names, all }: TagFilter): boolean {
  const own = row.tags ?? [];
  const isThere = (name: string): boolean => own.includes(name);
  return all ? names.every(isThere) : names.some(isThere);
}

function readOffset(offset: string): string | null {
  const text = Buffer.from(offset, "base64url").toString();
  return text.startsWith(OFFSET_PREFIX) ? text.slice(OFFSET_PREFIX.length) : null;
}

/** Position of the first row behind a key. */
function behind(rows: readonly Row[], key: string): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(rows[middle]!) <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows in memory alone: for `database = off`. */
export class MemoryStore implements Store {
  #rows: ReadonlyMap<string, Rows> = new Map();

  constructor(rows?: RowsByEntity) {
    if (rows !== undefined) this.replaceAll(rows);
  }

  replaceAll(rows: RowsByEntity): void {
    this.#rows = new Map([...rows].map(([entity, list]) => [entity, new Rows(list)]));
  }

  all(entity: string): readonly Row[] {
    return this.#rows.get(entity)?.inOrder ?? NO_ROWS;
  }

  byId(entity: string, id: string): Row | undefined {
    return this.#rows.get(entity)?.byId.get(id);
  }

  byField(entity: string, field: string, value: string): Row | undefined {
    return this.#rows.get(entity)?.byField(field, value);
  }

  referring(entity: string, field: string, id: string): readonly Row[] {
    return this.#sorted(entity).filter((row) => refersTo(row, field, id));
  }

  page(entity: string, query: PageQuery): Page | null {
    const { offset, size, tags, parent } = query;
    const rows = this.#sorted(entity);
    const key = offset === null ? "" : readOffset(offset);
    if (key === null) return null;
    const found: Row[] = [];
    for (let at = offset === null ? 0 : behind(rows, key); at < rows.length; at++) {
      const row = rows[at]!;
      if (parent !== undefined && !refersTo(row, parent.field, parent.id)) continue;
      if (tags !== undefined && !hasTags(row, tags)) continue;
      if (found.length === size) return { rows: found, offset: offsetAfter(found[size - 1]!) };
      found.push(row);
    }
    // without tags Kong does not look behind a full page: its `next` may lead to an empty one
    const last = tags === undefined && found.length === size ? found.at(-1) : undefined;
    return { rows: found, offset: last === undefined ? null : offsetAfter(last) };
  }

  #sorted(entity: string): readonly Row[] {
    return this.#rows.get(entity)?.sorted ?? NO_ROWS;
  }
}

function offsetAfter(row: Row): string {
  return Buffer.from(`${OFFSET_PREFIX}${keyOf(row)}`).toString("base64url");
}
