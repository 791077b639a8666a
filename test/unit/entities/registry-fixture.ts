/**
 * A registry with every plugin that Kong 3.9 ships, for tests of validation: their schemas are facts about Kong, recorded
 * from its Admin API, with the names of its standard checks.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ENTITIES_OF_PLUGINS } from "../../../core/entities/plugin-entities.ts";
import { EntityRegistry } from "../../../core/entities/registry.ts";
import type { RouterFlavor } from "../../../core/entities/route-schema.ts";

const DATA = join(import.meta.dirname, "data");

export function readData(name: string): unknown {
  return JSON.parse(readFileSync(join(DATA, name), "utf8"));
}

export function fullRegistry(
  routerFlavor: RouterFlavor = "traditional_compatible",
): EntityRegistry {
  const registry = new EntityRegistry({ routerFlavor });
  for (const schemas of Object.values(ENTITIES_OF_PLUGINS)) {
    for (const schema of schemas) registry.registerEntity(schema);
  }
  for (const [name, schema] of Object.entries(readData("plugin-schemas.json") as object)) {
    registry.registerPluginSchema(name, schema);
  }
  return registry;
}
