/**
 * What is wrong between rows: the same id, name or unique value twice, and references that lead nowhere.
 *
 * The places of these errors in the tree are Kong's: of a name that is declared twice the position in its own list, of
 * an id the position within the parent, of a reference the name of the row.
 */
import type { EntityRegistry } from "../entities/registry.ts";
import type { FieldError } from "../entities/schema/definition.ts";
import { isTable } from "../entities/schema/tables.ts";
import type { DeclarativeErrors } from "./declarative-errors.ts";
import { workspaceOf } from "./declarative-ids.ts";
import { type Item, pathOf } from "./declarative-items.ts";

interface Reference {
  readonly item: Item;
  readonly field: string;
  readonly entity: string;
  readonly value: unknown;
}

const violation = (entity: string, field: string, value: unknown): string =>
  `uniqueness violation: '${entity}' entity with ${field} set to '${value}' already declared`;

/** A wrong key may be a table, whose own `toString` is nobody's to call. */
function textOf(value: unknown): string {
  return isTable(value) ? JSON.stringify(value) : String(value);
}

/** The primary key of a row as text; of several fields joined by colons. */
export function primaryKeyOf(item: Item): string {
  const names = item.type.schema.primary_key;
  return names.map((name) => textOf((item.row ?? item.own)[name])).join(":");
}

/** Index of all rows of a document by id and by name. */
export class References {
  readonly #errors: DeclarativeErrors;
  readonly #byId = new Map<string, Map<string, Item>>();
  readonly #byKey = new Map<string, Map<string, Item>>();
  readonly #pending: Reference[] = [];

  constructor(registry: EntityRegistry, errors: DeclarativeErrors) {
    this.#errors = errors;
    for (const name of registry.names()) {
      this.#byId.set(name, new Map());
      this.#byKey.set(name, new Map());
    }
  }

  /** Rows that are not declared twice, by entity and primary key, in order of declaration. */
  rows(entity: string): ReadonlyMap<string, Item> {
    return this.#byId.get(entity)!;
  }

  /** Takes up every row; what is declared twice becomes an error. */
  index(items: readonly Item[]): void {
    for (const item of items) {
      const isNew = this.#indexKey(item);
      this.#indexId(item, isNew);
      this.#collect(item);
    }
  }

  #keyOf(item: Item): string | undefined {
    const { endpoint_key: name } = item.type.schema;
    const field = name === undefined ? undefined : item.type.record.byName.get(name)?.schema;
    const value = name === undefined ? undefined : item.row?.[name];
    return field?.unique === true && typeof value === "string" ? value : undefined;
  }

  #indexKey(item: Item): boolean {
    const key = this.#keyOf(item);
    if (key === undefined) return true;
    const { name, schema } = item.type;
    const field = schema.endpoint_key!;
    const isGlobal = item.type.record.byName.get(field)?.schema.unique_across_ws === true;
    const keys = this.#byKey.get(name)!;
    const scoped = `${isGlobal ? "*" : workspaceOf(item.given)}:${key}`;
    if (!keys.has(scoped)) {
      keys.set(scoped, item);
      return true;
    }
    const path = [...pathOf(item), field];
    this.#errors.addElsewhere([name, item.index], violation(name, field, key), path);
    return false;
  }

  #indexId(item: Item, isNew: boolean): void {
    const { name } = item.type;
    const rows = this.#byId.get(name)!;
    const id = primaryKeyOf(item);
    if (!isNew || !rows.has(id)) {
      rows.set(id, item);
      return;
    }
    const { parent } = item.list;
    const own = [name, item.index];
    const place = parent === undefined ? own : [parent.type.name, parent.index, ...own];
    this.#errors.addElsewhere(place, violation(name, "primary key", id), pathOf(item));
  }

  #collect(item: Item): void {
    for (const { field, entity } of item.type.foreigns) {
      const value = item.own[field];
      if (value === undefined || value === null || field === item.list.field) continue;
      this.#pending.push({ item, field, entity, value });
    }
  }

  /** The row that a value of a foreign field means: a name, an id, or a table with an id. */
  find(item: Item, entity: string, value: unknown): Item | undefined {
    const key = isTable(value) ? value.id : value;
    if (typeof key !== "string") return undefined;
    const keys = this.#byKey.get(entity);
    return (
      keys?.get(`${workspaceOf(item.given)}:${key}`) ??
      keys?.get(`*:${key}`) ??
      this.#byId.get(entity)?.get(key)
    );
  }

  /** Puts ids in the place of names; a reference that leads nowhere becomes an error. */
  resolve(): void {
    for (const { item, field, entity, value } of this.#pending) {
      const found = this.find(item, entity, value);
      if (found !== undefined) {
        if (typeof value === "string") item.row![field] = { id: found.row!.id };
        continue;
      }
      const shown = typeof value === "string" ? value : JSON.stringify(value);
      const message = `invalid reference '${field}: ${shown}' (no such entry in '${entity}')`;
      const at = this.#keyOf(item) ?? primaryKeyOf(item);
      this.#errors.addElsewhere([item.type.name, at, this.#countAt(item.type.name, at)], message, [
        ...pathOf(item),
        field,
      ]);
    }
  }

  /** Errors of one row's references are a list. */
  #countAt(entity: string, at: string): number {
    const errors = this.#errors.fields[entity];
    const list = isTable(errors) && !Array.isArray(errors) ? errors[at] : undefined;
    return Array.isArray(list) ? list.length : 0;
  }

  /**
   * Values that must be unique besides names; only asked when nothing else is wrong. Of several errors in an entity
   * the last one found is in Kong's tree.
   */
  checkUnique(registry: EntityRegistry): void {
    for (const [entity, rows] of this.#byId) {
      const { uniqueFields, schema } = registry.entity(entity);
      const others = uniqueFields.filter((name) => name !== schema.endpoint_key);
      if (others.length > 0) this.#checkUniqueFields(entity, others, rows);
    }
  }

  #checkUniqueFields(
    entity: string,
    names: readonly string[],
    rows: ReadonlyMap<string, Item>,
  ): void {
    const seen = new Set<string>();
    for (const item of rows.values()) {
      for (const name of names) {
        const value = item.row?.[name];
        if (value === undefined || value === null) continue;
        const text = isTable(value) ? String(value.id) : String(value);
        const scoped = `${name}:${workspaceOf(item.given)}:${text}`;
        if (seen.has(scoped)) {
          const at = this.#keyOf(item) ?? primaryKeyOf(item);
          delete this.#errors.fields[entity];
          const error: FieldError = violation(entity, name, text);
          this.#errors.addElsewhere([entity, at], error, [...pathOf(item), name]);
        } else seen.add(scoped);
      }
    }
  }
}
