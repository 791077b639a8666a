/**
 * Secrets in the configuration of a plugin behind a plugin server: where a field is `referenceable`, what the reference
 * names stands in its place when an instance is started, and the reference beside it under `$refs`, as in Kong. Stored
 * and told by the Admin API is the reference alone.
 *
 * @see Kong kong/db/schema/init.lua, process_auto_fields
 */
import type { Plugin } from "../entities/plugin.ts";
import { isReferenceText } from "../pdk/vault.ts";
import type { RemotePluginInfo } from "./plugin-info.ts";

/** The secret that a reference names; null where there is none, which has been said in the log by then. */
export type SecretOf = (reference: string) => string | null;

type Table = Readonly<Record<string, unknown>>;
export type ConfigOf = (plugin: Plugin) => Table;

/** As far as it matters here; a schema has been checked when it was read (entities/schema/metaschema.ts). */
interface Field {
  readonly type?: string;
  readonly referenceable?: boolean;
  readonly elements?: Field;
  readonly values?: Field;
  readonly fields?: FieldList;
}
type FieldList = readonly Readonly<Record<string, Field>>[];

/** How the configurations of a server's plugins are read; one without such fields is handed out as it is. */
export function configReader(plugins: readonly RemotePluginInfo[], secretOf: SecretOf): ConfigOf {
  const fieldsByPlugin = new Map<string, FieldList>();
  for (const { name, schema } of plugins) {
    const config = (schema.fields as FieldList | undefined)?.find((one) => one.config)?.config;
    if (mayRefer(config)) fieldsByPlugin.set(name, config!.fields!);
  }
  return ({ name, config }) => {
    const fields = fieldsByPlugin.get(name);
    return fields === undefined ? config : readRecord(config, fields, secretOf);
  };
}

function mayRefer(field: Field | undefined): boolean {
  if (field === undefined) return false;
  if (field.referenceable === true || mayRefer(field.elements) || mayRefer(field.values))
    return true;
  const members = Array.isArray(field.fields) ? (field.fields as FieldList) : [];
  return members.some((one) => Object.values(one).some(mayRefer));
}

function readRecord(values: Table, fields: FieldList, secretOf: SecretOf): Table {
  const read: Record<string, unknown> = { ...values };
  const refs: Record<string, unknown> = {};
  for (const [name, field] of fields.flatMap((one) => Object.entries(one))) {
    const value = read[name];
    if (isReferable(field, value)) {
      refs[name] = value;
      read[name] = secretOf(value) ?? "";
    } else if (typeof value === "object" && value !== null) {
      const found = referencesIn(field, value);
      if (found !== null) refs[name] = found;
      read[name] = readTable(value, field, secretOf);
    }
  }
  if (Object.keys(refs).length > 0) read.$refs = refs;
  return read;
}

function isReferable(field: Field | undefined, value: unknown): value is string {
  const isMeant = field?.type === "string" && field.referenceable === true;
  return isMeant && typeof value === "string" && isReferenceText(value);
}

/** The references among the values of a list or map, each in its place; null for none. */
function referencesIn(field: Field, value: object): object | null {
  const member = field.elements ?? field.values;
  const entries = Object.entries(value).filter(([, one]) => isReferable(member, one));
  if (entries.length === 0) return null;
  return Object.assign(Array.isArray(value) ? [] : {}, Object.fromEntries(entries));
}

/** A list, set, map or record with its secrets. */
function readTable(value: object, field: Field, secretOf: SecretOf): object {
  if (field.fields !== undefined) return readRecord(value as Table, field.fields, secretOf);
  const member = field.elements ?? field.values;
  if (member === undefined || !mayRefer(member)) return value;
  const read = (one: unknown): unknown => {
    if (isReferable(member, one)) return secretOf(one) ?? "";
    return typeof one === "object" && one !== null ? readTable(one, member, secretOf) : one;
  };
  if (Array.isArray(value)) return value.map(read);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, read(one)]));
}
