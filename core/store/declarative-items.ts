/**
 * The rows of a declarative document, wherever in it they stand: collected, filled in and checked one by one.
 *
 * A row may be listed inside of the row that it refers to, and refer to others by name. Both are settled before the
 * schema sees it: what is checked is the row alone, with ids in its foreign fields.
 */
import { randomUUID } from "node:crypto";
import type { EntityRegistry } from "../entities/registry.ts";
import type { Table } from "../entities/schema/definition.ts";
import type { EntityType } from "../entities/schema/entity.ts";
import { expectedType, REQUIRED } from "../entities/schema/messages.ts";
import { isList, isTable, listOf } from "../entities/schema/tables.ts";
import type { DeclarativeErrors } from "./declarative-errors.ts";
import { IdMaker } from "./declarative-ids.ts";
import type { DocumentPath } from "./declarative-lines.ts";

/** Rows within rows. */
const NESTING_MAX = 16;
/** Rows in one document. */
const ROWS_MAX = 2_000_000;
/** Errors in one document; the rows behind them are not looked at, because nobody reads so many. */
export const ERRORS_MAX = 10_000;

/** Stands for the id of a row that is referred to by name until all rows are known. */
const UNRESOLVED_ID = "00000000-0000-0000-0000-000000000000";

/** A row as it was read: filled in and replaced step by step until `row` is what the store takes. */
export interface Item {
  readonly type: EntityType;
  /** As it stands in the document. */
  readonly given: Table;
  /** Without what is not the row's own: rows inside of it, comments. */
  readonly own: Table;
  readonly list: ItemList;
  /** Position in its list, from 0. */
  readonly index: number;
  /** Known before the row is checked, so that rows inside of it can refer to it. */
  readonly id: string;
  /** Whether the id was given or follows from the row, and is not random. */
  readonly hasFixedId: boolean;
  /** What rows inside of it refer to it by, where no good id can be had: the bad one, or nothing. */
  readonly brokenKey: Table | undefined;
  readonly lists: readonly ItemList[];
  /** Filled in; undefined until it was checked. */
  row: Table | undefined;
}

/** A list of rows of one entity: at the top of the document, or in a row. */
export interface ItemList {
  readonly type: EntityType;
  readonly parent: Item | undefined;
  /** Foreign field that leads to the parent. */
  readonly field: string | undefined;
  readonly items: Item[];
}

const META: ReadonlySet<string> = new Set(["_comment", "_ignore"]);

/** Where a row stands in the document. */
export function pathOf(item: Item): DocumentPath {
  const { parent, type } = item.list;
  return [...(parent === undefined ? [] : pathOf(parent)), type.name, item.index];
}

/** Of one document: `read` once. Errors go to the list it was given, and nothing is thrown. */
export class ItemReader {
  readonly #registry: EntityRegistry;
  readonly #errors: DeclarativeErrors;
  readonly #ids = new IdMaker();
  /** All rows, those inside of a row before it. */
  readonly items: Item[] = [];
  #count = 0;

  constructor(registry: EntityRegistry, errors: DeclarativeErrors) {
    this.#registry = registry;
    this.#errors = errors;
  }

  /** The lists at the top of a document, in Kong's order of entities. */
  read(document: Table): ItemList[] {
    const lists: ItemList[] = [];
    for (const name of this.#registry.names()) {
      const value = Object.hasOwn(document, name) ? document[name] : undefined;
      if (value === undefined || value === null || name === "tags") continue;
      const type = this.#registry.entity(name);
      const list = this.#list(value, { type, parent: undefined, field: undefined, items: [] }, []);
      if (list !== undefined) lists.push(list);
    }
    return lists;
  }

  #list(value: unknown, list: ItemList, path: DocumentPath): ItemList | undefined {
    const here = [...path, list.type.name];
    if (!isList(value)) {
      this.#errors.add(here, expectedType("array"));
      return undefined;
    }
    if (path.length > 2 * NESTING_MAX) {
      this.#errors.add(here, `rows are nested deeper than ${NESTING_MAX} levels`);
      return undefined;
    }
    const members = listOf(value);
    this.#count += members.length;
    if (this.#count > ROWS_MAX) {
      this.#errors.add(here, `more than ${ROWS_MAX} rows`);
      return undefined;
    }
    for (let index = 0; index < members.length; index++) {
      const given = members[index];
      if (isTable(given)) {
        const item = this.#item(given, list, index, here);
        list.items.push(item);
        this.items.push(item);
      } else this.#errors.add([...here, index], given === null ? REQUIRED : expectedType("record"));
    }
    return list;
  }

  #item(given: Table, list: ItemList, index: number, path: DocumentPath): Item {
    const { type, parent, field } = list;
    const children = this.#registry.childrenOf(type.name);
    let own = given;
    const nested: string[] = [];
    for (const key in given) {
      const isChild = children.has(key);
      if (!isChild && !META.has(key)) continue;
      if (own === given) own = { ...given };
      delete own[key];
      if (isChild) nested.push(key);
      else this.#checkMeta(key, given[key], [...path, index, key]);
    }
    const parentKey =
      field === undefined ? undefined : { field, id: parent!.hasFixedId ? parent!.id : undefined };
    const fixedId =
      typeof given.id === "string" ? given.id : this.#ids.idFor(type, given, parentKey);
    const lists: ItemList[] = [];
    const id = fixedId ?? randomUUID();
    const hasFixedId = fixedId !== undefined;
    const brokenKey = brokenKeyOf(type, given);
    const item: Item = {
      type,
      given,
      own,
      list,
      index,
      id,
      hasFixedId,
      brokenKey,
      lists,
      row: undefined,
    };
    for (const key of nested) {
      const value = given[key];
      if (value === null) continue;
      const child = children.get(key)!;
      const childType = this.#registry.entity(child.entity);
      const inner = { type: childType, parent: item, field: child.field, items: [] };
      const read = this.#list(value, inner, [...path, index]);
      if (read !== undefined) lists.push(read);
    }
    return item;
  }

  #checkMeta(key: string, value: unknown, path: DocumentPath): void {
    if (value === null) return;
    if (key === "_comment" && typeof value !== "string") {
      this.#errors.add(path, expectedType("string"));
    }
    if (key === "_ignore" && !isList(value)) this.#errors.add(path, expectedType("array"));
  }
}

/**
 * A bad id is passed on to the rows inside of a row, and where an id would follow from a name that is no text there is
 * none: Kong finds these errors in every one of them. Undefined for a good row.
 */
function brokenKeyOf(type: EntityType, given: Table): Table | undefined {
  const { primary_key: primary, endpoint_key: endpoint, cache_key: cacheKey } = type.schema;
  if (primary.length !== 1 || primary[0] !== "id") return undefined;
  const { id } = given;
  if (id !== undefined && id !== null) {
    return type.record.byName.get("id")?.validate(id) === undefined ? undefined : { id };
  }
  const name = endpoint === undefined || cacheKey !== undefined ? undefined : given[endpoint];
  return name === undefined || name === null || typeof name === "string" ? undefined : {};
}

/** Values of a row that the document does not say: its own id, ids in the place of names, the row that it is listed in. */
function presetOf(item: Item): Table {
  const { own, list, type } = item;
  const preset: Table = {};
  if (type.schema.primary_key[0] === "id" && (own.id === undefined || own.id === null)) {
    preset.id = item.id;
  }
  for (const { field } of type.foreigns) {
    if (field === list.field) preset[field] = list.parent!.brokenKey ?? { id: list.parent!.id };
    else if (typeof own[field] === "string") preset[field] = { id: UNRESOLVED_ID };
  }
  return preset;
}

/**
 * Fills in and checks every row; errors go to the place of the row.
 *
 * @returns how many rows were looked at: all, or as many as it took to have {@link ERRORS_MAX} errors
 */
export function checkItems(items: readonly Item[], errors: DeclarativeErrors): number {
  let looked = 0;
  for (const item of items) {
    if (errors.faults.length >= ERRORS_MAX) {
      errors.add(["error"], `there are more than these ${ERRORS_MAX} errors`);
      break;
    }
    looked++;
    const { parent, field } = item.list;
    const trusted = parent?.brokenKey === undefined ? field : undefined;
    const { row, errors: found } = item.type.insert(item.own, presetOf(item), trusted);
    item.row = row;
    if (found !== undefined) errors.addTree(pathOf(item), found);
  }
  return looked;
}
