/** The plugins that ship with the gateway, and what the setting `plugins` makes of the word `bundled`. */

/** The same names as in `plugins/bundled.ts`, which this room cannot see; a test holds the two together. */
export const BUNDLED_PLUGINS = [
  "correlation-id",
  "http-log",
  "key-auth",
  "request-termination",
  "request-transformer",
  "response-transformer",
] as const;

/**
 * @param given entries of the setting; `off` as the first one means none at all
 * @returns names in the order given, each once
 */
export function expandPlugins(given: readonly string[]): readonly string[] {
  if (given[0] === "off") return [];
  const names = given.flatMap((name) => (name === "bundled" ? BUNDLED_PLUGINS : [name]));
  return [...new Set(names)].filter((name) => name !== "" && name !== "off");
}
