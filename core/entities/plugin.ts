/** Plugin config: a plugin with its configuration and scope, as the Admin API shows it. */
import type { Entity, ForeignKey } from "./entity.ts";
import type { EntityCheckResult, EntitySchema, Table } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";

/** A row of `plugins`, as stored. In a worker the secrets of its config are filled in (store/secrets.ts). */
export interface Plugin extends Entity {
  readonly name: string;
  readonly instance_name?: string | null;
  readonly enabled: boolean;
  readonly protocols: readonly string[];
  readonly tags?: readonly string[] | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly route?: ForeignKey | null;
  readonly service?: ForeignKey | null;
  readonly consumer?: ForeignKey | null;
}

/** What is wrong with tags of a plugin config, if anything is. */
export type TagsCheck = (tags: readonly string[]) => string | undefined;

/** @param check for tags that mean something to the gateway */
export function pluginSchema(check?: TagsCheck): EntitySchema {
  if (check === undefined) return PLUGIN_SCHEMA;
  const fn = ({ tags }: Table): EntityCheckResult => {
    const complaint = Array.isArray(tags) ? check(tags as string[]) : undefined;
    return complaint === undefined ? undefined : { fields: { tags: complaint } };
  };
  const tagsCheck = { custom_entity_check: { field_sources: ["tags"], fn } };
  return { ...PLUGIN_SCHEMA, own_checks: [tagsCheck] };
}

/** What a plugin says about itself (its config above all) is the subschema that it registers under its name. */
const PLUGIN_SCHEMA: EntitySchema = {
  name: "plugins",
  primary_key: ["id"],
  endpoint_key: "instance_name",
  cache_key: ["name", "route", "service", "consumer"],
  subschema_key: "name",
  subschema_error: "plugin '%s' not enabled; add it to the 'plugins' configuration property",
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { name: { type: "string", required: true } },
    { instance_name: typedefs.utf8Name },
    { created_at: typedefs.autoTimestamp },
    { updated_at: typedefs.autoTimestamp },
    { route: { type: "foreign", reference: "routes", on_delete: "cascade", default: null } },
    { service: { type: "foreign", reference: "services", on_delete: "cascade", default: null } },
    { consumer: { type: "foreign", reference: "consumers", on_delete: "cascade", default: null } },
    { config: { type: "record", abstract: true } },
    { protocols: typedefs.protocols },
    { enabled: { type: "boolean", required: true, default: true } },
    { tags: typedefs.tags },
  ],
};
