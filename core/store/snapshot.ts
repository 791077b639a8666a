/**
 * What the data plane reads: one immutable version of the configuration.
 *
 * The primary builds it from the store and sends it to the workers as rows; a worker assembles its own copy with
 * {@link SnapshotBuilder}, a slice at a time so that traffic does not wait, and swaps to it in one assignment. Nothing
 * in it changes afterwards, so a request that keeps a reference sees one version from start to end.
 */
import type { Consumer } from "../entities/consumer.ts";
import type { Entity } from "../entities/entity.ts";
import type { Plugin } from "../entities/plugin.ts";
import type { Route } from "../entities/route.ts";
import type { Service } from "../entities/service.ts";
import type { Target, Upstream } from "../entities/upstream.ts";

/** A row of any entity, with Kong's field names. */
export type Row = Entity & Readonly<Record<string, unknown>>;

/** Maps are by id unless their name says otherwise. */
export interface Snapshot {
  /** Hash of the configuration (32 hexadecimal characters); 32 zeros when empty. */
  readonly hash: string;
  /** Counts up with every snapshot that a gateway makes, over all workers; a plugin instance's `__seq__`. */
  readonly sequence: number;
  /** Every entity by its plural name ("services", "keyauth_credentials") and id, in order of declaration. */
  readonly entities: ReadonlyMap<string, ReadonlyMap<string, Row>>;
  readonly services: ReadonlyMap<string, Service>;
  readonly routes: ReadonlyMap<string, Route>;
  readonly plugins: ReadonlyMap<string, Plugin>;
  readonly consumers: ReadonlyMap<string, Consumer>;
  readonly consumersByUsername: ReadonlyMap<string, Consumer>;
  readonly consumersByCustomId: ReadonlyMap<string, Consumer>;
  readonly upstreamsByName: ReadonlyMap<string, Upstream>;
  /** Targets by id of their Upstream. */
  readonly targets: ReadonlyMap<string, readonly Target[]>;
  /** Lookup of an entity by a unique field: `unique("keyauth_credentials", "key", "secret")`. */
  unique(entity: string, field: string, value: string): Row | undefined;
}

const NO_ROWS: ReadonlyMap<string, Row> = new Map();
/** Fields that are looked up by value on the request path, by entity; one for each lookup of a plugin in the gateway. */
const UNIQUE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  consumers: ["username", "custom_id"],
  upstreams: ["name"],
  keyauth_credentials: ["key"],
  vaults: ["prefix"],
};

/** Collects rows in any order and any number of calls, then makes the snapshot. */
export class SnapshotBuilder {
  readonly #entities = new Map<string, Map<string, Row>>();
  readonly #unique = new Map<string, Map<string, Row>>();
  readonly #targets = new Map<string, Target[]>();

  /** Rows are kept as they are, and must not change afterwards. Of two with one id the later counts. */
  add(entity: string, rows: readonly Row[]): void {
    let byId = this.#entities.get(entity);
    if (byId === undefined) {
      byId = new Map();
      this.#entities.set(entity, byId);
    }
    const fields = UNIQUE_FIELDS[entity] ?? [];
    for (const row of rows) {
      byId.set(row.id, row);
      for (const field of fields) {
        const value = row[field];
        if (typeof value === "string") this.#index(`${entity}.${field}`).set(value, row);
      }
      if (entity === "targets") {
        const target = row as unknown as Target;
        const list = this.#targets.get(target.upstream.id);
        if (list === undefined) this.#targets.set(target.upstream.id, [target]);
        else list.push(target);
      }
    }
  }

  #index(key: string): Map<string, Row> {
    let index = this.#unique.get(key);
    if (index === undefined) {
      index = new Map();
      this.#unique.set(key, index);
    }
    return index;
  }

  /** Another row in the place of each of an entity's; its unique fields and id must be the same. */
  replaceEach(entity: string, replacement: (row: Row) => Row): void {
    const byId = this.#entities.get(entity);
    if (byId === undefined) return;
    for (const [id, row] of byId) byId.set(id, replacement(row));
  }

  /** As {@link Snapshot.unique}, of the rows so far. */
  unique(entity: string, field: string, value: string): Row | undefined {
    return this.#unique.get(`${entity}.${field}`)?.get(value);
  }

  /** Once, at the end: what was collected becomes the snapshot's own. @param hash 32 hexadecimal digits */
  build(hash: string, sequence: number): Snapshot {
    const entities = this.#entities;
    const unique = this.#unique;
    const rows = <T>(name: string): ReadonlyMap<string, T> =>
      (entities.get(name) ?? NO_ROWS) as unknown as ReadonlyMap<string, T>;
    const index = <T>(key: string): ReadonlyMap<string, T> =>
      (unique.get(key) ?? NO_ROWS) as unknown as ReadonlyMap<string, T>;
    return Object.freeze({
      hash,
      sequence,
      entities,
      services: rows<Service>("services"),
      routes: rows<Route>("routes"),
      plugins: rows<Plugin>("plugins"),
      consumers: rows<Consumer>("consumers"),
      consumersByUsername: index<Consumer>("consumers.username"),
      consumersByCustomId: index<Consumer>("consumers.custom_id"),
      upstreamsByName: index<Upstream>("upstreams.name"),
      targets: this.#targets,
      unique: (entity: string, field: string, value: string) => this.unique(entity, field, value),
    });
  }
}
