/** What the Admin API knows of the entities: their schemas, and how a value is checked; core/entities fulfils it. */
import type { EntitySchema, FieldErrors, SubSchema, Table } from "../entities/schema/definition.ts";
import type { Row } from "../store/snapshot.ts";

/** What is wrong with a value, or the row that it makes. */
export type CheckResult =
  | { readonly ok: true; readonly row: Table }
  | { readonly ok: false; readonly message: string; readonly fields: FieldErrors };

/** Schemas as they are in force: one of a plugin server may change with a reload of its code. */
export interface EntityModel {
  /** All entities by name, the core's first, then those of the plugins that are available. */
  readonly schemas: ReadonlyMap<string, EntitySchema>;
  /** A new entity; also a whole one that replaces another (PUT). */
  checkInsert(entity: string, value: Table): CheckResult;
  /** A change of an entity that is there; records merge, other fields are replaced. */
  checkUpdate(entity: string, value: Table, previous: Row): CheckResult;
  /** A value of one field alone; null if it is good. */
  checkField(entity: string, field: string, value: unknown): string | null;
  /** A row as clients see it: with the old names of fields that are shown beside the new ones. */
  shown(entity: string, row: Row): object;
  /** What the schema of a plugin or vault says beyond the entity's; undefined if there is none of that name. */
  subSchema(entity: "plugins" | "vaults", name: string): SubSchema | undefined;
}
