/**
 * A worker: everything between a client's bytes and a target's, for the configuration that the primary sends.
 *
 * Started by the primary with a channel; it reads its settings from the prefix, loads the plugins, listens on the
 * sockets that it is handed, and says what it has done. Without its primary it drains and ends.
 */
import { isAbsolute, join } from "node:path";
import { createBalancer } from "../balancer/balancer.ts";
import { loadRunningSettings } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { HttpListener } from "../listener/http.ts";
import { createPdk } from "../pdk/kong.ts";
import type { PdkNode } from "../pdk/pdk-node.ts";
import { versionNumber } from "../pdk/version.ts";
import type { CallablePdk } from "../plugin-host/plugin-calls.ts";
import type { RemoteDeps } from "../plugin-host/remote-server.ts";
import type { LoadedPlugin } from "../plugins/bundled.ts";
import { setPluginLog } from "../plugins/plugin-log.ts";
import type { GatewayState, ProxyOptions, ProxyRooms } from "../proxy/rooms.ts";
import { Targets } from "../proxy/targets.ts";
import { PluginsIterator } from "../runloop/plugins-iterator.ts";
import { type Runtime, WAIT_LIMIT_MS_DEFAULT } from "../runloop/runtime.ts";
import { SnapshotBuilder } from "../store/snapshot.ts";
import { AccessLog } from "../telemetry/access-log.ts";
import { createLog, type RootLogger } from "../telemetry/log.ts";
import { logAccess } from "./finished.ts";
import { drainListener } from "./drain.ts";
import { collectGarbageSoon } from "./garbage.ts";
import { Incoming } from "./incoming.ts";
import type { FromWorker, ListenMessage, ToWorker, WorkerReport } from "./messages.ts";
import { pdkNode } from "./pdk-node.ts";
import { proxyOptions } from "./proxy-options.ts";
import { listenerTls } from "./tls-settings.ts";
import { KONG_VERSION, VERSION } from "./version.ts";
import { loadInProcess, rowSecrets, WorkerPlugins } from "./worker-plugins.ts";

/** How sockets are read: "data" asks for the slower way, for comparisons. */
const USE_ONREAD = process.env.DRAGOMAN_TRANSPORT !== "data";

type Start = Extract<ToWorker, { type: "start" }>;

/** Id of the only workspace without a database (proxy-behaviour 9). */
const DEFAULT_WORKSPACE = "0dc6f45b-8f8d-40d2-a504-473544ee190b";
/** How long plugins may take to send what they still hold when the process ends; each has a limit of its own below it. */
const CLOSE_LIMIT_MS = 10_000;

/** One for each process, made by {@link start}; it ends by ending the process. */
export class Worker {
  readonly #log: RootLogger;
  readonly #accessLog: AccessLog | null;
  readonly #rooms: ProxyRooms;
  readonly #listener: HttpListener;
  readonly #incoming: Incoming;
  readonly #plugins: WorkerPlugins;
  readonly #drainTimeoutMs: number;
  #isDraining = false;
  #requests = 0;
  #requestsSeen = 0;

  static async start(message: Start): Promise<Worker> {
    const { settings } = loadRunningSettings(message.prefix, process.env);
    const log = createLog({
      level: settings.log_level as RootLogger["level"],
      destination: logDestination(settings),
      name: `worker ${message.workerId}`,
    });
    const worker = new Worker(message, settings, log, await loadInProcess(settings));
    await worker.#plugins.initWorker();
    return worker;
  }

  private constructor(
    message: Start,
    settings: Settings,
    log: RootLogger,
    inProcess: ReadonlyMap<string, LoadedPlugin>,
  ) {
    this.#log = log;
    this.#drainTimeoutMs = settings.limits.drainTimeoutMs;
    this.#accessLog = AccessLog.open(settings.proxy_access_log, settings.prefix);
    if (this.#accessLog !== null) {
      this.#accessLog.onLost = (dropped, err) =>
        log.error({ err, dropped }, "lines of the access log cannot be written, and are lost");
    }
    setPluginLog(log.child({ room: "plugins" }));
    const { pluginServers } = message;
    const options = proxyOptions(settings);
    const node = pdkNode({
      settings,
      options,
      log,
      nodeId: message.nodeId,
      environment: process.env,
      state: () => this.#rooms.state,
      statistics: () => this.#statistics(),
    });
    const pdk = createPdk(node);
    const runtime = { pdk, log, waitLimitMs: WAIT_LIMIT_MS_DEFAULT };
    const enabled = new Set(settings.loaded_plugins);
    const deps = remoteDeps(node, pdk, message.sequenceBase);
    this.#plugins = new WorkerPlugins(inProcess, pluginServers, enabled, deps);
    this.#rooms = this.#makeRooms(settings, options, runtime);
    const tls = settings.proxy_listeners.some((one) => one.ssl) ? listenerTls(settings) : null;
    this.#listener = new HttpListener({
      rooms: this.#rooms,
      limits: settings.limits,
      useOnread: USE_ONREAD,
      tls,
    });
    this.#incoming = new Incoming({
      settings,
      log,
      runtime,
      handlers: this.#plugins.handlers,
      secrets: rowSecrets(inProcess, pluginServers, node.vaults, log),
      onTaken: () => send({ type: "taken" }),
      onReady: (state) => this.#swap(state),
    });
  }

  #makeRooms(settings: Settings, options: ProxyOptions, runtime: Runtime): ProxyRooms {
    const log = this.#log;
    return {
      state: emptyState(runtime),
      balancer: createBalancer({ settings, log: log.child({ room: "balancer" }) }),
      options,
      targets: new Targets(settings.limits, USE_ONREAD),
      onFinished: (x) => {
        this.#requests++;
        if (this.#accessLog !== null) logAccess(this.#accessLog, x);
      },
      log: {
        error: (fields, text) => log.error({ ...fields }, text),
        warn: (fields, text) => log.warn({ ...fields }, text),
      },
    };
  }

  #swap(state: GatewayState): void {
    this.#rooms.state = state;
    this.#rooms.balancer.warm(state.snapshot);
    void this.#plugins.configure(state.snapshot);
    collectGarbageSoon(() => this.#hasServed());
  }

  /** Has a request ended since this was asked last? */
  #hasServed(): boolean {
    const hasServed = this.#requests !== this.#requestsSeen;
    this.#requestsSeen = this.#requests;
    return hasServed;
  }

  /** A message from the primary. @param handle the socket that came along with `listen` */
  async receive(message: ToWorker, handle: unknown): Promise<void> {
    switch (message.type) {
      case "listen":
        await this.#listen(message, handle);
        break;
      case "rows":
        this.#incoming.rows(message);
        break;
      case "swap":
        await this.#apply(message.hash, message.sequence);
        break;
      case "collect":
        send({ type: "collected", id: message.id, stats: this.#report() });
        break;
      case "plugin-server":
        this.#plugins.onNotice(message);
        break;
      case "plugin-server-change":
        this.#plugins.onChange(message);
        break;
      case "reopen":
        this.#log.reopen();
        this.#accessLog?.reopen();
        break;
      case "ask":
        send({ type: "alive" });
        break;
      case "drain":
        await this.drain();
        break;
      case "start":
      case "prepare":
        break;
    }
  }

  async #listen(message: ListenMessage, handle: unknown): Promise<void> {
    try {
      await this.#listener.listen(message, handle);
      send({ type: "listening", socket: `${message.ip}|${message.port}` });
    } catch (cause) {
      send({
        type: "failed",
        message: `cannot listen on ${message.ip}:${message.port}: ${String(cause)}`,
      });
    }
  }

  async #apply(hash: string, sequence: number): Promise<void> {
    try {
      await this.#incoming.swap(hash, sequence);
      send({ type: "swapped", sequence });
    } catch (cause) {
      this.#log.error({ err: cause }, "a configuration cannot be used");
      send({ type: "refused", sequence, message: String(cause) });
    }
  }

  #statistics() {
    const { counts } = this.#listener;
    return {
      connections_active: counts.active,
      connections_reading: 0,
      connections_writing: 1,
      connections_waiting: Math.max(0, counts.active - 1),
      connections_accepted: counts.accepted,
      connections_handled: counts.accepted,
      total_requests: this.#requests,
    };
  }

  #report(): WorkerReport {
    const { counts } = this.#listener;
    return {
      pid: process.pid,
      heapBytes: process.memoryUsage().heapUsed,
      accepted: counts.accepted,
      active: counts.active,
      requests: this.#requests,
      metrics: [],
      pluginServers: this.#plugins.figures(),
    };
  }

  /** A promise failed that nobody waited for. */
  reportUnhandled(err: unknown): void {
    this.#log.error({ err }, "a promise failed that nobody waited for: a plugin forgot an await");
  }

  /** Answer what is under way, then end. */
  async drain(): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    await drainListener(this.#listener, this.#drainTimeoutMs, this.#log);
    const limit = setTimeout(() => this.#giveUpPlugins(), CLOSE_LIMIT_MS);
    await this.#plugins.close();
    clearTimeout(limit);
    this.#rooms.targets.clear();
    process.exit(0);
  }

  #giveUpPlugins(): void {
    this.#log.warn({ limitMs: CLOSE_LIMIT_MS }, "a plugin did not close in time, ending without");
    process.exit(0);
  }
}

function logDestination(settings: Settings): string {
  const path = settings.proxy_error_log.split(/\s+/)[0]!;
  if (path.startsWith("/dev/") || isAbsolute(path)) return path;
  return join(settings.prefix, path);
}

/** @param sequenceBase numbers of plugin instances begin behind it */
function remoteDeps(node: PdkNode, pdk: CallablePdk, sequenceBase: number): RemoteDeps {
  let sequence = sequenceBase;
  return {
    pdk,
    log: node.log,
    workspaceId: DEFAULT_WORKSPACE,
    gateway: {
      software: `dragoman ${VERSION}`,
      nodeId: node.id,
      hostname: node.hostname,
      kongVersion: KONG_VERSION,
      kongVersionNum: versionNumber(KONG_VERSION),
    },
    nextSequence: () => ++sequence,
    report: send,
  };
}

/** Before the first configuration: no Route matches. */
function emptyState(runtime: Runtime): GatewayState {
  const snapshot = new SnapshotBuilder().build("0".repeat(32), 0);
  return {
    snapshot,
    router: {
      match(x) {
        x.path = x.rawPath;
        return false;
      },
    },
    iterator: new PluginsIterator(snapshot, new Map(), runtime),
  };
}

function send(message: FromWorker): void {
  process.send?.(message);
}
