/**
 * From the JSON of a Start to the configuration that handlers see.
 *
 * The gateway has checked it and put the defaults in. They are put in here once more, for gateways and harnesses that do
 * not, and a required field that is missing refuses the configuration, so that no handler meets what its type rules out.
 */
import type { FieldSchema, NamedField } from "./fields.ts";

/** The configuration does not fit the plugin; the text goes to the gateway's log. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Keys of the gateway's own in a configuration. */
export interface ConfigMeta {
  /** Id of the plugin config. */
  readonly pluginId: string | undefined;
  readonly routeId: string | undefined;
  readonly serviceId: string | undefined;
  readonly consumerId: string | undefined;
  readonly instanceName: string | undefined;
  /** Goes up with every change. */
  readonly sequence: number | undefined;
}

/** Names that the gateway adds; none of them begins like a field that a plugin may declare. */
const META_KEYS = {
  pluginId: "__plugin_id",
  routeId: "route_id",
  serviceId: "service_id",
  consumerId: "consumer_id",
  instanceName: "plugin_instance_name",
  sequence: "__seq__",
} as const;

type Table = Record<string, unknown>;

const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @returns the value with defaults in it; undefined where there is none */
function withDefaults(schema: FieldSchema, value: unknown, path: string): unknown {
  const given = value ?? schema.default;
  if (schema.type === "record" && schema.fields !== undefined) {
    return recordWithDefaults(schema, given, path);
  }
  if (given === undefined || given === null) {
    if (schema.required === true) throw new ConfigError(`config.${path}: required field missing`);
    return undefined;
  }
  const { elements, values } = schema;
  if (elements !== undefined && Array.isArray(given)) {
    return given.map((one, i) => withDefaults(elements, one, `${path}.${i + 1}`));
  }
  if (schema.type === "map" && values !== undefined && isTable(given)) {
    const entries = Object.entries(given);
    return Object.fromEntries(
      entries.map(([key, one]) => [key, withDefaults(values, one, `${path}.${key}`)]),
    );
  }
  return given;
}

function recordWithDefaults(schema: FieldSchema, given: unknown, path: string): unknown {
  const fields = schema.fields ?? [];
  const isMade = given === undefined || given === null;
  if (isMade && schema.required !== true && !hasDefaults(fields)) return undefined;
  return tableWithDefaults(fields, isTable(given) ? given : {}, `${path}.`);
}

/** Does a record come to be because of a default in it? As in Kong. */
function hasDefaults(fields: readonly NamedField[]): boolean {
  return fields.some((named) =>
    Object.values(named).some(
      (one) => one.default !== undefined || (one.fields !== undefined && hasDefaults(one.fields)),
    ),
  );
}

function tableWithDefaults(fields: readonly NamedField[], given: Table, prefix: string): Table {
  const table: Table = {};
  for (const named of fields) {
    for (const [name, schema] of Object.entries(named)) {
      const value = withDefaults(schema, given[name], prefix + name);
      if (value !== undefined) table[name] = value;
    }
  }
  return table;
}

/**
 * @param raw the parsed JSON of a Start
 * @returns the plugin's own fields, frozen at the top
 * @throws {ConfigError} where a required field is missing
 */
export function readConfig(fields: readonly NamedField[], raw: unknown): Readonly<Table> {
  return Object.freeze(tableWithDefaults(fields, isTable(raw) ? raw : {}, ""));
}

/** What the gateway says of the plugin config beside its fields. */
export function readMeta(raw: unknown): ConfigMeta {
  const table = isTable(raw) ? raw : {};
  const text = (key: string): string | undefined =>
    typeof table[key] === "string" ? (table[key] as string) : undefined;
  const sequence = table[META_KEYS.sequence];
  return Object.freeze({
    pluginId: text(META_KEYS.pluginId),
    routeId: text(META_KEYS.routeId),
    serviceId: text(META_KEYS.serviceId),
    consumerId: text(META_KEYS.consumerId),
    instanceName: text(META_KEYS.instanceName),
    sequence: typeof sequence === "number" ? sequence : undefined,
  });
}
