/**
 * The plugin servers of a gateway, in its primary process: what they offer, that they run, how they are.
 *
 * `query` comes first and refuses the start if a server does not say what it offers; `start` then starts those that have
 * a start command. Workers find the sockets by themselves; what they are told here only makes them quicker.
 */
import type { PluginServerSettings } from "../config/plugin-servers.ts";
import { InvalidSetting } from "../errors.ts";
import type { Logger } from "../telemetry/log.ts";
import { dialerOf, isNative } from "./dial.ts";
import { isRemoteAddress, parseRemote } from "./native/address.ts";
import { askHello } from "./native/ask-hello.ts";
import { writeHello } from "./native/hello.ts";
import { NATIVE_1 } from "./native/name.ts";
import { probeSocket } from "./socket-file.ts";
import { ownerOf } from "./socket-owner.ts";
import { GRPC_1 } from "./grpc/name.ts";
import { CodeReload } from "./code-reload.ts";
import { type CodeUsers, NO_USERS, type ReloadOptions, type ReloadResult } from "./code-users.ts";
import {
  Generation,
  socketsOf,
  SOCKET_PLACEHOLDER,
  SOCKET_VARIABLE,
  takesSocket,
} from "./generation.ts";
import type { PluginServerNotice, PluginServerReport } from "./notices.ts";
import type { PluginServerInfo } from "./plugin-info.ts";
import { runQuery } from "./query.ts";
import { KNOWN_PROTOCOLS, readQueryAnswer } from "./query-answer.ts";
import type { ProcessStatus } from "./supervised-process.ts";

/**
 * What the supervisor needs of the primary. `users` absent: nobody uses the servers yet (a check of the
 * settings).
 */
export interface SupervisorDeps {
  readonly users?: CodeUsers;
  readonly log: Logger;
  /** Is a plugin of that name enabled, and not built in? */
  isWanted(plugin: string): boolean;
  /** Tell every worker. @returns how many were told */
  notify(notice: PluginServerNotice): number;
}

/**
 * `query` once, `start` once, `stop` at any time. A gateway without plugin servers has one with nothing in it.
 */
export class PluginServerSupervisor {
  readonly #servers: readonly PluginServerSettings[];
  readonly #deps: SupervisorDeps;
  /** By name, as soon as they are started. */
  readonly #running = new Map<string, CodeReload>();
  readonly #answers = new Map<string, PluginServerInfo>();
  readonly #killAll = (): void => {
    for (const one of this.#running.values()) one.killNow();
  };

  constructor(servers: readonly PluginServerSettings[], deps: SupervisorDeps) {
    this.#servers = servers;
    this.#deps = deps;
  }

  /**
   * Ask every server what it offers, all at the same time.
   *
   * @throws {InvalidSetting} a line for each server that gives no good answer
   */
  async query(): Promise<PluginServerInfo[]> {
    const answers = await Promise.allSettled(this.#servers.map((server) => this.#queryOne(server)));
    const lines = answers.flatMap((answer) =>
      answer.status === "rejected" ? [(answer.reason as Error).message] : [],
    );
    if (lines.length > 0) {
      await this.stop();
      throw new InvalidSetting(lines.join("\n"));
    }
    const infos = answers.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    for (const info of infos) this.#answers.set(info.settings.name, info);
    return infos;
  }

  /** What the servers offer now, and where. */
  get infos(): PluginServerInfo[] {
    return Array.from(this.#answers.values(), (info) => {
      const running = this.#running.get(info.settings.name);
      return running === undefined ? info : { ...info, ...running.place };
    });
  }

  /** @param at socket of the process to ask, where there is no query command; null: it is started for that */
  async #queryOne(
    server: PluginServerSettings,
    at: string | null = null,
  ): Promise<PluginServerInfo> {
    checkProcesses(server);
    const { output, complaint, said } =
      server.query_cmd === ""
        ? { output: await this.#askOverConnection(server, at), complaint: "", said: "" }
        : await runQuery(server);
    let answer: ReturnType<typeof readQueryAnswer>;
    try {
      answer = readQueryAnswer(server.name, output, this.#deps.isWanted, server.protocol);
    } catch (cause) {
      if (complaint === "" || !(cause instanceof InvalidSetting)) throw cause;
      throw new InvalidSetting(`${cause.message} (${complaint})`, { cause });
    }
    const { protocol, plugins, others, ignoredPhases } = answer;
    checkAddress(server, protocol);
    checkRules(server, [...plugins.map((one) => one.name), ...others]);
    const log = this.#logOf(server);
    if (!KNOWN_PROTOCOLS.includes(protocol)) {
      log.warn({ protocol }, "plugin server speaks an unknown protocol, its plugins will fail");
    }
    if (ignoredPhases.length > 0) {
      log.warn({ ignoredPhases }, "plugin server offers phases that it cannot serve");
    }
    if (plugins.length === 0)
      log.notice({ offers: others }, "plugin server offers no plugin that is enabled");
    return { settings: server, protocol, sockets: socketsOf(server), plugins, others, said };
  }

  /** A server without a query command says itself what it offers, so it is started first, if nobody serves its socket. */
  async #askOverConnection(server: PluginServerSettings, at: string | null): Promise<string> {
    const [first = server.socket] = socketsOf(server);
    const socketPath = at ?? first;
    const protocol = server.protocol ?? NATIVE_1;
    const dial = dialerOf(protocol, socketPath, server.tls, ownerOf(server));
    if (at === null && server.start_cmd !== null && !(await probeSocket(socketPath))) {
      process.on("exit", this.#killAll);
      this.#startServer(server);
    }
    return askHello(server.name, protocol, dial, writeHello(NOBODY), server.readyTimeoutMs);
  }

  /** @throws {InvalidSetting} where a socket cannot be; then nothing is left running */
  start(): void {
    process.off("exit", this.#killAll);
    process.on("exit", this.#killAll);
    try {
      for (const server of this.#servers) {
        if (!this.#running.has(server.name)) this.#startServer(server);
      }
    } catch (cause) {
      this.#killAll();
      throw cause;
    }
  }

  #startServer(server: PluginServerSettings): void {
    const log = this.#logOf(server);
    if (server.start_cmd === null) {
      log.warn("plugin server has no start command: it is managed by somebody else");
    }
    const first = new Generation(server, 0, log, this.#deps.notify);
    const { notify, users = NO_USERS } = this.#deps;
    const deps = { ...users, notify, log };
    const query = (at: string | null): Promise<PluginServerInfo> => this.#queryOne(server, at);
    const running = new CodeReload(server, first, deps, query, {
      offered: () => this.#answers.get(server.name)!,
      taken: (info) => this.#answers.set(server.name, info),
    });
    this.#running.set(server.name, running);
    first.start();
  }

  /** Give a server new code; @see CodeReload. @returns null where there is no such server */
  async reload(name: string, options: ReloadOptions): Promise<ReloadResult | null> {
    return (await this.#running.get(name)?.reload(options)) ?? null;
  }

  /** Replace its processes one by one, drained. @returns false where there are none that were started here */
  restart(name: string): boolean {
    return this.#running.get(name)?.restart() ?? false;
  }

  /** Decide on a canary. */
  decide(name: string, isGood: boolean): ReloadResult | null {
    return this.#running.get(name)?.decide(isGood) ?? null;
  }

  /** Server by server: what is being tried, and how the last reload went. */
  reloadStates(): Map<string, ReturnType<CodeReload["describe"]>> {
    return new Map(Array.from(this.#running, ([name, one]) => [name, one.describe()]));
  }

  /** A message from a worker. */
  onReport(report: PluginServerReport): void {
    this.#running.get(report.server)?.onReport(report);
  }

  /** Every process of every server, for the Admin and Status API. */
  states(): ProcessStatus[] {
    return this.#all().flatMap((one) => one.states());
  }

  /** Does every server accept connections? */
  get isReady(): boolean {
    return this.#all().every((one) => one.isReady);
  }

  /** End all that were started here. Resolves when they are gone. */
  async stop(): Promise<void> {
    await Promise.all(this.#all().map((one) => one.stop()));
    process.off("exit", this.#killAll);
  }

  #all(): CodeReload[] {
    return [...this.#running.values()];
  }

  #logOf(server: PluginServerSettings): Logger {
    return this.#deps.log.child({ room: "plugin-host", pluginServer: server.name });
  }
}

/** The primary as it asks a plugin server what it offers; workers tell more of themselves. */
const NOBODY = {
  software: "dragoman",
  nodeId: "",
  hostname: "",
  kongVersion: "",
  kongVersionNum: 0,
};

/** @throws {InvalidSetting} for an address that cannot be, or that the protocol has no use for */
function checkAddress(server: PluginServerSettings, protocol: string): void {
  if (!isRemoteAddress(server.socket)) return;
  parseRemote(server.socket);
  if (!isNative(protocol)) {
    throw new InvalidSetting(
      `plugin server ${server.name}: ${server.socket} needs the protocol ${NATIVE_1} or ${GRPC_1}, and it speaks ${protocol}`,
    );
  }
  if (server.start_cmd !== null || server.processes > 1) {
    throw new InvalidSetting(
      `plugin server ${server.name}: what listens at ${server.socket} is started elsewhere, so it has no start command and one process`,
    );
  }
}

/**
 * What is forbidden to a plugin by a name that is misspelt is forbidden to nobody.
 *
 * @param offered names of all plugins of the server, enabled or not
 * @throws {InvalidSetting} for settings of a plugin that the server does not offer
 */
function checkRules({ name, plugins }: PluginServerSettings, offered: readonly string[]): void {
  const known = new Set(offered.map((one) => one.replaceAll("-", "_")));
  const wrong = Object.keys(plugins).find((one) => !known.has(one));
  if (wrong === undefined) return;
  const setting = `pluginserver_${name.replaceAll("-", "_")}_plugin_${wrong}_*`;
  const offers = offered.join(", ") || "none";
  throw new InvalidSetting(
    `${setting}: plugin server ${name} has no such plugin (it has ${offers})`,
  );
}

/** @throws {InvalidSetting} if processes would have to share one socket */
function checkProcesses(server: PluginServerSettings): void {
  if (server.processes === 1 || server.start_cmd === null) return;
  if (takesSocket(server)) return;
  const what = `has ${server.processes} processes, so its start command has to say`;
  throw new InvalidSetting(
    `plugin server ${server.name} ${what} ${SOCKET_PLACEHOLDER} or $${SOCKET_VARIABLE} where the socket belongs`,
  );
}
