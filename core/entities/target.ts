/** Target: an address of an Upstream, with its share of the requests, as the Admin API shows it. */
import type { ForeignKey } from "./entity.ts";
import { normalizeTarget } from "./schema/checks/upstream.ts";
import type { EntitySchema, Table } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";

/** Target: an address of an Upstream, with its share of the requests. */
export interface Target {
  readonly id: string;
  /** "host:port". */
  readonly target: string;
  readonly weight: number;
  readonly upstream: ForeignKey;
  readonly tags?: readonly string[] | null;
  readonly created_at?: number;
  readonly updated_at?: number;
}

/** A Target is kept and shown with its port, and an IPv6 address in brackets; it is found by that text alone. */
function writePort(row: Table): void {
  if (typeof row.target === "string") row.target = normalizeTarget(row.target);
}

/** Times are seconds with milliseconds behind the point; those of all other entities are whole seconds. */
export const TARGET_SCHEMA: EntitySchema = {
  name: "targets",
  primary_key: ["id"],
  endpoint_key: "target",
  cache_key: ["upstream", "target"],
  workspaceable: true,
  transform: writePort,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestampMs },
    { updated_at: typedefs.autoTimestampMs },
    { upstream: { type: "foreign", reference: "upstreams", on_delete: "cascade", required: true } },
    { target: { type: "string", required: true, check: "target" } },
    { weight: { type: "integer", default: 100, between: [0, 65535] } },
    { tags: typedefs.tags },
  ],
};
