/** The errors of a record as the Admin API answers them. */
import type { FieldError, FieldErrors } from "./definition.ts";
import { luaPretty } from "./lua-pretty.ts";
import { ENTITY, isText } from "./messages.ts";
import { entriesOf } from "./tables.ts";

/** Body of a 400. */
interface SchemaViolation {
  readonly code: 2;
  readonly name: "schema violation";
  readonly message: string;
  readonly fields: FieldErrors;
}

/** Errors in one line each: those of the entity first, then by name of the field. */
function linesOf(errors: FieldErrors): string[] {
  const lines: string[] = [];
  const entity = errors[ENTITY];
  if (Array.isArray(entity)) lines.push(...entity.map(String));
  for (const name of Object.keys(errors).sort()) {
    const error = errors[name]!;
    if (name === ENTITY) continue;
    if (isText(error)) lines.push(`${name}: ${error}`);
    else lines.push(...linesOfField(name, error));
  }
  return lines;
}

function linesOfField(name: string, error: Exclude<FieldError, string>): string[] {
  const members = entriesOf(error as Record<string, unknown>).filter(
    ([, member]) => member !== null,
  );
  if (!Array.isArray(error)) members.sort(([one], [other]) => (one < other ? -1 : 1));
  return members.map(([key, member]) => {
    const text = isText(member as FieldError) ? String(member) : luaPretty(member);
    return `${name}.${key}: ${text}`;
  });
}

/** @param fields as a record's `validate` gives them; not empty */
export function schemaViolation(fields: FieldErrors): SchemaViolation {
  const lines = linesOf(fields);
  const count = lines.length === 1 ? "schema violation" : `${lines.length} schema violations`;
  const message = `${count} (${lines.join("; ")})`;
  return { code: 2, name: "schema violation", message, fields };
}
