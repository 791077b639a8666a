/** What the Admin API reads entities through; the store fulfils it. */
import type { Row } from "../store/snapshot.ts";

/** Which rows of an entity; all conditions have to hold. */
export interface PageQuery {
  /** Rows of a page, 1 to 1000. */
  readonly size: number;
  /** As the page before told it; null: from the beginning. */
  readonly offset: string | null;
  /** Only rows with all or with any of these tags. */
  readonly tags?: { readonly names: readonly string[]; readonly all: boolean };
  /** Only rows that refer to this entity. */
  readonly parent?: { readonly field: string; readonly id: string };
}

interface Page {
  readonly rows: readonly Row[];
  /** For the page after this one; null on the last. */
  readonly offset: string | null;
}

/**
 * Looks at one configuration; a page and the next may come from two. Entities that there are not have no rows.
 */
export interface EntityReader {
  /** Every row, in order of declaration. */
  all(entity: string): Iterable<Row>;
  byId(entity: string, id: string): Row | undefined;
  /** By a unique field. */
  byField(entity: string, field: string, value: string): Row | undefined;
  /** Returns null if the offset is none that this store gave. */
  page(entity: string, query: PageQuery): Page | null;
}
