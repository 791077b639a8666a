/** Replaces references to vaults in the texts that were given by what they stand for. */
import { isReference } from "../entities/schema/references.ts";
import { parseList } from "./parse-value.ts";
import { dereference, type VaultAccess } from "./references.ts";
import { SETTINGS_BY_NAME } from "./table.ts";

/** By setting: its reference, or those of a list's entries, null where an entry is none. */
export type References = Record<string, string | readonly (string | null)[]>;

/**
 * @param given is changed: each reference becomes its secret
 * @param errors gets a line for each that leads nowhere
 * @returns the references that were replaced, by setting
 */
export function resolveReferences(
  given: Map<string, string>,
  access: VaultAccess,
  errors: string[],
): References {
  const references: References = {};
  for (const [name, text] of given) {
    if (!text.includes("{vault://")) continue;
    if (SETTINGS_BY_NAME.get(name)?.type === "array") {
      const entries = parseList(text);
      const found = entries.map((entry) => (isReference(entry) ? entry : null));
      references[name] = found.slice(0, found.findLastIndex((entry) => entry !== null) + 1);
      const secrets = entries.map((entry, i) =>
        isReference(entry) ? secretOf(entry, `${name}[${i + 1}]`, access, errors) : entry,
      );
      given.set(name, secrets.join(","));
    } else if (isReference(text)) {
      references[name] = text;
      given.set(name, secretOf(text, name, access, errors));
    }
  }
  return references;
}

/** The secret; the reference itself where there is none, with a line in `errors`. */
function secretOf(
  reference: string,
  option: string,
  access: VaultAccess,
  errors: string[],
): string {
  const fail = (reason: string): null => {
    errors.push(`failed to dereference '${reference}': ${reason} for config option '${option}'`);
    return null;
  };
  return dereference(reference, access, fail) ?? reference;
}
