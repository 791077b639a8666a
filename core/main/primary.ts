/**
 * The primary: settings, configuration, plugin servers, Admin and Status API; starts the workers and keeps them alive.
 *
 * It serves no client traffic, so that whatever happens here (parsing ten thousand Routes, a slow Admin client) costs no
 * request anything. SIGTERM and SIGINT stop at once, SIGQUIT drains, SIGHUP reads the settings anew, SIGUSR1 reopens logs.
 */
import { randomUUID } from "node:crypto";
import { type LoadedSettings, loadRunningSettings } from "../config/load.ts";
import { writeKongEnv } from "../config/serialize.ts";
import type { Settings } from "../config/settings.ts";
import { GatewayError } from "../errors.ts";
import type { RootLogger } from "../telemetry/log.ts";
import { type Apis, openApis } from "./apis.ts";
import { type AvailablePlugin, availablePlugins } from "./available-plugins.ts";
import { Configuration } from "./configuration.ts";
import { collectGarbageSoon } from "./garbage.ts";
import { Generations } from "./generations.ts";
import { removePid, writePid } from "./pid-file.ts";
import { PluginServers } from "./plugin-servers.ts";
import { listenMessage, Sockets } from "./sockets.ts";
import { openLog } from "./primary-log.ts";
import { VERSION } from "./version.ts";
import { endSpares, forkAhead } from "./spare-workers.ts";
import { loadInProcess } from "./worker-plugins.ts";
import { WorkerPool } from "./worker-pool.ts";

/** Settings are read from the prefix, where the command line has put them. */
export interface PrimaryOptions {
  readonly prefix: string;
  /** The gateway answers. */
  readonly onReady?: () => void;
}

/**
 * Run a gateway in this process and its workers.
 *
 * @returns when it has stopped
 * @throws {GatewayError} with a sentence for people if it cannot start; nothing is left running then
 */
export async function runPrimary(options: PrimaryOptions): Promise<void> {
  const primary = new Primary(options.prefix);
  try {
    // whoever stops it does not have to wait for a plugin server that does not answer
    await Promise.race([primary.start(), primary.stopRequested]);
  } catch (cause) {
    await primary.giveUp(cause);
    throw cause;
  }
  options.onReady?.();
  await primary.stopped;
}

const UNHEARD = "a promise failed that nobody waited for";

/** A signal came before the gateway was ready. */
class StoppedEarly extends GatewayError {
  override readonly name = "StoppedEarly";
  constructor() {
    super("STOPPED_EARLY", 500, "the gateway was told to stop before it was ready");
  }
}

class Primary {
  readonly stopped: Promise<void>;
  /** Rejects when a stop is asked for before the gateway is ready; else it stays open. */
  readonly stopRequested: Promise<never>;
  readonly #prefix: string;
  readonly #sockets = new Sockets();
  readonly #generations = new Generations();
  readonly #nodeId: string;
  #loaded: LoadedSettings;
  #settings: Settings;
  #log: RootLogger;
  #configuration: Configuration | null = null;
  #pluginServers: PluginServers | null = null;
  #workers: WorkerPool | null = null;
  #apis: Apis | null = null;
  #isReady = false;
  #isStopping = false;
  #isDraining = false;
  #plugins: readonly AvailablePlugin[] = [];
  /** Resolves when the gateway is ready, then with each reload. */
  #reloading: Promise<void>;
  #isReloadWaiting = false;
  #onReady: () => void = () => {};
  #onStopped: () => void = () => {};
  #onStoppedEarly: (cause: StoppedEarly) => void = () => {};
  readonly #signals: [NodeJS.Signals | "unhandledRejection", (cause: unknown) => void][] = [
    ["SIGTERM", () => this.#onStop(false)],
    ["SIGINT", () => this.#onStop(false)],
    ["SIGQUIT", () => this.#onStop(true)],
    ["SIGHUP", () => void this.reload()],
    ["SIGUSR1", () => this.#reopenLogs()],
    ["SIGUSR2", () => this.#log.warn("SIGUSR2 does nothing: there is no change of program")],
    // plugins are loaded here, too; as in a worker, what one did not wait for ends nothing
    ["unhandledRejection", (err) => this.#log.error({ err }, UNHEARD)],
  ];

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#loaded = loadRunningSettings(prefix, process.env);
    this.#settings = this.#loaded.settings;
    this.#log = openLog(this.#settings);
    this.#nodeId = this.#settings.node_id ?? randomUUID();
    this.stopped = new Promise((resolve) => {
      this.#onStopped = resolve;
    });
    this.#reloading = new Promise((resolve) => {
      this.#onReady = resolve;
    });
    this.stopRequested = new Promise((_, reject) => {
      this.#onStoppedEarly = reject;
    });
    this.stopRequested.catch(() => {}); // heard where start is waited for
  }

  /** What was started is ended, and the log says why. */
  async giveUp(cause: unknown): Promise<void> {
    const why = cause instanceof GatewayError ? { reason: cause.message } : { err: cause };
    this.#log.error(why, "the gateway could not be started");
    await this.stop(false).catch(() => {});
  }

  #onStop(drains: boolean): void {
    if (this.#isReady) void this.stop(drains);
    else this.#onStoppedEarly(new StoppedEarly());
  }

  /** @throws {StoppedEarly} if whoever gave up on this start has begun to clear away */
  #assertGoingOn(): void {
    if (this.#isStopping) throw new StoppedEarly();
  }

  async start(): Promise<void> {
    const settings = this.#settings;
    for (const [event, act] of this.#signals) process.on(event as "SIGTERM", act);
    this.#log.notice({ version: VERSION }, "starting");
    forkAhead(settings.workers);
    this.#pluginServers = await PluginServers.open(settings, this.#log, {
      notify: (notice) => this.#workers?.notice(notice) ?? 0,
      change: (change) => this.#workers?.change(change) ?? 0,
      figures: async () => {
        const reports = (await this.#workers?.collect()) ?? [];
        return reports.flatMap(({ pluginServers }) => pluginServers);
      },
      takeSchemas: (info) => this.#configuration?.takeSchemas(info) ?? null,
    });
    this.#generations.addPluginServers(this.#pluginServers);
    this.#assertGoingOn();
    const inProcess = await loadInProcess(settings);
    // before the configuration, which could only say that a plugin is unknown
    this.#plugins = availablePlugins(inProcess, this.#pluginServers.infos, settings);
    this.#configuration = new Configuration(
      settings,
      this.#log,
      inProcess,
      this.#pluginServers.infos,
    );
    await this.#configuration.loadInitial();
    const workers = await this.#makeWorkers(settings);
    this.#assertGoingOn();
    this.#workers = workers;
    this.#pluginServers.start();
    await workers.start(this.#configuration.current);
    this.#assertGoingOn();
    this.#apis = await this.#openApis(settings);
    this.#assertGoingOn();
    writePid(settings.nginx_pid);
    this.#isReady = true;
    this.#onReady();
    this.#log.notice({ workers: settings.workers }, "gateway ready");
    collectGarbageSoon();
  }

  async #makeWorkers(settings: Settings): Promise<WorkerPool> {
    const pluginServers = this.#pluginServers!;
    const sockets = [];
    for (const listener of settings.proxy_listeners) {
      const bound = await this.#sockets.bind(listener.ip, listener.port);
      sockets.push({ bound, message: listenMessage(listener, settings) });
    }
    const workers = new WorkerPool({
      prefix: this.#prefix,
      nodeId: this.#nodeId,
      count: settings.workers,
      silenceLimitS: settings.limit_worker_silence,
      drainTimeoutMs: settings.limits.drainTimeoutMs,
      log: this.#log,
      pluginServers: () => pluginServers.infos,
      onPluginServerReport: (report) => this.#pluginServers?.onReport(report),
      sockets,
    });
    this.#generations.addWorkers(workers);
    return workers;
  }

  #openApis(settings: Settings): Promise<Apis> {
    return openApis({
      settings,
      log: this.#log,
      nodeId: this.#nodeId,
      configuration: this.#configuration!,
      pluginServers: this.#pluginServers!,
      plugins: this.#plugins,
      workers: () => this.#workers!,
      isDraining: () => this.#isDraining || this.#isStopping,
      drain: () => {
        this.#isDraining = true;
      },
    });
  }

  /**
   * Read settings and declarative file anew; what is wrong changes nothing. One reload after the other, the first not
   * before the gateway is ready; those that come while one waits for its turn are that one.
   */
  reload(): Promise<void> {
    if (this.#isReloadWaiting) return this.#reloading;
    this.#isReloadWaiting = true;
    this.#reloading = this.#reloading
      .then(() => {
        this.#isReloadWaiting = false;
        return this.#reload();
      })
      .catch((err: unknown) => {
        if (this.#isStopping) return;
        this.#keepSettings();
        this.#log.error({ err }, "reload failed, going on as before");
      });
    return this.#reloading;
  }

  /** What a reload needs before anything of it is seen; where that fails nothing of it is left. */
  async #prepare(settings: Settings): Promise<{
    pluginServers: PluginServers;
    plugins: readonly AvailablePlugin[];
    configuration: Configuration;
  }> {
    const inProcess = await loadInProcess(settings);
    const pluginServers = await this.#pluginServers!.next(settings);
    this.#generations.addPluginServers(pluginServers);
    try {
      const { infos } = pluginServers;
      const plugins = availablePlugins(inProcess, infos, settings);
      const configuration = new Configuration(settings, this.#log, inProcess, infos);
      await configuration.loadInitial(this.#configuration);
      return { pluginServers, plugins, configuration };
    } catch (cause) {
      await pluginServers.giveBack(this.#pluginServers!); // one without a query command was started to be asked
      throw cause;
    }
  }

  async #reload(): Promise<void> {
    if (this.#isStopping) return;
    const started = performance.now();
    const loaded = loadRunningSettings(this.#prefix, process.env);
    const { settings } = loaded;
    const { pluginServers, plugins, configuration } = await this.#prepare(settings);
    if (this.#isStopping) return; // nothing of these settings runs yet
    const before = {
      settings: this.#settings,
      plugins: this.#plugins,
      workers: this.#workers!,
      apis: this.#apis,
      pluginServers: this.#pluginServers!,
      configuration: this.#configuration!,
    };
    this.#settings = settings;
    this.#pluginServers = pluginServers;
    this.#configuration = configuration;
    let workers: WorkerPool | null = null;
    let hasTurn = false;
    try {
      this.#plugins = plugins;
      workers = await this.#makeWorkers(settings);
      this.#assertGoingOn();
      await pluginServers.takeOver(before.pluginServers);
      this.#assertGoingOn();
      // what is posted from here on would be undone: whoever does hears "busy", until this has failed
      await before.configuration.turn.take();
      hasTurn = true;
      await configuration.catchUp(before.configuration);
      this.#assertGoingOn();
      this.#workers = workers;
      await workers.start(configuration.current);
      this.#assertGoingOn();
      await before.apis?.close(); // one of both can have the ports
      this.#assertGoingOn();
      this.#apis = null;
      this.#apis = await this.#openApis(settings);
    } catch (cause) {
      if (this.#isStopping) return; // all of it is ended with the rest
      this.#settings = before.settings;
      this.#plugins = before.plugins;
      this.#workers = before.workers;
      this.#configuration = before.configuration;
      this.#pluginServers = before.pluginServers;
      await workers?.stop();
      await pluginServers.giveBack(before.pluginServers);
      if (this.#isStopping) return;
      this.#keepSockets(before.settings);
      if (hasTurn) before.configuration.turn.give();
      this.#apis ??= await this.#openApis(before.settings);
      throw cause;
    }
    this.#loaded = loaded;
    configuration.inForce();
    void before.workers.drain().then(() => {
      if (!this.#isStopping) return before.pluginServers.retire(pluginServers);
    });
    this.#keepSockets(settings);
    this.#log.notice({ ms: Math.round(performance.now() - started) }, "reloaded");
    collectGarbageSoon();
  }

  /** Workers that come later read their settings from the prefix: those that a reload brought in vain go away. */
  #keepSettings(): void {
    try {
      writeKongEnv(this.#loaded);
    } catch (err) {
      this.#log.error({ err }, "the settings that count could not be written back");
    }
  }

  /** Close those that these settings do not name. */
  #keepSockets({ proxy_listeners: listeners }: Settings): void {
    this.#sockets.keepOnly(new Set(listeners.map((one) => `${one.ip}|${one.port}`)));
  }

  #reopenLogs(): void {
    this.#log.reopen();
    this.#apis?.reopen();
    this.#workers?.reopenLogs();
  }

  /** @param drains let requests under way end first */
  async stop(drains: boolean): Promise<void> {
    if (this.#isStopping) {
      if (!drains) await this.#generations.stopWorkers(); // a second, harder signal
      return;
    }
    this.#isStopping = true;
    this.#log.notice({ drains }, "stopping");
    endSpares();
    const closed = this.#apis?.close(); // a client of theirs that takes its time holds up nobody
    if (drains) await this.#generations.drainWorkers();
    else await this.#generations.stopWorkers();
    await this.#generations.stopPluginServers();
    await closed;
    this.#configuration?.end();
    removePid(this.#settings.nginx_pid);
    for (const [event, act] of this.#signals) process.off(event, act);
    this.#log.notice("stopped");
    this.#onStopped();
  }
}
