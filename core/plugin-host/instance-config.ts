/**
 * The configuration that a plugin instance is started with: the config of the Plugin entity and the gateway's own keys.
 *
 * @see reference, section 5: `__key__`, `__seq__`, `__plugin_id`, `__ws_id`, `plugin_instance_name`, `route_id`,
 *   `service_id`, `consumer_id`; what is not set is absent, not null
 */
import type { Plugin } from "../entities/plugin.ts";

/** JSON text without `__seq__`; secrets are in the entity already (store/secrets.ts), their references under `$refs`. */
export function configText(plugin: Plugin, workspaceId: string): string {
  const route = plugin.route?.id;
  const service = plugin.service?.id;
  const consumer = plugin.consumer?.id;
  const key = `plugins:${plugin.name}:${route ?? ""}:${service ?? ""}:${consumer ?? ""}::${workspaceId}`;
  return JSON.stringify(
    {
      ...plugin.config,
      __key__: key,
      __plugin_id: plugin.id,
      __ws_id: workspaceId,
      plugin_instance_name: plugin.instance_name ?? undefined,
      route_id: route,
      service_id: service,
      consumer_id: consumer,
    },
    (_, value: unknown) => (value === null ? undefined : value),
  );
}

/**
 * The configuration of one start: `text` as {@link configText} made it, with a number that no other start has.
 */
export function withSequence(text: string, sequence: number): string {
  return `${text.slice(0, -1)},"__seq__":${sequence}}`;
}
