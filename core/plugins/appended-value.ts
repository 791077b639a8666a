/** How the transformers append to a field that is there already. */

/** A value joined to what is there: a text or a list grows, a table of Lua takes the next number, else it gives way. */
export function appendedValue(current: unknown, value: unknown): unknown {
  if (typeof current === "string") return [current, value];
  if (Array.isArray(current)) return [...current, value];
  if (typeof current !== "object" || current === null) return [value];
  let next = 1;
  while (Object.hasOwn(current, String(next))) next++;
  return { ...current, [String(next)]: value };
}
