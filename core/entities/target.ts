/** Target: an address of an Upstream, with its share of the requests, as the Admin API shows it. */
import type { ForeignKey } from "./entity.ts";
import type { EntitySchema } from "./schema/definition.ts";
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

export const TARGET_SCHEMA: EntitySchema = {
  name: "targets",
  primary_key: ["id"],
  endpoint_key: "target",
  cache_key: ["upstream", "target"],
  workspaceable: true,
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
