/**
 * Error bodies of the Admin API: `{code, name, message, fields}`, with Kong's codes, names and sentences.
 *
 * Clients branch on `code` (decK) and show `message` (people), so both are as they know them.
 */
import type { FieldErrors } from "../entities/schema/definition.ts";
import { type Answer, json } from "./answer.ts";
import { luaText } from "./lua-text.ts";

/** Kong's codes for errors of the Admin API, with the status that carries them. */
const KINDS = {
  invalidPrimaryKey: [1, "invalid primary key", 400],
  schemaViolation: [2, "schema violation", 400],
  notFound: [6, "not found", 404],
  invalidOffset: [7, "invalid offset", 400],
  invalidSize: [9, "invalid size", 400],
  operationUnsupported: [12, "operation unsupported", 405],
  foreignKeysUnresolved: [13, "foreign keys unresolved", 400],
} as const;

function errorAnswer(
  [code, name, status]: readonly [number, string, number],
  message: string,
  fields?: object,
): Answer {
  return json(status, { code, name, message, ...(fields === undefined ? {} : { fields }) });
}

const BAD_UUID = { id: "expected a valid UUID" };

/** For a name in the path of an entity that has only ids. */
export function invalidPrimaryKey(): Answer {
  return errorAnswer(
    KINDS.invalidPrimaryKey,
    `invalid primary key: '${luaText(BAD_UUID)}'`,
    BAD_UUID,
  );
}

/** @param message as the schema engine puts it together: "2 schema violations (...)" */
export function schemaViolation(message: string, fields: FieldErrors): Answer {
  return errorAnswer(KINDS.schemaViolation, message, fields);
}

/** @param key field that was looked for: "id" is the primary key */
export function entityNotFound(key: string, value: string): Answer {
  const fields = { [key]: value };
  const what = key === "id" ? "the entity with primary key" : "the entity with";
  return errorAnswer(KINDS.notFound, `could not find ${what} '${luaText(fields)}'`, fields);
}

/** @param reason in Kong's words: "bad base64 encoding" */
export function invalidOffset(offset: string, reason: string): Answer {
  return errorAnswer(KINDS.invalidOffset, `'${offset}' is not a valid offset: ${reason}`);
}

/** @param message in Kong's words: "size must be an integer between 1 and 1000" */
export function invalidSize(message: string): Answer {
  return errorAnswer(KINDS.invalidSize, message);
}

/** A value in the path that the unique field it stands for cannot have. */
export function invalidUnique(field: string, message: string): Answer {
  return errorAnswer([10, `invalid unique ${field}`, 400], message);
}

/** @param message in Kong's words: "invalid filter syntax" */
export function invalidTags(message: string): Answer {
  return json(400, {
    code: 11,
    name: "invalid options",
    message: `invalid option (tags: ${message})`,
    options: { tags: message },
  });
}

/** As Kong's sentences name them. */
export type Operation = "create" | "update" | "create or update" | "remove";

/** @param key field that the path named the entity by; undefined: its id */
export function unsupported(operation: Operation, entity: string, key?: string): Answer {
  const by = key === undefined ? "" : ` by '${key}'`;
  return errorAnswer(
    KINDS.operationUnsupported,
    `cannot ${operation} '${entity}' entities${by} when not using a database`,
  );
}

/** A reference in a body names an entity that is not there. */
export function unresolvedForeignKey(
  field: string,
  key: string,
  value: string,
  entity: string,
): Answer {
  const problem = `the foreign key cannot be resolved with '${luaText({ [key]: value })}' for an existing '${entity}' entity`;
  return errorAnswer(
    KINDS.foreignKeysUnresolved,
    `foreign key unresolved (${field}.${key}: ${problem})`,
    { [field]: { [key]: problem } },
  );
}
