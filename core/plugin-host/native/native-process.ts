/**
 * One process of a plugin server that speaks the native protocol, as a worker sees it: its connection, and all that lives
 * as long as that.
 *
 * The connection is looked for as soon as there is somebody who knows that it is needed, and again when it closes; a
 * process that drains keeps its old connection until what is under way there has ended, while the next one is found.
 */
import type { Plugin } from "../../entities/plugin.ts";
import type { Logger } from "../../telemetry/log.ts";
import { wheel } from "../../http1/timer-wheel.ts";
import type { UpWaiter } from "../endpoint.ts";
import { Instances } from "../instances.ts";
import { DRAIN_FORGET_MS, LOOK_AGAIN_MS, LOOK_AGAIN_MS_MAX } from "../limits.ts";
import type { PluginProcess } from "../plugin-process.ts";
import type { ProcessHost } from "../remote-server.ts";
import { FRAME } from "./frame-types.ts";
import type { PeerHello } from "./hello.ts";
import { Link, type LinkOwner } from "./link.ts";
import type { Dial } from "./link-transport.ts";
import { NativeInstances } from "./native-instances.ts";
import type { ServerLog } from "./server-log.ts";
import type { Fields } from "../protobuf/shape-table.ts";

/** What lives and ends with a connection. */
export class Life {
  readonly link: Link;
  readonly starts: NativeInstances;
  readonly instances: Instances;

  constructor(link: Link, starts: NativeInstances, instances: Instances) {
    this.link = link;
    this.starts = starts;
    this.instances = instances;
  }
}

interface NativeProcessOptions {
  readonly serverName: string;
  readonly dial: Dial;
  /** For another address of the same server. */
  dialAt(socketPath: string): Dial;
  /** The gateway's Hello, as bytes. */
  readonly hello: string;
  readonly startTimeoutMs: number;
  readonly workspaceId: string;
  readonly lines: ServerLog;
  nextSequence(): number;
  /** May the plugin read what a function of the PDK gives? */
  mayRead(plugin: Plugin, method: string, ...args: readonly unknown[]): boolean;
  /** A connection is there: do what comes before any event, and call `ready`. */
  onLife(life: Life, ready: () => void): void;
  /** Events may be sent there from now on. */
  onReady(life: Life): void;
}

/** One for each process and worker. It outlives connections and processes; `close` ends it for good. */
export class NativeProcess implements PluginProcess, LinkOwner {
  active = 0;
  isDraining = false;
  /** New code has taken its place for good. */
  isLeaving = false;
  /** Requests whose contexts are kept there. */
  #contexts = 0;
  #leaveTimer: NodeJS.Timeout | null = null;
  #dial: Dial;
  /** The connection that events go to; null: there is none. */
  life: Life | null = null;
  readonly #options: NativeProcessOptions;
  readonly #host: ProcessHost;
  readonly #log: Logger;
  #opening: Link | null = null;
  /** A connection on which init_worker runs. */
  #beginning: Life | null = null;
  /** Connections that carry what was begun on them to its end. */
  readonly #ending = new Map<Link, Life>();
  #waiting = new Set<UpWaiter>();
  #timer: NodeJS.Timeout | null = null;
  #lookAgainMs = LOOK_AGAIN_MS;
  #isClosed = false;
  /** Why it could not be talked to, the last time; said once. */
  #complaint = "";

  constructor(options: NativeProcessOptions, host: ProcessHost) {
    this.#options = options;
    this.#dial = options.dial;
    this.#host = host;
    this.#log = host.log;
  }

  get isUp(): boolean {
    return this.life !== null;
  }

  get instances(): Instances | null {
    return this.life?.instances ?? null;
  }

  get hasRoom(): boolean {
    return this.life === null || this.life.link.hasRoom;
  }

  // ---- is it there?

  waitUntilUp(who: UpWaiter): void {
    if (this.isDraining && this.isLeaving) return who.onUp(); // it moves on
    this.#waiting.add(who);
    if (this.life !== null) return this.#tellWaiting();
    if (this.#timer === null) this.#look();
  }

  stopWaiting(who: UpWaiter): void {
    this.#waiting.delete(who);
  }

  lookNow(): void {
    if (this.isLeaving) return;
    this.isDraining = false;
    this.#lookAgainMs = LOOK_AGAIN_MS;
    this.#stopTimer();
    this.#look();
  }

  #look(): void {
    this.#timer = null;
    if (this.isDraining || this.#isClosed) return;
    if (this.life !== null || this.#opening !== null || this.#beginning !== null) return;
    const { serverName, hello } = this.#options;
    this.#opening = new Link(serverName, this.#dial, hello, this);
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

  onHello(link: Link, hello: PeerHello): void {
    if (this.#opening !== link) return;
    this.#opening = null;
    const starts = new NativeInstances(link, this.#options);
    const instances = new Instances(starts, { ...this.#options, log: this.#log });
    const life = new Life(link, starts, instances);
    this.#beginning = life;
    this.#lookAgainMs = LOOK_AGAIN_MS;
    this.#complaint = "";
    this.#log.info({ software: hello.software, serverPid: hello.pid }, "plugin server connected");
    this.#options.onLife(life, () => this.#ready(life));
  }

  #ready(life: Life): void {
    if (this.#beginning !== life) return;
    this.#beginning = null;
    if (life.link.isClosed) return;
    this.life = life;
    this.#options.onReady(life);
    this.#tellWaiting();
  }

  #tellWaiting(): void {
    const told = this.#waiting;
    this.#waiting = new Set();
    for (const who of told) who.onUp();
    this.#host.onRoom();
  }

  // ---- what the connection tells

  onMessage(link: Link, type: number, fields: Fields): void {
    const life = this.#lifeOf(link);
    if (life === null) return;
    if (type === FRAME.STARTED) life.starts.onStarted(fields);
    else if (type === FRAME.START_FAILED) life.starts.onStartFailed(fields);
    else this.#onPeerDrains(life, String(fields.reason));
  }

  #lifeOf(link: Link): Life | null {
    if (this.life?.link === link) return this.life;
    return this.#beginning?.link === link ? this.#beginning : (this.#ending.get(link) ?? null);
  }

  /** The process is about to stop. What is under way goes on there; new events wait for the next process. */
  #onPeerDrains(life: Life, reason: string): void {
    if (this.life !== life) return life.link.close(); // it has not even begun
    this.#log.info({ reason: reason.slice(0, 200) }, "plugin server drains");
    this.#letEnd(life);
    if (!this.isDraining) this.#lookLater();
  }

  #letEnd(life: Life): void {
    this.life = null;
    this.#ending.set(life.link, life);
    life.instances.letGo();
    this.#closeIfIdle(life.link);
  }

  #closeIfIdle(link: Link): void {
    if (this.#ending.has(link) && link.streams.active === 0) link.close();
  }

  onLogLine(fields: Fields, requestId: string): void {
    this.#options.lines.write(fields, requestId);
  }

  onRoom(link: Link): void {
    if (this.life?.link === link) this.#host.onRoom();
  }

  onTick(link: Link): void {
    const life = this.#lifeOf(link);
    life?.starts.look(wheel.now);
    if (this.isLeaving && this.#isForgotten) this.#drainForGood();
    this.#closeIfIdle(link);
  }

  onClosed(link: Link, why: string): void {
    if (this.#opening === link) {
      this.#opening = null;
      if (link.hello === null) this.#complain(why);
    }
    const life = this.#lifeOf(link);
    if (life !== null) {
      if (this.life === life) {
        this.life = null;
        this.#log.warn({ why }, "connection to the plugin server is gone");
      }
      if (this.#beginning === life) this.#beginning = null;
      this.#ending.delete(link);
      life.instances.forgetAll();
    }
    if (this.isDraining && this.#ending.size === 0) this.#host.onDrained();
    this.#lookLater();
  }

  /** A process that is not there yet is nothing special; one that cannot be talked to is, once. */
  #complain(why: string): void {
    if (why === this.#complaint || /^E[A-Z]+$/.test(why)) return;
    this.#complaint = why;
    this.#log.error({ why }, "plugin server cannot be talked to");
  }

  // ---- what the primary tells

  /** The primary saw it end; our own connection tells us better. */
  lost(): void {
    this.#lookAgainMs = LOOK_AGAIN_MS;
  }

  drain(): void {
    this.isDraining = true;
    this.#stopTimer();
    this.#timer = setTimeout(() => this.lookNow(), DRAIN_FORGET_MS); // should the word "up" never come
    this.#timer.unref();
    this.#opening?.close();
    this.#beginning?.link.close();
    if (this.life !== null) this.#letEnd(this.life);
    else if (this.#ending.size === 0) this.#host.onDrained();
  }

  moveTo(socketPath: string): void {
    this.#dial = this.#options.dialAt(socketPath);
  }

  // ---- new code takes its place

  leave(limitMs: number): void {
    this.isLeaving = true;
    if (this.life === null || this.#isForgotten) return this.#drainForGood();
    this.#leaveTimer = setTimeout(() => this.#drainForGood(), limitMs);
    this.#leaveTimer.unref();
  }

  /** No request has anything there, or may get it from an event that is under way. */
  get #isForgotten(): boolean {
    return this.#contexts === 0 && this.active === 0;
  }

  #drainForGood(): void {
    if (this.isDraining) return;
    if (this.#leaveTimer !== null) clearTimeout(this.#leaveTimer);
    this.drain();
    this.#stopTimer();
    const told = this.#waiting;
    this.#waiting = new Set();
    for (const who of told) who.onUp();
  }

  /** A request has left something there that its later phases need. */
  keepContext(): void {
    this.#contexts++;
  }

  /** Such a request is over. */
  dropContext(): void {
    this.#contexts--;
    if (this.isLeaving && this.#isForgotten) this.#drainForGood();
  }

  retire(plugin: string, live: ReadonlySet<unknown>): void {
    this.life?.instances.retire(plugin, live);
  }

  close(): void {
    this.#isClosed = true;
    this.isDraining = true;
    this.#stopTimer();
    this.#waiting.clear();
    this.#opening?.close();
    this.#beginning?.link.close();
    this.life?.link.close();
    for (const link of [...this.#ending.keys()]) link.close();
  }
}
