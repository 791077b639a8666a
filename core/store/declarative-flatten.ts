/**
 * `flatten_errors`: the errors of a document as a list with one entry for each row that is wrong, so that a client finds
 * its row again by name, id or tags.
 */
import type { EntityRegistry } from "../entities/registry.ts";
import type { FieldError, FieldErrors, Table } from "../entities/schema/definition.ts";
import { ENTITY, isText } from "../entities/schema/messages.ts";
import { entriesOf, isTable } from "../entities/schema/tables.ts";
import type { Item, ItemList } from "./declarative-items.ts";

interface FlatError {
  readonly type: "field" | "entity";
  /** "config.redis.host", "paths.2". */
  readonly field?: string;
  readonly message: string;
}

/** One wrong row, as `POST /config?flatten_errors=1` shows it. */
export interface FlattenedError {
  /** Singular: "service". */
  readonly entity_type: string;
  readonly entity_id?: string;
  readonly entity_name?: string;
  readonly entity_tags?: readonly string[];
  /** The row as it was given, without the rows inside of it. */
  readonly entity: Table;
  readonly errors: readonly FlatError[];
}

interface FlattenSource {
  readonly document: Table;
  readonly lists: readonly ItemList[];
  readonly registry: EntityRegistry;
  /** Whether rows had got their ids when the errors were found. */
  readonly hasIds: boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The primary key in a row or a reference; undefined if it is no UUID. */
function keyOf({ id }: Table): Table | undefined {
  return typeof id === "string" && UUID.test(id) ? { id } : undefined;
}

function collectFlat(error: FieldError, path: string, into: FlatError[]): void {
  if (isText(error)) {
    into.push({ type: "field", field: path, message: error });
    return;
  }
  for (const [key, member] of entriesOf(error as Record<string, unknown>)) {
    if (member === null) continue;
    if (key === ENTITY && Array.isArray(member)) {
      for (const text of member) into.push(entityError(text as FieldError, path));
    } else collectFlat(member as FieldError, path === "" ? String(key) : `${path}.${key}`, into);
  }
}

function entityError(error: FieldError, path: string): FlatError {
  const message = String(error);
  return path === "" ? { type: "entity", message } : { type: "field", field: path, message };
}

class Flattener {
  readonly #source: FlattenSource;
  readonly flattened: FlattenedError[] = [];
  /** Rows as they were given, with what was made of them. */
  #items: Map<Table, Item> | undefined;

  constructor(source: FlattenSource) {
    this.#source = source;
  }

  /** Errors of the rows of a list; returns false if there is no such list to find them in. */
  list(entity: string, errors: FieldError, rows: unknown, addTo: (row: Table) => Table): boolean {
    if (isText(errors) || !Array.isArray(rows)) return false;
    for (const [key, error] of entriesOf(errors as Record<string, unknown>)) {
      const row: unknown = typeof key === "number" ? rows[key - 1] : undefined;
      if (error !== null && isTable(row)) this.row(entity, addTo(row), error as FieldError, row);
    }
    return true;
  }

  row(entity: string, shown: Table, error: FieldError, given: Table): void {
    if (isText(error)) {
      this.#push(entity, shown, [{ type: "entity", message: error }]);
      return;
    }
    const { registry } = this.#source;
    const children = registry.childrenOf(entity);
    const own: FieldErrors = {};
    for (const [key, member] of entriesOf(error as Record<string, unknown>)) {
      if (member === null) continue;
      const child = children.get(String(key));
      const foreign = registry.find(entity)?.foreigns.find(({ field }) => field === key);
      const value = given[key];
      if (child !== undefined && isTable(value)) {
        // what stands in the place of the list is left out, and so is what is wrong with it as a whole
        this.#children(child, member as FieldError, value, shown);
        continue;
      }
      if (foreign !== undefined && isTable(value))
        this.row(foreign.entity, value, member as FieldError, value);
      else own[key] = member as FieldError;
    }
    const errors: FlatError[] = [];
    collectFlat(own, "", errors);
    if (errors.length > 0) this.#push(entity, shown, errors);
  }

  /** Rows inside of a row show its id. */
  #children(
    child: { readonly entity: string; readonly field: string },
    errors: FieldError,
    rows: unknown,
    parent: Table,
  ): void {
    const key = keyOf(parent);
    const addParent = (row: Table): Table =>
      key === undefined || row[child.field] !== undefined ? row : { ...row, [child.field]: key };
    const addAll = (row: Table): Table => addParent(this.withId(child.entity, row));
    this.list(child.entity, errors, rows, addAll);
  }

  #push(entity: string, shown: Table, errors: readonly FlatError[]): void {
    const { id, name, tags } = shown;
    const areTags = Array.isArray(tags) && tags.every((tag) => typeof tag === "string");
    this.flattened.push({
      entity_type: entity.replace(/s$/, ""),
      ...(typeof id === "string" && UUID.test(id) ? { entity_id: id } : {}),
      ...(typeof name === "string" && name !== "" ? { entity_name: name } : {}),
      ...(areTags ? { entity_tags: tags } : {}),
      entity: this.#own(entity, shown),
      errors,
    });
  }

  /** A row without the rows inside of it; of one that it refers to by a table, the primary key. */
  #own(entity: string, shown: Table): Table {
    const { registry } = this.#source;
    const children = registry.childrenOf(entity);
    const own: Table = {};
    for (const [name, value] of Object.entries(shown)) {
      const isOther = isTable(value) && children.has(name);
      if (!isOther) own[name] = value;
    }
    for (const { field } of registry.find(entity)?.foreigns ?? []) {
      const value = own[field];
      if (!isTable(value)) continue;
      const key = keyOf(value);
      if (key === undefined) delete own[field];
      else own[field] = key;
    }
    return own;
  }

  /** The row with the id that was made for it, if ids had been made. */
  withId(entity: string, row: Table): Table {
    if (!this.#source.hasIds) return row;
    this.#items ??= new Map(itemsOf(this.#source.lists));
    const item = this.#items.get(row);
    return item?.type.name === entity && item.hasFixedId && row.id === undefined
      ? { ...row, id: item.id }
      : row;
  }
}

function* itemsOf(lists: readonly ItemList[]): Generator<[Table, Item]> {
  for (const list of lists) {
    for (const item of list.items) {
      yield [item.given, item];
      yield* itemsOf(item.lists);
    }
  }
}

/** @returns the rows that are wrong, and the errors that belong to none */
export function flattenErrors(
  fields: FieldErrors,
  source: FlattenSource,
): { readonly flattened: readonly FlattenedError[]; readonly rest: FieldErrors } {
  const flattener = new Flattener(source);
  const rest: FieldErrors = {};
  for (const [name, error] of Object.entries(fields)) {
    const isEntity = source.registry.find(name) !== undefined;
    const rows = source.document[name];
    const isDone =
      isEntity && flattener.list(name, error, rows, (row) => flattener.withId(name, row));
    if (!isDone) rest[name] = error;
  }
  return { flattened: flattener.flattened, rest };
}
