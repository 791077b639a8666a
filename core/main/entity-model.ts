/** The entities' schemas as the Admin API looks at them. */
import type { CheckResult, EntityModel } from "../admin/entity-model.ts";
import type { EntityRegistry } from "../entities/registry.ts";
import type { Table } from "../entities/schema/definition.ts";
import type { Prepared } from "../entities/schema/entity.ts";
import { schemaViolation } from "../entities/schema/violation.ts";
import type { Row } from "../store/snapshot.ts";

/**
 * Schemas are looked up at each question, so one that a plugin server changed counts at once; the list of
 * entities is fixed.
 */
export function entityModel(registry: EntityRegistry): EntityModel {
  return {
    schemas: new Map(registry.names().map((name) => [name, registry.entity(name).schema])),
    checkInsert: (entity: string, value: Table) => checked(registry.entity(entity).insert(value)),
    checkUpdate: (entity: string, value: Table, previous: Row) =>
      checked(registry.entity(entity).update(previous as Table, value)),
    checkField(entity, field, value) {
      const error = registry.entity(entity).checkField(field, value);
      return typeof error === "string" ? error : null;
    },
    shown: (entity, row) => registry.entity(entity).show(row as Table),
    subSchema: (entity, name) => registry.entity(entity).subschema(name),
  };
}

function checked({ row, errors }: Prepared): CheckResult {
  if (errors === undefined) return { ok: true, row };
  const violation = schemaViolation(errors);
  return { ok: false, message: violation.message, fields: violation.fields };
}
