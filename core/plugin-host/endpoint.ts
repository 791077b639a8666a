/**
 * One process of a plugin server, as a worker sees it: is it there, connections to it, instances in it.
 *
 * Instance ids mean something only within one life of the process, and a new process counts from 0 again. So a life is a
 * **generation**: a sentinel connection, on which nothing is ever sent, is open as long as the process lives, and when
 * it closes, every instance and idle connection of that life is forgotten. A new connection is used one turn of the
 * event loop after it opened, when the sentinel of a process that has died has told so.
 */
import { connectPlain } from "../http1/open-transport.ts";
import type { Transport, TransportOwner } from "../http1/transport.ts";
import type { Logger } from "../telemetry/log.ts";
import { Connection, type Lender, type Opener } from "./connection.ts";
import { SessionInstanceCalls } from "./instance-calls.ts";
import { Instances } from "./instances.ts";
import {
  DRAIN_FORGET_MS,
  IDLE_CONNECTIONS_MAX,
  LOOK_AGAIN_MS,
  LOOK_AGAIN_MS_MAX,
} from "./limits.ts";
import type { PluginProcess } from "./plugin-process.ts";
import type { Protocol } from "./session.ts";
import { guardedPath, type SocketOwner } from "./socket-owner.ts";

/** Who waits for the process to accept connections. */
export interface UpWaiter {
  onUp(): void;
}

interface EndpointOptions {
  readonly serverName: string;
  readonly socketPath: string;
  /** Whose the socket has to be. */
  readonly owner: SocketOwner;
  readonly protocol: Protocol;
  /** Milliseconds for the start of an instance. */
  readonly startTimeoutMs: number;
  readonly workspaceId: string;
  readonly log: Logger;
  /** Numbers for `__seq__`, see instances.ts. */
  nextSequence(): number;
  /** Nothing is under way any more after {@link Endpoint.drain}. */
  onDrained(): void;
}

/**
 * A process over MsgPack:1 or ProtoBuf:1, where an event has a connection to itself; native/native-process.ts is the
 * other kind.
 */
export class Endpoint implements Lender, PluginProcess {
  readonly serverName: string;
  readonly instances: Instances;
  /** The process accepts connections, by all we know. */
  isUp = false;
  /** The primary is about to replace the process: nothing new goes to it. */
  isDraining = false;
  /** New code has taken its place for good. */
  isLeaving = false;
  #socketPath: string;
  readonly hasRoom = true;
  active = 0;
  /** Connections that are lent. */
  #lent = 0;
  #generation = 0;
  #sentinel: Transport | null = null;
  readonly #idle: Connection[] = [];
  #waiting = new Set<UpWaiter>();
  #timer: NodeJS.Timeout | null = null;
  #lookAgainMs = LOOK_AGAIN_MS;
  readonly #options: EndpointOptions;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.serverName = options.serverName;
    this.#socketPath = options.socketPath;
    this.instances = new Instances(new SessionInstanceCalls(this, options), options);
  }

  get generation(): number {
    return this.#generation;
  }

  // ---- is it there?

  /** Tell `who` as soon as the process accepts connections; until then it is looked for. */
  waitUntilUp(who: UpWaiter): void {
    if (this.isLeaving) return who.onUp(); // it moves on
    this.#waiting.add(who);
    if (this.isUp)
      this.#lookLater(); // it is there, and has no room or hangs up: not at once again
    else if (this.#timer === null && this.#sentinel === null) this.#look();
  }

  stopWaiting(who: UpWaiter): void {
    this.#waiting.delete(who);
  }

  /** The primary says that it is up: look at once. */
  lookNow(): void {
    if (this.isLeaving) return;
    this.isDraining = false;
    this.#lookAgainMs = LOOK_AGAIN_MS;
    this.#stopTimer();
    if (this.isUp || this.#sentinel !== null) return;
    this.#look();
  }

  #look(): void {
    this.#timer = null;
    if (this.isDraining) return;
    if (this.isUp) return this.#tellWaiting();
    const path = guardedPath(this.#socketPath, this.#options.owner);
    const sentinel = connectPlain({ path }, true, () => this.#found(sentinel));
    this.#sentinel = sentinel;
    sentinel.owner = this.#sentinelOwner(sentinel);
  }

  #sentinelOwner(sentinel: Transport): TransportOwner {
    return {
      onData: () => sentinel.close(),
      onEnd: () => sentinel.close(),
      onClose: () => {
        if (this.#sentinel !== sentinel) return;
        this.#sentinel = null;
        if (this.isUp) this.lost();
        this.#lookLater();
      },
    };
  }

  #found(sentinel: Transport): void {
    if (this.#sentinel !== sentinel || this.isDraining) return;
    this.isUp = true;
    this.#tellWaiting();
  }

  #tellWaiting(): void {
    const told = this.#waiting;
    this.#waiting = new Set();
    for (const who of told) who.onUp();
  }

  /** Look again after a while, as long as somebody waits. */
  #lookLater(): void {
    if (this.#waiting.size === 0 || this.#timer !== null || this.isDraining) return;
    this.#timer = setTimeout(() => this.#look(), this.#lookAgainMs);
    this.#lookAgainMs = Math.min(this.#lookAgainMs * 2, LOOK_AGAIN_MS_MAX);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** The process is gone, or about to go: forget all that belonged to its life. Calls under way end by themselves. */
  lost(): void {
    this.isUp = false;
    this.#generation++;
    const sentinel = this.#sentinel;
    this.#sentinel = null;
    sentinel?.close();
    for (const connection of this.#idle.splice(0)) connection.discard();
    this.instances.forgetAll();
    this.#lookLater();
  }

  /** Nothing new goes to the process from now on, until {@link lookNow}. */
  drain(): void {
    this.isDraining = true;
    this.lost();
    this.#stopTimer();
    this.#timer = setTimeout(() => this.lookNow(), DRAIN_FORGET_MS); // should the word "up" never come
    this.#timer.unref();
    if (this.#lent === 0) this.#options.onDrained();
  }

  moveTo(socketPath: string): void {
    this.#socketPath = socketPath;
  }

  leave(): void {
    this.isLeaving = true;
    this.drain();
    this.#stopTimer();
    this.#tellWaiting();
  }

  retire(plugin: string, live: ReadonlySet<unknown>): void {
    this.instances.retire(plugin, live);
  }

  close(): void {
    this.isDraining = true;
    this.#stopTimer();
    this.#waiting.clear();
    this.lost();
  }

  // ---- connections

  /** An idle connection, the one used last; null if there is none. */
  take(): Connection | null {
    const connection = this.#idle.pop();
    if (connection === undefined) return null;
    this.#lend(connection);
    return connection;
  }

  open(opener: Opener): void {
    const session = this.#options.protocol.open(this.serverName);
    const generation = this.#generation;
    new Connection(this, this.#socketPath, session, {
      onOpen: (connection) => {
        connection.generation = generation;
        if (this.#generation === generation) {
          this.#lend(connection);
          return opener.onOpen(connection);
        }
        connection.discard(); // it may lead to a new process, which knows nothing of what the opener wants
        opener.onOpenFailure("ESTALE");
      },
      onOpenFailure: (code) => {
        if (code !== "EAGAIN" && this.#generation === generation) this.lost();
        opener.onOpenFailure(code);
      },
    });
  }

  #lend(connection: Connection): void {
    connection.isLent = true;
    this.#lent++;
  }

  onGivenUp(connection: Connection): void {
    if (!connection.isLent) return;
    connection.isLent = false;
    this.#lent--;
    if (this.isDraining && this.#lent === 0) this.#options.onDrained();
  }

  takeBack(connection: Connection): void {
    this.onGivenUp(connection);
    const isKept =
      connection.isUsable &&
      connection.generation === this.#generation &&
      this.#idle.length < IDLE_CONNECTIONS_MAX;
    if (isKept) {
      this.#lookAgainMs = LOOK_AGAIN_MS;
      this.#idle.push(connection);
    } else connection.discard();
  }

  onIdleClosed(connection: Connection): void {
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}
