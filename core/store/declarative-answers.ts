/** What POST /config answers: the rows as they were given, or what is wrong with them. */
import { luaCompact } from "../entities/schema/lua-pretty.ts";
import type { FieldErrors, Table } from "../entities/schema/definition.ts";
import { isEmptyTable, isTable } from "../entities/schema/tables.ts";
import type { DeclarativeConfig, InvalidConfig } from "./declarative.ts";
import type { FlattenedError } from "./declarative-flatten.ts";

/** Body of a 400; `flattened_errors` is an empty object where there are none, as Kong prints an empty list. */
interface DeclarativeErrorBody {
  readonly code: 14;
  readonly name: "invalid declarative configuration";
  readonly message: string;
  readonly fields: FieldErrors;
  readonly flattened_errors?: readonly FlattenedError[] | Record<string, never>;
}

/** @param flatten whether the client asked for `flatten_errors` */
export function declarativeErrorBody(
  result: InvalidConfig,
  flatten: boolean,
): DeclarativeErrorBody {
  const isUnreadable = result.errors.error !== undefined;
  if (!flatten || isUnreadable) return body(result.errors, {});
  const { flattened, rest } = result.flatten();
  return body(rest, { flattened_errors: flattened.length === 0 ? {} : flattened });
}

function body(
  fields: FieldErrors,
  more: Pick<DeclarativeErrorBody, "flattened_errors">,
): DeclarativeErrorBody {
  const message = `declarative config is invalid: ${luaCompact(fields)}`;
  return { code: 14, name: "invalid declarative configuration", message, fields, ...more };
}

/** Records in lists come back without their unset fields. */
function withoutNullsInLists(value: unknown, isInList: boolean): unknown {
  if (Array.isArray(value)) {
    return value.some(isTable) ? value.map((member) => withoutNullsInLists(member, true)) : value;
  }
  if (!isTable(value)) return value;
  const out: Table = {};
  for (const [name, member] of Object.entries(value)) {
    if (isInList && member === null) continue;
    out[name] = withoutNullsInLists(member, false);
  }
  return out;
}

/** Body of the 201: rows by entity and primary key; workspaces are kept to ourselves. */
export function declarativeEntities(config: DeclarativeConfig): Record<string, Table> {
  const out: Record<string, Table> = {};
  for (const [entity, rows] of config.given) {
    if (entity === "workspaces") continue;
    const byKey: Table = {};
    for (const row of rows) {
      const key = row.id ?? (row as Table).key;
      byKey[String(key)] = withoutNullsInLists(row, false);
    }
    if (!isEmptyTable(byKey)) out[entity] = byKey;
  }
  return out;
}
