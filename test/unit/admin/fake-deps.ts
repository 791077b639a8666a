/** What the Admin API needs, with a few entities in memory and schemas of a few fields: no engine, no store, no workers. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdminDeps, ApplyOptions, ApplyResult, StatusDeps } from "../../../core/admin/deps.ts";
import type { EntityModel } from "../../../core/admin/entity-model.ts";
import type { EntityReader } from "../../../core/admin/entity-reader.ts";
import { loadSettings } from "../../../core/config/load.ts";
import type { EntitySchema, FieldSchema } from "../../../core/entities/schema/definition.ts";
import type { Row } from "../../../core/store/snapshot.ts";
import { NO_LOG } from "../../../core/telemetry/log.ts";

export const ID = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

const text: FieldSchema = { type: "string" };
const tags: FieldSchema = { type: "set", elements: { type: "string" } };
const foreign = (reference: string): FieldSchema => ({ type: "foreign", reference });

function schema(
  name: string,
  key: string | null,
  fields: Record<string, FieldSchema>,
  more: object = {},
): EntitySchema {
  return {
    name,
    primary_key: ["id"],
    ...(key === null ? {} : { endpoint_key: key }),
    fields: Object.entries({ id: text, ...fields }).map(([field, attributes]) => ({
      [field]: attributes,
    })),
    ...more,
  };
}

const SCHEMAS: readonly EntitySchema[] = [
  schema("consumers", "username", { username: text, custom_id: text, tags }),
  schema("certificates", null, { cert: text, tags }),
  schema("services", "name", {
    name: text,
    host: { type: "string", required: true },
    port: { type: "integer" },
    tags,
  }),
  schema("routes", "name", {
    name: text,
    paths: { type: "array", elements: text },
    service: foreign("services"),
  }),
  schema("snis", "name", { name: text, certificate: foreign("certificates") }),
  schema("upstreams", "name", { name: text }),
  schema("targets", "target", { target: text, upstream: foreign("upstreams") }),
  schema("plugins", "instance_name", { name: text, instance_name: text }),
  schema("tags", "tag", { tag: text }),
  schema("workspaces", "name", { name: text }, { generate_admin_api: false }),
  schema(
    "keyauth_credentials",
    "key",
    { key: text, consumer: foreign("consumers") },
    { admin_api_name: "key-auths", admin_api_nested_name: "key-auth" },
  ),
];

const MODEL: EntityModel = {
  schemas: new Map(SCHEMAS.map((each) => [each.name, each])),
  checkInsert: (entity, value) =>
    entity === "services" && typeof value.host !== "string"
      ? {
          ok: false,
          message: "schema violation (host: required field missing)",
          fields: { host: "required field missing" },
        }
      : { ok: true, row: value },
  checkUpdate: (_entity, value) => ({ ok: true, row: value }),
  checkField: (_entity, _field, value) => (value === "bad" ? "must not be bad" : null),
  shown: (_entity, row) => row,
  subSchema: () => undefined,
};

/** A store of arrays; its offsets are positions. */
export class FakeStore implements EntityReader {
  readonly rows: Record<string, Row[]>;

  constructor(rows: Record<string, Row[]>) {
    this.rows = rows;
  }

  all(entity: string): Row[] {
    return this.rows[entity] ?? [];
  }

  byId(entity: string, id: string): Row | undefined {
    return this.all(entity).find((row) => row.id === id);
  }

  byField(entity: string, field: string, value: string): Row | undefined {
    return this.all(entity).find((row) => row[field] === value);
  }

  page(
    entity: string,
    { size, offset, tags: wanted, parent }: Parameters<EntityReader["page"]>[1],
  ) {
    const from = offset === null ? 0 : Number(offset);
    if (Number.isNaN(from)) return null;
    const rows = this.all(entity)
      .filter(
        (row) =>
          parent === undefined || (row[parent.field] as { id: string } | null)?.id === parent.id,
      )
      .filter((row) => {
        const has = (name: string): boolean => row.tags?.includes(name) === true;
        return (
          wanted === undefined || (wanted.all ? wanted.names.every(has) : wanted.names.some(has))
        );
      });
    const next = from + size;
    return { rows: rows.slice(from, next), offset: next < rows.length ? String(next) : null };
  }
}

export interface Fake extends AdminDeps, Omit<StatusDeps, "settings"> {
  /** What was handed to applyConfig. */
  readonly applied: [string | object, ApplyOptions][];
  /** What it answers next. */
  result: ApplyResult;
  reason: string | null;
  drained: boolean;
}

export function fakeDeps(rows: Record<string, Row[]> = {}, env: Record<string, string> = {}): Fake {
  const prefix = mkdtempSync(join(tmpdir(), "admin-"));
  const { settings } = loadSettings({
    prefix,
    env: {
      KONG_DATABASE: "off",
      KONG_ADMIN_LISTEN: "127.0.0.1:0",
      KONG_STATUS_LISTEN: "127.0.0.1:0",
      KONG_ADMIN_GUI_LISTEN: "off",
      KONG_ADMIN_ACCESS_LOG: "off",
      ...env,
    },
  });
  const connections = { accepted: 2, active: 1, handled: 2, reading: 0, waiting: 1, writing: 0 };
  const fake: Fake = {
    settings,
    log: NO_LOG,
    serverToken: "dragoman/0.1.0",
    version: "3.9.1",
    nodeId: ID(999),
    hostname: "here",
    plugins: [{ name: "key-auth", version: "1.0.0", priority: 1250 }],
    model: MODEL,
    store: new FakeStore(rows),
    applied: [],
    result: { outcome: "applied", entities: {} },
    reason: null,
    drained: false,
    workers: () => [{ pid: 1, heapBytes: 3 * 1024 * 1024, connections, requests: 5 }],
    configurationHash: () => "0".repeat(32),
    metricsText: () => "# TYPE kong_node_info gauge\n",
    readiness: () => fake.reason,
    pluginServers: {
      list: async () => [{ name: "py", state: "ready" }],
      act: async (name, action, { canaryPercent, decideAfterS }) =>
        name === "py"
          ? { status: 200, message: `${action} ${canaryPercent} ${decideAfterS}` }
          : { status: 404, message: "Not found" },
    },
    drain: () => {
      fake.drained = true;
    },
    applyConfig: async (config, options) => {
      fake.applied.push([config, options]);
      return fake.result;
    },
    exportConfig: () => '_format_version: "3.0"\n',
  };
  return fake;
}
