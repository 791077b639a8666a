/** The plugins of a worker: those in this process and those behind plugin servers, as handlers by name. */
import type { VaultAccess } from "../config/references.ts";
import type { Settings } from "../config/settings.ts";
import type { Plugin } from "../entities/plugin.ts";
import type { ServerFigures } from "../plugin-host/figures.ts";
import type { PluginServerChange, PluginServerNotice } from "../plugin-host/notices.ts";
import type { PluginServerInfo } from "../plugin-host/plugin-info.ts";
import { createRemoteHandlers, type RemoteHandlers } from "../plugin-host/remote-handler.ts";
import type { RemoteDeps } from "../plugin-host/remote-server.ts";
import type { LoadedPlugin } from "../plugins/bundled.ts";
import { loadPlugin } from "../plugins/load.ts";
import type { PluginHandler } from "../runloop/handler.ts";
import { compareHandlers } from "../runloop/plugins-iterator.ts";
import { RowSecrets } from "../store/secrets.ts";
import type { Snapshot } from "../store/snapshot.ts";
import type { Logger } from "../telemetry/log.ts";

/** The bundled plugins and the user's own that the settings enable, by name. */
export async function loadInProcess(settings: Settings): Promise<Map<string, LoadedPlugin>> {
  const found = new Map<string, LoadedPlugin>();
  for (const name of settings.loaded_plugins) {
    const plugin = await loadPlugin(name, { folders: settings.plugin_path });
    if (plugin !== null) found.set(name, plugin);
  }
  return found;
}

/** Fills secrets into the configs of these plugins; of two with one name that in the gateway counts. */
export function rowSecrets(
  inProcess: ReadonlyMap<string, LoadedPlugin>,
  servers: readonly PluginServerInfo[],
  vaults: VaultAccess,
  log: Logger,
): RowSecrets {
  const secrets = new RowSecrets(vaults, log);
  for (const { plugins } of servers) {
    for (const { name, schema } of plugins)
      if (!inProcess.has(name)) secrets.addPlugin(name, schema);
  }
  for (const [name, { schema }] of inProcess) secrets.addPlugin(name, schema);
  return secrets;
}

/** One for each worker; which plugins there are does not change in its life, their configs do. */
export class WorkerPlugins {
  /** By name; in the order of their priorities, in which init_worker and configure are run, as in Kong. */
  readonly handlers: ReadonlyMap<string, PluginHandler>;
  readonly #remote: RemoteHandlers;
  readonly #log: Logger;

  constructor(
    inProcess: ReadonlyMap<string, LoadedPlugin>,
    servers: readonly PluginServerInfo[],
    enabled: ReadonlySet<string>,
    deps: RemoteDeps,
  ) {
    this.#log = deps.log;
    this.#remote = createRemoteHandlers(servers, deps);
    const handlers = new Map<string, PluginHandler>();
    for (const [name, plugin] of inProcess) handlers.set(name, plugin.handler);
    // a plugin of the gateway's own comes before one of that name in a plugin server, as in Kong
    for (const [name, handler] of this.#remote) {
      if (enabled.has(name) && !handlers.has(name)) handlers.set(name, handler);
    }
    this.handlers = new Map([...handlers].sort(([, a], [, b]) => compareHandlers(a, b)));
  }

  /** Once, before traffic. A failing plugin is logged and the others go on, as in Kong. */
  async initWorker(): Promise<void> {
    for (const handler of this.handlers.values()) {
      if (handler.init_worker === undefined) continue;
      try {
        await handler.init_worker();
      } catch (err) {
        this.#log.error({ err, plugin: handler.name }, "a plugin failed in init_worker");
      }
    }
  }

  /** After each change of the configuration. */
  async configure(snapshot: Snapshot): Promise<void> {
    const rows = new Map<string, Plugin[]>();
    for (const plugin of snapshot.plugins.values()) {
      if (!plugin.enabled) continue;
      const list = rows.get(plugin.name);
      if (list === undefined) rows.set(plugin.name, [plugin]);
      else list.push(plugin);
    }
    for (const handler of this.handlers.values()) {
      if (handler.configure === undefined) continue;
      try {
        const own = rows.get(handler.name) ?? null;
        await handler.configure(own?.map((row) => row.config) ?? null, own);
      } catch (err) {
        this.#log.error({ err, plugin: handler.name }, "a plugin failed in configure");
      }
    }
  }

  onNotice(notice: PluginServerNotice): void {
    this.#remote.onNotice(notice);
  }

  onChange(change: PluginServerChange): void {
    this.#remote.onChange(change);
  }

  figures(): ServerFigures[] {
    return this.#remote.figures();
  }

  /** Send what plugins still hold (queues), then let go of plugin servers. */
  async close(): Promise<void> {
    for (const handler of this.handlers.values()) {
      const close = (handler as { close?(): unknown }).close;
      if (close === undefined) continue;
      try {
        await close.call(handler);
      } catch (err) {
        this.#log.error({ err, plugin: handler.name }, "a plugin failed to close");
      }
    }
    this.#remote.close();
  }
}
