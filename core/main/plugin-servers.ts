/**
 * The plugin servers of a gateway over reloads: they are left alone while their settings stay as they are.
 *
 * Where settings change, the new processes start beside the old. The path of a socket is part of a start command that we
 * do not write, so both have the same: the old socket gets another name, under which whoever is connected stays so,
 * and gets its own back if a new process does not come up. (To start the old ones again instead would leave requests
 * without a server for as long as the new ones try.)
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { ASIDE } from "../plugin-host/socket-file.ts";
import { setTimeout as sleep } from "node:timers/promises";
import type { Settings } from "../config/settings.ts";
import type { PluginServerNotice, PluginServerReport } from "../plugin-host/notices.ts";
import type { CodeUsers } from "../plugin-host/code-users.ts";
import type { PluginServerInfo } from "../plugin-host/plugin-info.ts";
import type { ProcessStatus } from "../plugin-host/supervised-process.ts";
import type { PluginServerSupervisor } from "../plugin-host/supervisor.ts";
import { GatewayError } from "../errors.ts";
import { BUNDLED } from "../plugins/bundled.ts";
import type { Logger } from "../telemetry/log.ts";

type Notify = (notice: PluginServerNotice) => number;

/** Who uses plugin servers: the workers, and the configuration with its schemas. */
interface PluginServerUsers extends CodeUsers {
  readonly notify: Notify;
}

/** Between two looks whether the new processes of a reload accept connections. */
const LOOK_MS = 20;

/** The processes of changed settings did not come up. */
class PluginServersFailed extends GatewayError {
  override readonly name = "PluginServersFailed";
  constructor(message: string) {
    super("PLUGIN_SERVERS_FAILED", 500, message);
  }
}

/** Tells the workers, as long as it is to be heard. */
class Voice {
  isMuted = false;
  readonly #users: PluginServerUsers;

  constructor(users: PluginServerUsers) {
    this.#users = users;
  }

  readonly say: Notify = (notice) => (this.isMuted ? 0 : this.#users.notify(notice));
  readonly change: CodeUsers["change"] = (change) =>
    this.isMuted ? 0 : this.#users.change(change);
}

/** The plugin servers of one version of the settings, in the primary. */
export class PluginServers {
  /** Were these told to end? */
  hasEnded = false;
  /** null where there is no server: then what starts processes is not even loaded. */
  readonly #supervisor: PluginServerSupervisor | null;
  readonly #settings: string;
  readonly #log: Logger;
  readonly #users: PluginServerUsers;
  readonly #voice: Voice;

  /** Ask the servers what they offer. @throws {InvalidSetting} if one does not say */
  static async open(
    settings: Settings,
    log: Logger,
    users: PluginServerUsers,
  ): Promise<PluginServers> {
    const voice = new Voice(users);
    if (settings.pluginservers.length === 0) {
      return new PluginServers(null, keyOf(settings), log, users, voice);
    }
    const enabled = new Set(settings.loaded_plugins);
    const { PluginServerSupervisor } = await import("../plugin-host/supervisor.ts");
    const supervisor = new PluginServerSupervisor(settings.pluginservers, {
      log,
      isWanted: (plugin) => enabled.has(plugin) && !BUNDLED.has(plugin),
      notify: voice.say,
      users: { ...users, change: voice.change },
    });
    await supervisor.query();
    return new PluginServers(supervisor, keyOf(settings), log, users, voice);
  }

  private constructor(
    supervisor: PluginServerSupervisor | null,
    settings: string,
    log: Logger,
    users: PluginServerUsers,
    voice: Voice,
  ) {
    this.#supervisor = supervisor;
    this.#settings = settings;
    this.#log = log;
    this.#users = users;
    this.#voice = voice;
  }

  /** What the servers offer, and where they are now. */
  get infos(): readonly PluginServerInfo[] {
    return this.#supervisor?.infos ?? [];
  }

  /** Those of changed settings: these, if nothing about them has changed. Not started yet. */
  next(settings: Settings): Promise<PluginServers> {
    if (keyOf(settings) === this.#settings) return Promise.resolve(this);
    return PluginServers.open(settings, this.#log, this.#users);
  }

  start(): void {
    this.#supervisor?.start();
  }

  async stop(): Promise<void> {
    this.hasEnded = true;
    await this.#supervisor?.stop();
  }

  /** End them with the gateway, in the middle of {@link takeOver} also: sockets that were put aside go with them. */
  async end(): Promise<void> {
    await this.stop();
    for (const path of this.#sockets()) rmSync(path + ASIDE, { force: true });
  }

  /** Sockets of the processes that are started here; those of others are not ours to touch. */
  #sockets(): string[] {
    return this.infos.flatMap(({ settings, sockets }) => (settings.start_cmd ? sockets : []));
  }

  /**
   * Start in the place of others, which go on with the connections that they have.
   *
   * @throws {PluginServersFailed} if a process does not come up; call {@link giveBack} then, as after any later failure
   */
  async takeOver(before: PluginServers): Promise<void> {
    if (this === before) return;
    for (const path of before.#sockets()) if (existsSync(path)) renameSync(path, path + ASIDE);
    this.start();
    const limitMs = Math.max(...this.infos.map(({ settings }) => settings.startTimeoutMs));
    const until = performance.now() + limitMs;
    while (!this.isReady) {
      const bad = this.states().find((one) => one.state === "failed");
      if (bad !== undefined) throw new PluginServersFailed(bad.lastError ?? `${bad.server} failed`);
      if (performance.now() > until) {
        throw new PluginServersFailed(
          `plugin servers were not ready after ${limitMs} ms (start_timeout)`,
        );
      }
      await sleep(LOOK_MS);
    }
  }

  /** Undo {@link takeOver}, whether or not it came to that. */
  async giveBack(before: PluginServers): Promise<void> {
    if (this === before) return;
    this.#voice.isMuted = true; // the workers' connections are to the others
    await this.stop();
    for (const path of before.#sockets()) {
      if (existsSync(path + ASIDE)) renameSync(path + ASIDE, path);
    }
  }

  /** Nobody uses these any more, and `next` has their sockets: end them. */
  async retire(next: PluginServers): Promise<void> {
    if (this === next) return;
    this.#voice.isMuted = true;
    await this.stop();
    for (const path of this.#sockets()) rmSync(path + ASIDE, { force: true });
    next.#replaceLost();
  }

  /** A process that removes its socket by name when it ends has removed its successor's: that one starts again. */
  #replaceLost(): void {
    const states = this.states();
    for (const { settings, sockets } of this.infos) {
      for (const [index, path] of sockets.entries()) {
        if (settings.start_cmd === null || existsSync(path)) continue;
        const one = states.find(
          ({ server, process }) => server === settings.name && process === index,
        );
        if (one?.state !== "ready" || one.pid === null) continue;
        this.#log.warn(
          { pluginServer: settings.name, path },
          "a socket was removed, starting anew",
        );
        process.kill(one.pid, "SIGTERM");
      }
    }
  }

  onReport(report: PluginServerReport): void {
    this.#supervisor?.onReport(report);
  }

  /** The part of it that knows processes; null where there is no server. */
  get supervisor(): PluginServerSupervisor | null {
    return this.#supervisor;
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
