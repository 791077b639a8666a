/**
 * A plugin server on a Unix socket: takes connections, and stops without losing what is under way.
 *
 * Knows nothing of the process that it is in (see serve.ts), so tests can have several.
 */
import { rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { Plugin } from "../plugin/define-plugin.ts";
import { checkPlugin } from "../plugin/plugin.ts";
import { Connection } from "./connection.ts";
import type { GuestProtocol } from "./guest.ts";

/** Name and version in the hello. */
export const SOFTWARE = "dragoman-plugin-sdk-typescript 0.1.0";
/** Longest that a stop waits for what is under way, in milliseconds. */
const DRAIN_MS_MAX = 10_000;

/** What a server is made of; `serve` reads them from the command line. */
export interface PluginServerOptions {
  readonly plugins: readonly Plugin[];
  readonly socket: string;
  /** Events at a time on a connection, default 1024; 1: one after the other. */
  readonly concurrency?: number;
  /** Another protocol that is spoken on the same socket. */
  readonly guests?: GuestProtocol | undefined;
  /** A line about the server itself; default: to stderr. */
  readonly complain?: (line: string) => void;
}

/** One listening socket with its connections. To stop it is to drain: see {@link DRAIN_MS_MAX}. */
export class PluginServer {
  readonly #options: PluginServerOptions;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #closing: Promise<void> | null = null;

  /** @throws {TypeError} without plugins, or for one that the gateway would refuse */
  constructor(options: PluginServerOptions) {
    if (options.plugins.length === 0) throw new TypeError("there is no plugin to serve");
    for (const plugin of options.plugins) checkPlugin(plugin);
    this.#options = options;
    const complain = options.complain ?? ((line) => process.stderr.write(`${line}\n`));
    this.#server = createServer((socket) => {
      const connection = new Connection(socket, {
        plugins: options.plugins,
        software: SOFTWARE,
        concurrency: options.concurrency ?? 0,
        complain,
        guests: options.guests,
        onClose: (closed) => this.#connections.delete(closed),
      });
      this.#connections.add(connection);
    });
  }

  /** Events that are under way. */
  get eventCount(): number {
    let count = 0;
    for (const connection of this.#connections) count += connection.eventCount;
    return count;
  }

  /** Replaces a socket that an earlier process left. @throws the system's error (rejects) where it cannot listen */
  listen(): Promise<void> {
    rmSync(this.#options.socket, { force: true });
    return new Promise((done, failed) => {
      this.#server.once("error", failed);
      this.#server.listen(this.#options.socket, () => {
        this.#server.off("error", failed);
        done();
      });
    });
  }

  /**
   * Take nothing new, finish what is under way, remove the socket.
   *
   * @param waitMs after which connections are closed all the same
   */
  close(reason = "stopping", waitMs = DRAIN_MS_MAX): Promise<void> {
    this.#closing ??= new Promise((done) => {
      const timer = setTimeout(() => {
        for (const connection of this.#connections) connection.destroy();
      }, waitMs);
      this.#server.close(() => {
        clearTimeout(timer);
        done();
      });
      for (const connection of this.#connections) connection.drain(reason);
    });
    return this.#closing;
  }
}
