/**
 * Ids of rows that are declared without one: UUIDs made from what makes a row unique, so that the same configuration
 * has the same ids on every gateway, and the same as in Kong.
 */
import { hash } from "node:crypto";
import type { Table } from "../entities/schema/definition.ts";
import type { EntityType } from "../entities/schema/entity.ts";

const ROOT_NAMESPACE = Buffer.from("fd02801f09574a15a55ac8d9606f30b5", "hex");
/** Of the 20 bytes of SHA-1. */
const ID_BYTES = 16;

/** UUID version 5 of RFC 4122. */
function uuid5(namespace: Buffer, name: string): Buffer {
  const id = hash("sha1", Buffer.concat([namespace, Buffer.from(name)]), "buffer");
  id[6] = (id[6]! & 0x0f) | 0x50;
  id[8] = (id[8]! & 0x3f) | 0x80;
  return id;
}

function uuidText(id: Buffer): string {
  const hex = id.toString("hex", 0, ID_BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The row that a row is listed in. */
interface ParentKey {
  /** Foreign field that leads to it. */
  readonly field: string;
  readonly id: string | undefined;
}

/** The workspace in a key: "*" unless the row names one. */
export function workspaceOf(row: Table): string {
  return typeof row.ws_id === "string" ? row.ws_id : "*";
}

/** Parts of the cache key; undefined where one is missing that must be there. */
function keyOfCacheKey(
  type: EntityType,
  row: Table,
  parent: ParentKey | undefined,
): string | undefined {
  const parts = [type.name, workspaceOf(row)];
  for (const name of type.schema.cache_key!) {
    const field = type.record.byName.get(name)?.schema;
    const value = row[name];
    if (field?.auto === true) return undefined;
    if (typeof value === "string") parts.push(value);
    else if (value !== undefined)
      continue; // as Kong: neither a reference by {id} nor null counts
    else if (name === parent?.field) {
      if (parent.id === undefined) return undefined;
      parts.push(parent.id);
    } else if (field?.required === true) return undefined;
    else parts.push("");
  }
  return parts.join(":");
}

function keyOf(type: EntityType, row: Table, parent: ParentKey | undefined): string | undefined {
  const { cache_key: cacheKey, endpoint_key: endpointKey } = type.schema;
  if (cacheKey !== undefined) return keyOfCacheKey(type, row, parent);
  const value = endpointKey === undefined ? undefined : row[endpointKey];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Keeps the namespaces of entities; may serve any number of documents. */
export class IdMaker {
  readonly #namespaces = new Map<string, Buffer>();

  /**
   * @param row as given, without an id
   * @returns undefined where the row has nothing that makes it unique; it gets a random id then
   */
  idFor(type: EntityType, row: Table, parent: ParentKey | undefined): string | undefined {
    const [primary] = type.schema.primary_key;
    if (primary !== "id") return undefined;
    const key = keyOf(type, row, parent);
    return key === undefined ? undefined : uuidText(uuid5(this.#namespaceOf(type.name), key));
  }

  #namespaceOf(entity: string): Buffer {
    let namespace = this.#namespaces.get(entity);
    if (namespace === undefined) {
      namespace = uuid5(ROOT_NAMESPACE, entity).subarray(0, ID_BYTES);
      this.#namespaces.set(entity, namespace);
    }
    return namespace;
  }
}
