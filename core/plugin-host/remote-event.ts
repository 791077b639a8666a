/**
 * One event of a plugin: from the request that needs it, over instance and connection, through the plugin's PDK calls to
 * its end. This file is the table of contents of the call to a plugin server.
 *
 * The event is the thenable that the chain waits for. It settles in the turn in which the last answer was read, and its
 * continuation runs at once: no promise and no microtask on a request's way. Before anything was sent it can begin
 * again as often as time allows; afterwards only if the server says that it does not know the instance, and only once.
 */
import { performance } from "node:perf_hooks"; // the global one is a getter
import { isFailureIgnored } from "./failed-event.ts";
import type { Plugin } from "../entities/plugin.ts";
import {
  type GatewayError,
  PdkError,
  PluginInstanceGone,
  PluginProtocolError,
  PluginServerTimeout,
  PluginServerUnreachable,
} from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { NEVER, type Watched, wheel } from "../http1/timer-wheel.ts";
import { EXIT } from "../pdk/exit.ts";
import { isThenable } from "../runloop/wait.ts";
import type { Connection, Opener } from "./connection.ts";
import type { Endpoint, UpWaiter } from "./endpoint.ts";
import type { Instance, InstanceUser } from "./instance-calls.ts";
import { CALLS_PER_EVENT_MAX, RESTARTS_PER_EVENT_MAX } from "./limits.ts";
import type { Lane } from "./lane.ts";
import type { Outcome, PluginEvent } from "./plugin-process.ts";
import { type Policy, timeoutOf } from "./policy.ts";
import type { RemoteServer } from "./remote-server.ts";
import type { Conversation } from "./session.ts";
import { WindDown } from "./wind-down.ts";

type OnFulfilled = ((value: undefined) => unknown) | null | undefined;
type OnRejected = ((cause: unknown) => unknown) | null | undefined;

/**
 * Over MsgPack:1 and ProtoBuf:1; native/native-event.ts is the other kind. One for each call of a handler.
 */
export class RemoteEvent
  implements
    Conversation,
    InstanceUser,
    Opener,
    UpWaiter,
    Watched,
    PluginEvent<Endpoint>,
    PromiseLike<undefined>
{
  deadline = NEVER;
  readonly plugin: Plugin;
  readonly phase: string;
  readonly x: Exchange;
  isSettled = false;
  /** Set while it counts among the active events of its server. */
  endpoint: Endpoint | null = null;
  readonly preferred = null;
  readonly isBackground = false;
  outcome: Outcome = null;
  policy: Policy | null = null;
  lane: Lane<PluginEvent<Endpoint>> | null = null;
  isAdmitted = false;
  wasAsked = false;
  /** When it began, and when it was sent, in milliseconds of the process's clock; 0: it was not. */
  readonly #begunAt = performance.now();
  #sentAt = 0;
  /** Milliseconds that the gateway took for the plugin's PDK calls, and since when it works on one. */
  #callMs = 0;
  #calledAt = 0;
  readonly #server: RemoteServer<Endpoint>;
  #instance: Instance | null = null;
  #connection: Connection | null = null;
  #isWatched = false;
  #isWaitingForInstance = false;
  /** Tick at which it gives up waiting, however often it has to; 0 before the first wait. */
  #patienceEnds = 0;
  #calls = 0;
  #restarts = 0;
  #onFulfilled: OnFulfilled = null;
  #onRejected: OnRejected = null;
  #hasListener = false;

  constructor(server: RemoteServer<Endpoint>, plugin: Plugin, phase: string, x: Exchange) {
    this.#server = server;
    this.plugin = plugin;
    this.phase = phase;
    this.x = x;
  }

  // biome-ignore lint/suspicious/noThenProperty: a minimal thenable is what the chain waits for
  then<A = undefined, B = never>(
    onFulfilled?: ((value: undefined) => A | PromiseLike<A>) | null,
    onRejected?: ((cause: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    this.#onFulfilled = onFulfilled;
    this.#onRejected = onRejected;
    this.#hasListener = true;
    if (this.isSettled) this.#tell();
    return this as unknown as PromiseLike<A | B>; // nobody chains on it: the runner is the only listener
  }

  // ---- the way to the plugin

  /** Its server lets it begin, or begin again: with the process, then the instance, then a connection. */
  proceed(): void {
    const endpoint = this.endpoint!;
    if (endpoint.isLeaving) return this.#server.moveOn(this);
    if (!endpoint.isUp) {
      this.#watch();
      endpoint.waitUntilUp(this);
      return;
    }
    const instance = endpoint.instances.claim(this.plugin, this);
    if (instance !== null) return this.onInstance(instance);
    this.#isWaitingForInstance = true;
    this.#watch();
  }

  /** It has to wait for its turn. */
  queue(): void {
    this.#watch();
  }

  onUp(): void {
    this.proceed();
  }

  onInstance(instance: Instance): void {
    this.#isWaitingForInstance = false;
    this.#instance = instance;
    instance.active++;
    const connection = this.endpoint!.take();
    if (connection !== null) this.#send(connection, instance);
    else this.endpoint!.open(this);
  }

  onInstanceFailure(cause: GatewayError | null): void {
    this.#isWaitingForInstance = false;
    if (cause !== null) this.#settle(cause);
    else this.proceed();
  }

  onOpen(connection: Connection): void {
    if (this.isSettled) return connection.release();
    if (!this.#instance!.isGone) return this.#send(connection, this.#instance!);
    connection.release();
    this.#leaveInstance();
    this.proceed();
  }

  onOpenFailure(): void {
    if (this.isSettled) return;
    this.#leaveInstance();
    // nothing was sent, so it can wait; also where the process has no room for a connection just now
    this.#watch();
    this.endpoint!.waitUntilUp(this);
  }

  #send(connection: Connection, instance: Instance): void {
    this.#unwatch();
    this.#connection = connection;
    this.wasAsked = true;
    this.#sentAt = performance.now();
    connection.limit(timeoutOf(this.policy!, this.phase));
    connection.write(connection.session.handleEvent(this, instance.id, this.phase));
  }

  // ---- what the plugin asks for

  onPdkCall(method: string, args: unknown[]): void {
    this.#calledAt = performance.now();
    if (++this.#calls > CALLS_PER_EVENT_MAX) {
      const cause = new PluginProtocolError(
        this.#server.name,
        `more than ${CALLS_PER_EVENT_MAX} calls`,
      );
      return this.#refused(cause);
    }
    let result: unknown;
    try {
      result = this.#server.callPdk(method, this.x, args, this.plugin);
    } catch (cause) {
      return this.#callFailed(cause);
    }
    if (isThenable(result)) this.#waitFor(result);
    else this.#reply(result);
  }

  /** The gateway has to wait (for a body, as a rule): not the plugin server's time. */
  #waitFor(result: PromiseLike<unknown>): void {
    const connection = this.#connection!;
    const left = connection.pauseClock();
    const isOver = (): boolean => this.isSettled || connection.isClosed;
    result.then(
      (value) => {
        if (isOver()) return;
        connection.resumeClock(left);
        this.#reply(value);
      },
      (cause: unknown) => {
        if (!isOver()) this.#callFailed(cause);
      },
    );
  }

  #reply(result: unknown): void {
    const connection = this.#connection!;
    let bytes: string;
    try {
      bytes = connection.session.reply(result);
    } catch (cause) {
      return this.#callFailed(cause);
    }
    this.#callMs += performance.now() - this.#calledAt;
    connection.write(bytes);
  }

  #callFailed(cause: unknown): void {
    if (cause !== EXIT) return this.#refused(this.#server.asGatewayError(cause));
    const connection = this.#takeConnection();
    this.#settle(EXIT);
    WindDown.begin(connection, connection.session.afterExit());
  }

  /** The event is over with an error; the plugin is told so, where the protocol can say it. */
  #refused(cause: GatewayError): void {
    const connection = this.#takeConnection();
    const reason = cause instanceof PdkError ? cause.message : "the call failed";
    const answer = connection.session.refuse(reason);
    this.#settle(cause);
    WindDown.beginLate(connection, answer);
  }

  // ---- its end

  onReturn(): void {
    this.#takeConnection().release();
    this.#settle(null);
  }

  onFailure(cause: GatewayError): void {
    this.#takeConnection().release();
    if (cause instanceof PluginInstanceGone && this.#calls === 0) {
      const instance = this.#instance!;
      this.endpoint!.instances.forget(instance);
      if (this.#restarts++ < RESTARTS_PER_EVENT_MAX) {
        this.#leaveInstance();
        return this.proceed();
      }
    }
    this.#settle(cause);
  }

  onUnsent(): void {
    if (this.#calls > 0) return this.onFailure(this.#connection!.session.closed());
    this.#takeConnection().release();
    this.#leaveInstance();
    this.#watch();
    this.endpoint!.waitUntilUp(this);
  }

  /** Nothing was sent yet, and it has waited for long enough. */
  onDeadline(): void {
    const { name, settings } = this.#server;
    const isStarting = this.#isWaitingForInstance;
    this.#settle(
      isStarting
        ? new PluginServerTimeout(name, "the start of an instance", settings.readyTimeoutMs)
        : new PluginServerUnreachable(name),
    );
  }

  #takeConnection(): Connection {
    const connection = this.#connection!;
    this.#connection = null;
    return connection;
  }

  #leaveInstance(): void {
    const instance = this.#instance;
    this.#instance = null;
    if (instance !== null) this.endpoint!.instances.release(instance);
  }

  #settle(outcome: Outcome): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.outcome = outcome;
    this.#countTimes(outcome);
    this.#unwatch();
    if (this.endpoint !== null && this.#patienceEnds !== 0) {
      this.endpoint.stopWaiting(this); // it has waited, perhaps it still does
      if (this.#isWaitingForInstance) this.endpoint.instances.stopWaiting(this.plugin, this);
    }
    this.#leaveInstance();
    this.#server.onSettled(this);
    if (this.#hasListener) this.#tell();
  }

  #countTimes(outcome: Outcome): void {
    const { counters } = this.#server;
    const sentAt = this.#sentAt;
    if (sentAt === 0) {
      if (outcome !== null) counters.failed(counters.of(this), outcome);
      return;
    }
    const serverMs = performance.now() - sentAt;
    // what the plugin took cannot be told from what the way took, in these protocols
    const pluginUs = Math.max(0, serverMs - this.#callMs) * 1000;
    const queueMs = sentAt - this.#begunAt;
    counters.ended(this, outcome, queueMs, serverMs, this.#calls, pluginUs, this.#callMs);
  }

  /** End it before it began. */
  reject(cause: GatewayError): void {
    this.#settle(cause);
  }

  drop(): void {
    this.#server.counters.dropped(this);
    this.#settle(null);
  }

  #tell(): void {
    const { outcome } = this;
    if (outcome === null) this.#onFulfilled?.(undefined);
    else if (outcome !== EXIT && isFailureIgnored(this, this.#server.log))
      this.#onFulfilled?.(undefined);
    else this.#onRejected?.(outcome);
  }

  /** It has to wait for the process, an instance or its turn, and it does so once, for a bounded time in all. */
  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    if (this.#patienceEnds === 0) {
      this.#patienceEnds = wheel.in(Math.max(1, this.#server.settings.readyTimeoutMs)); // 0 would be never
    }
    this.deadline = this.#patienceEnds;
    wheel.watch(this);
  }

  #unwatch(): void {
    if (!this.#isWatched) return;
    this.#isWatched = false;
    this.deadline = NEVER;
    wheel.unwatch(this);
  }
}
