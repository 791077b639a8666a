/** The plugin servers of a gateway over reloads: they are left alone while their settings stay as they are. */
import type { Settings } from "../config/settings.ts";
import type { PluginServerNotice, PluginServerReport } from "../plugin-host/notices.ts";
import type { PluginServerInfo } from "../plugin-host/plugin-info.ts";
import type { ProcessStatus } from "../plugin-host/supervised-process.ts";
import type { PluginServerSupervisor } from "../plugin-host/supervisor.ts";
import { BUNDLED } from "../plugins/bundled.ts";
import type { Logger } from "../telemetry/log.ts";

type Notify = (notice: PluginServerNotice) => number;

export class PluginServers {
  readonly infos: readonly PluginServerInfo[];
  /** null where there is no server: then what starts processes is not even loaded. */
  readonly #supervisor: PluginServerSupervisor | null;
  readonly #settings: string;
  readonly #log: Logger;
  readonly #notify: Notify;

  /** Ask the servers what they offer. @throws {InvalidSetting} if one does not say */
  static async open(settings: Settings, log: Logger, notify: Notify): Promise<PluginServers> {
    if (settings.pluginservers.length === 0) {
      return new PluginServers(null, [], keyOf(settings), log, notify);
    }
    const enabled = new Set(settings.loaded_plugins);
    const { PluginServerSupervisor } = await import("../plugin-host/supervisor.ts");
    const supervisor = new PluginServerSupervisor(settings.pluginservers, {
      log,
      isWanted: (plugin) => enabled.has(plugin) && !BUNDLED.has(plugin),
      notify,
    });
    const infos = await supervisor.query();
    return new PluginServers(supervisor, infos, keyOf(settings), log, notify);
  }

  private constructor(
    supervisor: PluginServerSupervisor | null,
    infos: readonly PluginServerInfo[],
    settings: string,
    log: Logger,
    notify: Notify,
  ) {
    this.#supervisor = supervisor;
    this.infos = infos;
    this.#settings = settings;
    this.#log = log;
    this.#notify = notify;
  }

  /** Those of changed settings: these, if nothing about them has changed. Not started yet. */
  next(settings: Settings): Promise<PluginServers> {
    if (keyOf(settings) === this.#settings) return Promise.resolve(this);
    return PluginServers.open(settings, this.#log, this.#notify);
  }

  start(): void {
    this.#supervisor?.start();
  }

  async stop(): Promise<void> {
    await this.#supervisor?.stop();
  }

  onReport(report: PluginServerReport): void {
    this.#supervisor?.onReport(report);
  }

  states(): ProcessStatus[] {
    return this.#supervisor?.states() ?? [];
  }

  get isReady(): boolean {
    return this.#supervisor?.isReady ?? true;
  }
}

function keyOf(settings: Settings): string {
  return JSON.stringify([settings.pluginservers, settings.loaded_plugins]);
}
