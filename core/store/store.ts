/**
 * The contract of a store of rows, as the primary keeps them: reading, and replacing everything at once.
 *
 * Reading is synchronous: every kind of store (a declarative document, lmdb, PostgreSQL) holds the rows of the
 * configuration in memory, because the snapshot of the workers is made from them. What a writable store adds is that
 * single rows change and survive.
 */
import type { Row } from "./snapshot.ts";

/** `tags=a,b` (all) or `tags=a/b` (any). */
export interface TagFilter {
  readonly names: readonly string[];
  /** All of them, or any. */
  readonly all: boolean;
}

/** One page of a list. */
export interface PageQuery {
  /** At least 1; how large a page may be is for who asks to decide. */
  readonly size: number;
  /** As the page before gave it; null: from the beginning. */
  readonly offset: string | null;
  readonly tags?: TagFilter;
  /** Only rows that refer to this one. */
  readonly parent?: { readonly field: string; readonly id: string };
}

/** Rows in order of id. */
export interface Page {
  readonly rows: readonly Row[];
  /** For the page after this one; null on the last. */
  readonly offset: string | null;
}

/** Rows by the entity's plural name ("services"), in order of declaration. */
export type RowsByEntity = ReadonlyMap<string, readonly Row[]>;

/** Rows of one moment: whoever needs several that fit together looks them up in one turn of the event loop. */
export interface Store {
  /** Every row of an entity, in order of declaration. */
  all(entity: string): readonly Row[];
  /** By primary key; that of several fields is joined by colons. */
  byId(entity: string, id: string): Row | undefined;
  /** By a unique field, above all the endpoint key. */
  byField(entity: string, field: string, value: string): Row | undefined;
  /** Rows that refer to another, in order of id. */
  referring(entity: string, field: string, id: string): readonly Row[];
  /** In order of id, as Kong's without a database. Returns null if the offset is none that this store gave. */
  page(entity: string, query: PageQuery): Page | null;
  /** Everything at once: a reader sees the rows from before or those from after. */
  replaceAll(rows: RowsByEntity): void;
}
