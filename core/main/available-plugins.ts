/**
 * Which plugins a configuration may name: those of the setting `plugins` that are inside the gateway or offered by a plugin
 * server. An enabled plugin that is nowhere stops the start, as in Kong, and is usually a name spelt in two ways.
 */
import type { Settings } from "../config/settings.ts";
import { InvalidSetting } from "../errors.ts";
import type { PluginServerInfo } from "../plugin-host/plugin-info.ts";
import type { LoadedPlugin } from "../plugins/bundled.ts";

/** As the Admin API's `/` shows it. */
export interface AvailablePlugin {
  readonly name: string;
  readonly version: string;
  readonly priority: number;
}

/**
 * @param inProcess plugins inside the gateway by name; they win over plugin servers
 * @returns in the order of `plugins`
 * @throws {InvalidSetting} for a plugin that is enabled and nowhere to be found, with what the plugin servers do offer
 */
export function availablePlugins(
  inProcess: ReadonlyMap<string, LoadedPlugin>,
  servers: readonly PluginServerInfo[],
  settings: Settings,
): AvailablePlugin[] {
  const found = new Map<string, AvailablePlugin>();
  for (const { plugins } of servers) {
    for (const { name, version, priority } of plugins) found.set(name, { name, version, priority });
  }
  for (const [name, { handler }] of inProcess) {
    found.set(name, { name, version: handler.version, priority: handler.priority });
  }
  return settings.loaded_plugins.map((name) => {
    const plugin = found.get(name);
    if (plugin === undefined) {
      throw new InvalidSetting(`${name} plugin is enabled but not installed; ${placesOf(servers)}`);
    }
    return plugin;
  });
}

/** Where it was looked for. */
function placesOf(servers: readonly PluginServerInfo[]): string {
  const none = "there is no plugin server (pluginserver_names)";
  const offers = servers.map(({ settings, plugins, others = [], said = "" }) => {
    const names = [...plugins.map(({ name }) => name), ...others];
    const fault = said === "" ? "" : ` (its query command says: ${said})`;
    return `plugin server ${settings.name} offers ${names.join(", ")}${fault}`;
  });
  const outside = offers.length === 0 ? none : offers.join(", ");
  return `it is not in plugin_path, and ${outside}`;
}
