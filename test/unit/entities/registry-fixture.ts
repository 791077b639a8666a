/**
 * A registry with every plugin that Kong 3.9 ships, for tests of validation: their schemas are facts about Kong, recorded
 * from its Admin API, with the names of its standard checks.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as credentials from "../../../core/entities/credentials.ts";
import { EntityRegistry } from "../../../core/entities/registry.ts";
import type { RouterFlavor } from "../../../core/entities/route-schema.ts";
import type { EntitySchema } from "../../../core/entities/schema/definition.ts";

const DATA = join(import.meta.dirname, "data");

/** Entities of plugins of which a test only needs to know that they are there. */
export const BARE = ["oauth2_tokens", "oauth2_credentials", "sessions", "acme_storage"];

export function readData(name: string): unknown {
  return JSON.parse(readFileSync(join(DATA, name), "utf8"));
}

export function fullRegistry(
  routerFlavor: RouterFlavor = "traditional_compatible",
): EntityRegistry {
  const registry = new EntityRegistry({ routerFlavor });
  for (const value of Object.values(credentials) as (EntitySchema | undefined)[]) {
    if (value?.name !== undefined) registry.registerEntity(value);
  }
  for (const name of BARE) {
    const fields = [{ id: { type: "string", uuid: true, auto: true } as const }];
    registry.registerEntity({ name, primary_key: ["id"], fields });
  }
  for (const [name, schema] of Object.entries(readData("plugin-schemas.json") as object)) {
    registry.registerPluginSchema(name, schema);
  }
  return registry;
}
