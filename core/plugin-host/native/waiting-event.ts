/**
 * The part of an event that waits: for its turn, for the process, for instances, and the thenable that the chain waits for.
 *
 * Objects are used again: one belongs to a request from the handler's call until its listener was told.
 */
import { performance } from "node:perf_hooks"; // the global one is a getter
import { isFailureIgnored } from "../failed-event.ts";
import type { Plugin } from "../../entities/plugin.ts";
import type { GatewayError } from "../../errors.ts";
import type { Exchange, RemoteWait } from "../../exchange/exchange.ts";
import { NEVER, type Watched, wheel } from "../../http1/timer-wheel.ts";
import { EXIT } from "../../pdk/exit.ts";
import type { PluginStep } from "../../runloop/handler.ts";
import type { UpWaiter } from "../endpoint.ts";
import type { Instance, InstanceUser } from "../instance-calls.ts";
import type { Lane } from "../lane.ts";
import type { Outcome, PluginEvent } from "../plugin-process.ts";
import type { Policy } from "../policy.ts";
import type { Link } from "./link.ts";
import type { NativeEvent } from "./native-event.ts";
import type { Life, NativeProcess } from "./native-process.ts";
import type { NativeServer } from "./native-server.ts";

type OnFulfilled = ((value: undefined) => unknown) | null | undefined;
type OnRejected = ((cause: unknown) => unknown) | null | undefined;

/** The lowest layer of an event; those above it fill in what it sends and what comes back. */
export abstract class WaitingEvent
  implements
    PluginEvent<NativeProcess>,
    InstanceUser,
    UpWaiter,
    Watched,
    RemoteWait,
    PromiseLike<undefined>
{
  deadline = NEVER;
  protected readonly server: NativeServer;
  x: Exchange = NO_EXCHANGE;
  phase = "";
  phaseBit = 0;
  endpoint: NativeProcess | null = null;
  preferred: NativeProcess | null = null;
  isBackground = false;
  outcome: Outcome = null;
  policy: Policy | null = null;
  lane: Lane<PluginEvent<NativeProcess>> | null = null;
  isAdmitted = false;
  wasAsked = false;
  isSettled = true;
  /** Steps to run: those of this event are the first `stepCount`, the others up to `total` have their turn after it. */
  readonly steps: PluginStep[] = [];
  stepCount = 0;
  protected total = 0;
  /** How many of its steps are over with it, where that is known; else -1. */
  protected ran = -1;
  /** Step that is next, or whose writes are done now. */
  at = 0;
  /** Instances of the steps, as far as it has them. */
  protected readonly claimed: (Instance | null)[] = [];
  protected claimedCount = 0;
  protected life: Life | null = null;
  protected isWaitingForInstance = false;
  /** When it began, in milliseconds of the process's clock; and did it have to wait since? */
  protected begunAt = 0;
  protected hasWaited = false;
  #isWatched = false;
  #patienceEnds = 0;
  #onFulfilled: OnFulfilled = null;
  #onRejected: OnRejected = null;
  #hasListener = false;

  constructor(server: NativeServer) {
    this.server = server;
  }

  /** Serve another request; add its steps afterwards. */
  reset(x: Exchange, phase: string, phaseBit: number): void {
    this.x = x;
    this.phase = phase;
    this.phaseBit = phaseBit;
    this.endpoint = this.preferred = this.life = null;
    this.isBackground = this.isSettled = this.hasWaited = false;
    this.isAdmitted = this.wasAsked = false;
    this.policy = this.lane = null;
    this.outcome = null;
    this.stepCount = this.total = this.at = this.claimedCount = 0;
    this.ran = -1;
    this.#patienceEnds = 0;
    this.#onFulfilled = this.#onRejected = null;
    this.#hasListener = false;
    this.begunAt = performance.now();
  }

  addStep(step: PluginStep): void {
    this.steps[this.total++] = step;
    this.stepCount = this.total;
  }

  /** Of the step that runs, or of the last one. */
  get plugin(): Plugin {
    return this.steps[this.at]!.plugin;
  }

  // biome-ignore lint/suspicious/noThenProperty: a minimal thenable is what the chain waits for
  then<A = undefined, B = never>(
    onFulfilled?: ((value: undefined) => A | PromiseLike<A>) | null,
    onRejected?: ((cause: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    this.#onFulfilled = onFulfilled;
    this.#onRejected = onRejected;
    this.#hasListener = true;
    if (this.isSettled) this.tell();
    return this as unknown as PromiseLike<A | B>; // nobody chains on it: the runner is the only listener
  }

  // ---- the way to the plugin

  /** Its server lets it begin: with the process, then the instances. */
  proceed(): void {
    const { life } = this.endpoint!;
    if (life === null) {
      if (this.endpoint!.isLeaving) return this.server.moveOn(this);
      this.#watch();
      this.endpoint!.waitUntilUp(this);
      return;
    }
    this.life = life;
    this.#claim(life);
  }

  #claim(life: Life): void {
    while (this.claimedCount < this.stepCount) {
      const { plugin } = this.steps[this.claimedCount]!;
      const instance = life.instances.claim(plugin, this);
      if (instance === null) {
        this.isWaitingForInstance = true;
        return this.#watch();
      }
      this.#take(instance);
    }
    if (life.link.hasRoom) return this.send(life);
    this.#leaveInstances();
    this.server.putBack(this); // many waited for the process, and not all fit in
  }

  #take(instance: Instance): void {
    instance.active++;
    this.claimed[this.claimedCount++] = instance;
  }

  queue(): void {
    this.#watch();
  }

  onUp(): void {
    this.proceed();
  }

  onInstance(instance: Instance): void {
    this.isWaitingForInstance = false;
    this.#take(instance);
    this.#claim(this.life!);
  }

  onInstanceFailure(cause: GatewayError | null): void {
    this.isWaitingForInstance = false;
    if (cause !== null) return this.#onFailedStart(cause);
    this.#leaveInstances();
    this.proceed();
  }

  /** The steps before the one that failed run first: its failure has its turn after them. */
  #onFailedStart(cause: GatewayError): void {
    if (this.claimedCount > 0 && this.mayBeCut) {
      this.stepCount = this.claimedCount;
      return this.#claim(this.life!);
    }
    this.at = this.claimedCount;
    this.ran = this.at + 1;
    this.settle(cause);
  }

  /** Its process went away before it was asked anything: the next one serves it, with the time that is left. */
  protected startOver(): void {
    this.#leaveInstances();
    this.deadline = NEVER;
    this.at = 0;
    this.server.moveOn(this);
  }

  /** May its steps run in several events? */
  protected get mayBeCut(): boolean {
    return true;
  }

  /** It has its instances: off it goes. */
  protected abstract send(life: Life): void;

  abstract onDeadline(): void;

  reject(cause: GatewayError): void {
    this.settle(cause);
  }

  drop(): void {
    for (this.at = 0; this.at < this.total; this.at++) this.server.counters.dropped(this);
    this.stepCount = this.total;
    this.settle(null);
  }

  protected settle(outcome: Outcome): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.outcome = outcome;
    this.deadline = NEVER;
    this.unwatch();
    this.onSettling(outcome);
    if (this.x.remoteWait === this) this.x.remoteWait = null;
    if (this.endpoint !== null && this.life === null) this.endpoint.stopWaiting(this);
    if (this.isWaitingForInstance) this.#stopWaitingForInstance();
    this.#leaveInstances();
    this.server.onSettled(this);
    if (this.goesOn(this.ran < 0 ? this.stepCount : this.ran)) return;
    if (this.#hasListener) this.tell();
  }

  /**
   * Is there more to run? Begins it then, and settles later.
   *
   * @param over how many of its steps have run, or never will
   */
  protected abstract goesOn(over: number): boolean;

  /** Begin again with the steps from `over` on. */
  protected beginRest(over: number): void {
    const rest = this.total - over;
    for (let i = 0; i < rest; i++) this.steps[i] = this.steps[over + i]!;
    this.stepCount = this.total = rest;
    this.at = 0;
    this.ran = -1;
    this.endpoint = this.preferred = null;
    this.isSettled = this.hasWaited = false;
    this.outcome = null;
    this.#patienceEnds = 0;
    this.begunAt = performance.now();
    this.server.beginAgain(this as unknown as NativeEvent);
  }

  /** Steps `from` to `to` of this event have no turn: those behind move up, and `kept` are left of it. */
  protected leaveOut(kept: number, from: number): void {
    const { claimed, steps } = this;
    for (let i = from; i < this.claimedCount; i++) this.life!.instances.release(claimed[i]!);
    claimed.fill(null, kept, this.claimedCount);
    const gone = from - kept;
    if (gone > 0) for (let i = from; i < this.total; i++) steps[i - gone] = steps[i]!;
    this.total -= gone;
    this.stepCount = this.claimedCount = kept;
  }

  /** What belongs to the way over the wire comes to its end. */
  protected abstract onSettling(outcome: Outcome): void;

  abstract onClientGone(): void;

  /** Whoever waits is not told. */
  protected forgetListener(): void {
    this.#hasListener = false;
  }

  #stopWaitingForInstance(): void {
    this.isWaitingForInstance = false;
    this.life!.instances.stopWaiting(this.steps[this.claimedCount]!.plugin, this);
  }

  /** Where it ran; null before that was decided, and when it is over. */
  get link(): Link | null {
    return this.life?.link ?? null;
  }

  #leaveInstances(): void {
    const life = this.life;
    for (let i = 0; i < this.claimedCount; i++) {
      life!.instances.release(this.claimed[i]!);
      this.claimed[i] = null;
    }
    this.claimedCount = 0;
    this.life = null;
  }

  /** Tell the listener; then the object is free for another request. */
  protected tell(): void {
    const { outcome } = this;
    const onFulfilled = this.#onFulfilled;
    const onRejected = this.#onRejected;
    this.#onFulfilled = this.#onRejected = null;
    this.#hasListener = false;
    const isIgnored =
      outcome !== null && outcome !== EXIT && isFailureIgnored(this, this.server.log);
    this.free();
    if (outcome === null || isIgnored) onFulfilled?.(undefined);
    else onRejected?.(outcome);
  }

  /** The request is served. */
  protected free(): void {
    this.server.recycle(this as unknown as NativeEvent);
  }

  /** It has to wait for the process, an instance or its turn, and it does so once, for a bounded time in all. */
  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = this.hasWaited = true;
    wheel.watch(this);
    if (this.#patienceEnds === 0) {
      this.#patienceEnds = wheel.in(Math.max(1, this.server.settings.readyTimeoutMs)); // 0 would be never
    }
    this.deadline = this.#patienceEnds;
  }

  protected unwatch(): void {
    if (!this.#isWatched) return;
    this.#isWatched = false;
    this.deadline = NEVER;
    wheel.unwatch(this);
  }
}

/** Stands in an event that serves no request. */
const NO_EXCHANGE = null as unknown as Exchange;
