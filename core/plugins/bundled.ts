/** The plugins that ship with the gateway, by name; `config/bundled-plugins.ts` holds the same names for settings. */
import { KEYAUTH_CREDENTIAL_SCHEMA } from "../entities/credentials.ts";
import type { EntitySchema } from "../entities/schema/definition.ts";
import type { PluginHandler } from "../runloop/handler.ts";
import { handler as correlationId } from "./correlation-id/handler.ts";
import { schema as correlationIdSchema } from "./correlation-id/schema.ts";
import { handler as httpLog } from "./http-log/handler.ts";
import { schema as httpLogSchema } from "./http-log/schema.ts";
import { handler as keyAuth } from "./key-auth/handler.ts";
import { schema as keyAuthSchema } from "./key-auth/schema.ts";
import { handler as requestTermination } from "./request-termination/handler.ts";
import { schema as requestTerminationSchema } from "./request-termination/schema.ts";
import { handler as requestTransformer } from "./request-transformer/handler.ts";
import { schema as requestTransformerSchema } from "./request-transformer/schema.ts";
import { handler as responseTransformer } from "./response-transformer/handler.ts";
import { schema as responseTransformerSchema } from "./response-transformer/schema.ts";

/** A plugin that runs in the gateway, as it was found. */
export interface LoadedPlugin {
  readonly handler: PluginHandler;
  /** For `EntityRegistry.registerPluginSchema`, which checks it. */
  readonly schema: unknown;
  /** For `EntityRegistry.registerEntity`; register them before any configuration is read. */
  readonly entities: readonly EntitySchema[];
  /** Where it came from: "bundled", or the file. */
  readonly source: string;
}

function bundled(
  handler: PluginHandler,
  schema: unknown,
  entities: readonly EntitySchema[] = [],
): readonly [string, LoadedPlugin] {
  return [handler.name, { handler, schema, entities, source: "bundled" }];
}

/** By name; entities are registered with the plugin that needs them. */
export const BUNDLED: ReadonlyMap<string, LoadedPlugin> = new Map([
  bundled(correlationId, correlationIdSchema),
  bundled(httpLog, httpLogSchema),
  bundled(keyAuth, keyAuthSchema, [KEYAUTH_CREDENTIAL_SCHEMA]),
  bundled(requestTermination, requestTerminationSchema),
  bundled(requestTransformer, requestTransformerSchema),
  bundled(responseTransformer, responseTransformerSchema),
]);
