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
import { GRPC_1 } from "./grpc/name.ts";
import { ExternalServer } from "./external-server.ts";
import type { PluginServerNotice, PluginServerReport } from "./notices.ts";
import type { PluginServerInfo } from "./plugin-info.ts";
import { runQuery } from "./query.ts";
import { KNOWN_PROTOCOLS, readQueryAnswer } from "./query-answer.ts";
import { Recycling } from "./recycling.ts";
import { type ProcessStatus, SupervisedProcess } from "./supervised-process.ts";

/** Where a start command takes its socket from, if there are several processes. */
export const SOCKET_PLACEHOLDER = "{socket}";
const SOCKET_VARIABLE = "DRAGOMAN_PLUGIN_SERVER_SOCKET";

export interface SupervisorDeps {
  readonly log: Logger;
  /** Is a plugin of that name enabled, and not built in? */
  isWanted(plugin: string): boolean;
  /** Tell every worker. @returns how many were told */
  notify(notice: PluginServerNotice): number;
}

/** A process of a server, whoever started it. */
export interface Watched {
  readonly status: ProcessStatus;
  start(): void;
  stop(): Promise<void>;
  killNow(): void;
}

/** Sockets of a server: its own, or one for each process. */
export function socketsOf(server: PluginServerSettings): string[] {
  if (server.processes === 1) return [server.socket];
  return Array.from({ length: server.processes }, (_, n) => `${server.socket}.${n + 1}`);
}

export class PluginServerSupervisor {
  readonly #servers: readonly PluginServerSettings[];
  readonly #deps: SupervisorDeps;
  readonly #processes = new Map<string, Watched[]>();
  readonly #recycling: Recycling[] = [];
  readonly #killAll = (): void => {
    for (const process of this.#all()) process.killNow();
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
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  }

  async #queryOne(server: PluginServerSettings): Promise<PluginServerInfo> {
    checkProcesses(server);
    const { output, complaint } =
      server.query_cmd === ""
        ? { output: await this.#askOverConnection(server), complaint: "" }
        : await runQuery(server);
    let answer: ReturnType<typeof readQueryAnswer>;
    try {
      answer = readQueryAnswer(server.name, output, this.#deps.isWanted);
    } catch (cause) {
      if (complaint === "" || !(cause instanceof InvalidSetting)) throw cause;
      throw new InvalidSetting(`${cause.message} (it says: ${complaint})`, { cause });
    }
    const { protocol, plugins, ignoredPhases } = answer;
    checkAddress(server, protocol);
    const log = this.#logOf(server);
    if (!KNOWN_PROTOCOLS.includes(protocol)) {
      log.warn({ protocol }, "plugin server speaks an unknown protocol, its plugins will fail");
    }
    if (ignoredPhases.length > 0) {
      log.warn({ ignoredPhases }, "plugin server offers phases that it cannot serve");
    }
    if (plugins.length === 0) log.notice("plugin server offers no plugin that is enabled");
    return { settings: server, protocol, sockets: socketsOf(server), plugins };
  }

  /** A server without a query command says itself what it offers, so it is started first, if nobody serves its socket. */
  async #askOverConnection(server: PluginServerSettings): Promise<string> {
    const [socketPath = server.socket] = socketsOf(server);
    const protocol = server.protocol ?? NATIVE_1;
    const dial = dialerOf(protocol, socketPath, server.tls);
    if (server.start_cmd !== null && !(await probeSocket(socketPath))) {
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
        if (!this.#processes.has(server.name)) this.#startServer(server);
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
    const processes: Watched[] = [];
    this.#processes.set(server.name, processes);
    for (const [index, socketPath] of socketsOf(server).entries()) {
      const options = {
        server: server.name,
        process: index,
        socketPath,
        log,
        onUp: () => this.#notify(server.name, index, "up"),
        onDown: () => this.#notify(server.name, index, "down"),
      };
      if (server.start_cmd === null) {
        processes.push(new ExternalServer(options));
      } else {
        const command = server.start_cmd.replaceAll(SOCKET_PLACEHOLDER, socketPath);
        const process = new SupervisedProcess({ ...options, command });
        processes.push(process);
        const drain = (): number => this.#notify(server.name, index, "drain");
        this.#recycling.push(new Recycling(server, index, process, log, drain));
      }
    }
    for (const process of processes) process.start();
  }

  #notify(server: string, process: number, state: PluginServerNotice["state"]): number {
    return this.#deps.notify({ type: "plugin-server", server, process, state });
  }

  /** A message from a worker. */
  onReport(report: PluginServerReport): void {
    for (const one of this.#recycling) one.onReport(report);
  }

  /** Every process of every server, for the Admin and Status API. */
  states(): ProcessStatus[] {
    return this.#all().map((process) => process.status);
  }

  /** Does every server accept connections? */
  get isReady(): boolean {
    return this.#all().every((process) => process.status.state === "ready");
  }

  /** End all that were started here. Resolves when they are gone. */
  async stop(): Promise<void> {
    for (const one of this.#recycling) one.stop();
    await Promise.all(this.#all().map((process) => process.stop()));
    process.off("exit", this.#killAll);
  }

  #all(): Watched[] {
    return [...this.#processes.values()].flat();
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

/** @throws {InvalidSetting} if processes would have to share one socket */
function checkProcesses(server: PluginServerSettings): void {
  if (server.processes === 1 || server.start_cmd === null) return;
  if (server.start_cmd.includes(SOCKET_PLACEHOLDER) || server.start_cmd.includes(SOCKET_VARIABLE))
    return;
  const what = `has ${server.processes} processes, so its start command has to say`;
  throw new InvalidSetting(
    `plugin server ${server.name} ${what} ${SOCKET_PLACEHOLDER} or $${SOCKET_VARIABLE} where the socket belongs`,
  );
}
