/** Values that the gateway makes itself where a field is absent: ids, times, random texts. */
import { randomBytes, randomUUID } from "node:crypto";
import type { FieldSchema } from "./definition.ts";

/** Length of a random text, such as an API key, in letters and digits. */
const TEXT_LENGTH = 32;

function randomText(): string {
  let text = "";
  while (text.length < TEXT_LENGTH) {
    text += randomBytes(TEXT_LENGTH)
      .toString("base64")
      .replaceAll(/[^0-9A-Za-z]/g, "");
  }
  return text.slice(0, TEXT_LENGTH);
}

/** Seconds of the epoch; with a fraction where the field is no integer. */
export function now(field: FieldSchema): number {
  return field.type === "integer" ? Math.floor(Date.now() / 1000) : Date.now() / 1000;
}

/** Makes the value of an absent field with `auto`. */
export function autoValue(name: string, field: FieldSchema): () => unknown {
  if (field.uuid === true) return randomUUID;
  if (field.timestamp === true) return () => now(field);
  if (field.type === "string") return randomText;
  throw new SyntaxError(`field ${name} cannot be made automatically`);
}
