/** The plugin servers of a gateway over reloads: they are left alone while their settings stay as they are. */
import type { Settings } from "../config/settings.ts";
import type { PluginServerNotice, PluginServerReport } from "../plugin-host/notices.ts";
import type { PluginServerInfo } from "../plugin-host/plugin-info.ts";
import type { ProcessStatus } from "../plugin-host/supervised-process.ts";
import { PluginServerSupervisor } from "../plugin-host/supervisor.ts";
import { BUNDLED } from "../plugins/bundled.ts";
import type { Logger } from "../telemetry/log.ts";

type Notify = (notice: PluginServerNotice) => number;

export class PluginServers {
  readonly infos: readonly PluginServerInfo[];
  readonly #supervisor: PluginServerSupervisor;
  readonly #settings: string;
  readonly #log: Logger;
  readonly #notify: Notify;

  /** Ask the servers what they offer. @throws {InvalidSetting} if one does not say */
  static async open(settings: Settings, log: Logger, notify: Notify): Promise<PluginServers> {
    const enabled = new Set(settings.loaded_plugins);
    const supervisor = new PluginServerSupervisor(settings.pluginservers, {
      log,
      isWanted: (plugin) => enabled.has(plugin) && !BUNDLED.has(plugin),
      notify,
    });
    const infos = settings.pluginservers.length === 0 ? [] : await supervisor.query();
    return new PluginServers(supervisor, infos, keyOf(settings), log, notify);
  }

  private constructor(
    supervisor: PluginServerSupervisor,
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
    this.#supervisor.start();
  }

  stop(): Promise<void> {
    return this.#supervisor.stop();
  }

  onReport(report: PluginServerReport): void {
    this.#supervisor.onReport(report);
  }

  states(): ProcessStatus[] {
    return this.#supervisor.states();
  }

  get isReady(): boolean {
    return this.#supervisor.isReady;
  }
}

function keyOf(settings: Settings): string {
  return JSON.stringify([settings.pluginservers, settings.loaded_plugins]);
}
