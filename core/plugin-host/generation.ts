/**
 * The processes of a plugin server that were started with the same code: one generation of it, in the primary.
 *
 * The first one listens where the settings say. A later one is started beside it, so it needs addresses of its own. A start
 * command that takes its socket from {socket} gets another one. Any other command binds the same path again: then the
 * process is known by a second name of its socket, a hard link, which stays its own when a successor takes the path.
 */
import { existsSync } from "node:fs";
import type { PluginServerSettings } from "../config/plugin-servers.ts";
import { InvalidSetting } from "../errors.ts";
import type { Logger } from "../telemetry/log.ts";
import { ExternalServer } from "./external-server.ts";
import type { PluginServerNotice, PluginServerReport } from "./notices.ts";
import { Recycling } from "./recycling.ts";
import { addName } from "./socket-file.ts";
import { type ProcessStatus, SupervisedProcess } from "./supervised-process.ts";

/** Where a start command takes its socket from, if there are several processes, or several generations. */
export const SOCKET_PLACEHOLDER = "{socket}";
/** Variable in which a process that is started here finds the path that it has to listen at. */
export const SOCKET_VARIABLE = "DRAGOMAN_PLUGIN_SERVER_SOCKET";

/** A process of a server, whoever started it. */
interface Watched {
  readonly status: ProcessStatus;
  start(): void;
  stop(): Promise<void>;
  killNow(): void;
}

/** Does the start command listen where it is told? */
export function takesSocket({ start_cmd: command }: PluginServerSettings): boolean {
  return (
    command !== null && (command.includes(SOCKET_PLACEHOLDER) || command.includes(SOCKET_VARIABLE))
  );
}

/** Sockets of a server's first generation: its own, or one for each process. */
export function socketsOf(server: PluginServerSettings): string[] {
  return numbered(server.socket, server.processes);
}

function numbered(socket: string, processes: number): string[] {
  if (processes === 1) return [socket];
  return Array.from({ length: processes }, (_, n) => `${socket}.${n + 1}`);
}

/** Where a generation is found. */
function addressesOf(server: PluginServerSettings, generation: number): string[] {
  if (generation === 0) return socketsOf(server);
  return numbered(`${server.socket}.r${generation}`, server.processes);
}

/** Its processes are made with it, started by {@link start} and ended by {@link stop}; none is ever added. */
export class Generation {
  readonly number: number;
  readonly processes: readonly Watched[];
  #addresses: readonly string[];
  readonly #server: PluginServerSettings;
  readonly #recycling: Recycling[] = [];

  /** @param notify tells the workers; returns how many */
  constructor(
    server: PluginServerSettings,
    number: number,
    log: Logger,
    notify: (notice: PluginServerNotice) => number,
  ) {
    this.number = number;
    this.#server = server;
    this.#addresses = addressesOf(server, number);
    const isLinked = number > 0 && !takesSocket(server);
    this.processes = this.#addresses.map((address, index) => {
      const tell = (state: PluginServerNotice["state"]): number => {
        const notice = {
          type: "plugin-server",
          server: server.name,
          process: index,
          state,
        } as const;
        return notify(number === 0 ? notice : { ...notice, generation: number });
      };
      const options = {
        server: server.name,
        process: index,
        socketPath: isLinked ? server.socket : address,
        alias: isLinked ? address : null,
        log,
        onUp: () => void tell("up"),
        onDown: () => void tell("down"),
      };
      if (server.start_cmd === null) return new ExternalServer(options);
      const command = server.start_cmd.replaceAll(SOCKET_PLACEHOLDER, options.socketPath);
      const { isolation } = server;
      const process = new SupervisedProcess({ ...options, command, isolation });
      this.#recycling.push(new Recycling(server, index, process, log, () => tell("drain")));
      return process;
    });
  }

  /** Where workers find its processes. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** @throws {InvalidSetting} where a socket cannot be */
  start(): void {
    for (const process of this.processes) process.start();
  }

  onReport(report: PluginServerReport): void {
    if ((report.generation ?? 0) !== this.number) return;
    for (const one of this.#recycling) one.onReport(report);
  }

  get isReady(): boolean {
    return this.processes.every(({ status }) => status.state === "ready");
  }

  /** It has been started, and may be ready in a moment. */
  get isStarting(): boolean {
    return this.failure === null && !this.isReady;
  }

  /** Why it will not come up; null while it may. */
  get failure(): string | null {
    const failed = this.processes.find(
      ({ status }) => status.restarts > 0 || status.state === "failed",
    );
    return failed === undefined ? null : (failed.status.lastError ?? "it ended");
  }

  /**
   * Make room at its path for a successor that binds the same.
   *
   * @returns whether it is found elsewhere now, so that workers have to be told
   * @throws {InvalidSetting} where the system refuses; {@link moveBack} is for then, too
   */
  moveAside(): boolean {
    if (takesSocket(this.#server)) return false;
    const [process] = this.processes;
    if (!(process instanceof SupervisedProcess)) return false;
    process.isHeld = true; // one that dies now must not take the path back
    if (this.number > 0 || !existsSync(this.#server.socket)) return false; // or nobody is there to be found
    const alias = `${this.#server.socket}.r0`;
    const failure = addName(this.#server.socket, alias);
    if (failure !== null) {
      throw new InvalidSetting(`its socket cannot be given a second name (${failure})`);
    }
    process.alias = alias;
    this.#addresses = [alias];
    return true;
  }

  /** The successor did not come: the path is its own again. */
  moveBack(): void {
    const [process] = this.processes;
    if (takesSocket(this.#server) || !(process instanceof SupervisedProcess)) return;
    process.isHeld = false;
    const [address = ""] = this.#addresses;
    if (address === this.#server.socket) return; // it has never left it
    addName(address, this.#server.socket); // or it has died meanwhile, and binds the path itself when it starts again
  }

  /** Replace every process when it has nothing under way. @returns false where none is ours */
  restart(): boolean {
    for (const one of this.#recycling) one.replace("request");
    return this.#recycling.length > 0;
  }

  async stop(): Promise<void> {
    for (const one of this.#recycling) one.stop();
    await Promise.all(this.processes.map((process) => process.stop()));
  }

  killNow(): void {
    for (const process of this.processes) process.killNow();
  }
}
