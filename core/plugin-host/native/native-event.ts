/**
 * One event over the native protocol: from the request that needs it to the end of what the plugins wrote. This file is
 * the table of contents of the call to a plugin server.
 *
 * It is the thenable that the chain waits for, and goes on in the turn in which the answer was read. Objects are used
 * again: one belongs to a request from the handler's call until its listener was told. Whatever may come later for a
 * request that has gone (an answer, a promise of the PDK) finds by the stream, or by `use`, that it is not meant any more.
 */
import type { Plugin } from "../../entities/plugin.ts";
import {
  type GatewayError,
  PdkError,
  PluginFailed,
  PluginProtocolError,
  PluginServerTimeout,
  PluginServerUnreachable,
} from "../../errors.ts";
import type { Exchange } from "../../exchange/exchange.ts";
import { NEVER, type Watched, wheel } from "../../http1/timer-wheel.ts";
import { EXIT } from "../../pdk/exit.ts";
import type { PluginStep } from "../../runloop/handler.ts";
import type { UpWaiter } from "../endpoint.ts";
import type { Instance, InstanceUser } from "../instance-calls.ts";
import { CALLS_PER_EVENT_MAX } from "../limits.ts";
import type { Outcome, PluginEvent } from "../plugin-process.ts";
import { applyWrite } from "./apply-writes.ts";
import { CANCEL, FRAME, OP } from "./frame-types.ts";
import type { Link } from "./link.ts";
import type { Life, NativeProcess } from "./native-process.ts";
import type { NativeServer } from "./native-server.ts";
import { type EventFrame, writeEvent } from "./snapshot.ts";
import type { StreamUser } from "./stream-table.ts";
import { writeValue } from "./values.ts";
import { call, done, readCall, readDone, writes } from "./writes.ts";
import { bytesField, textField } from "../protobuf/wire.ts";

type OnFulfilled = ((value: undefined) => unknown) | null | undefined;
type OnRejected = ((cause: unknown) => unknown) | null | undefined;

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}

export class NativeEvent
  implements
    PluginEvent<NativeProcess>,
    StreamUser,
    InstanceUser,
    UpWaiter,
    Watched,
    EventFrame,
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
  isSettled = true;
  /** Steps to run, the first `stepCount` of the list. */
  readonly steps: PluginStep[] = [];
  stepCount = 0;
  /** Step that is next, or whose writes are done now. */
  at = 0;
  // ---- as it is sent (EventFrame)
  stream = 0;
  readonly instances: number[] = [];
  count = 0;
  request = 0;
  deadlineMs = 0;
  readsBody = false;
  // ----
  readonly #claimed: (Instance | null)[] = [];
  #claimedCount = 0;
  protected life: Life | null = null;
  /** Counts the requests that this object has served. */
  #use = 0;
  #isWatched = false;
  #isWaitingForInstance = false;
  #patienceEnds = 0;
  #calls = 0;
  #onFulfilled: OnFulfilled = null;
  #onRejected: OnRejected = null;
  #hasListener = false;

  constructor(server: NativeServer) {
    this.server = server;
  }

  /** Serve another request; add its steps afterwards. */
  reset(x: Exchange, phase: string, phaseBit: number): void {
    this.#use++;
    this.x = x;
    this.phase = phase;
    this.phaseBit = phaseBit;
    this.endpoint = this.preferred = null;
    this.isBackground = false;
    this.outcome = null;
    this.isSettled = false;
    this.stepCount = this.at = this.count = this.#claimedCount = 0;
    this.stream = 0;
    this.life = null;
    this.#patienceEnds = this.#calls = 0;
    this.#onFulfilled = this.#onRejected = null;
    this.#hasListener = false;
  }

  addStep(step: PluginStep): void {
    this.steps[this.stepCount++] = step;
  }

  get plugin(): Plugin {
    return this.steps[this.at]!.plugin;
  }

  get requestId(): string {
    return this.x.id;
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
      this.#watch();
      this.endpoint!.waitUntilUp(this);
      return;
    }
    this.life = life;
    this.#claim(life);
  }

  #claim(life: Life): void {
    while (this.#claimedCount < this.stepCount) {
      const { plugin } = this.steps[this.#claimedCount]!;
      const instance = life.instances.claim(plugin, this);
      if (instance === null) {
        this.#isWaitingForInstance = true;
        return this.#watch();
      }
      this.#take(instance);
    }
    this.#send(life);
  }

  #take(instance: Instance): void {
    instance.active++;
    this.#claimed[this.#claimedCount++] = instance;
  }

  queue(): void {
    this.#watch();
  }

  onUp(): void {
    this.proceed();
  }

  onInstance(instance: Instance): void {
    this.#isWaitingForInstance = false;
    this.#take(instance);
    this.#claim(this.life!);
  }

  onInstanceFailure(cause: GatewayError | null): void {
    this.#isWaitingForInstance = false;
    this.at = this.#claimedCount;
    if (cause !== null) return this.settle(cause);
    this.#leaveInstances();
    this.proceed();
  }

  #send(life: Life): void {
    this.#unwatch();
    const { link } = life;
    if (link.isClosed) return this.settle(new PluginServerUnreachable(this.server.name));
    for (let i = 0; i < this.#claimedCount; i++) this.instances[i] = this.#claimed[i]!.id;
    this.count = this.#claimedCount;
    const { eventTimeoutMs } = this.server.settings;
    this.deadlineMs = eventTimeoutMs;
    this.request = this.server.requestNumber(this.x);
    this.readsBody = this.server.readsBody(this, link);
    this.stream = link.streams.open(this);
    const bytes = writeEvent(link.out, link.entities, this, this.x);
    if (bytes > link.messageBytesMax) {
      link.out.undo();
      const what = `the event has ${bytes} bytes, more than its server takes`;
      return this.settle(new PluginFailed(this.plugin.name, what));
    }
    this.deadline = wheel.in(eventTimeoutMs);
    if (this.isBackground) link.sendWithCompany();
    else link.send();
  }

  // ---- what the plugin asks for

  onCall(b: Buffer, from: number, end: number): void {
    readCall(b, from, end);
    const { method, args } = call;
    if (++this.#calls > CALLS_PER_EVENT_MAX) {
      const what = `more than ${CALLS_PER_EVENT_MAX} calls`;
      return this.#refuse(new PluginProtocolError(this.server.name, what));
    }
    const { x } = this;
    let result: unknown;
    try {
      this.applyWrites();
      x.pdkError = null;
      result = this.server.callPdk(method, x, args);
    } catch (cause) {
      return this.#callFailed(cause);
    }
    if (isThenable(result)) this.#waitFor(result);
    else this.#reply(result);
  }

  /** The gateway has to wait (for a body, as a rule): not the plugin server's time. */
  #waitFor(result: PromiseLike<unknown>): void {
    const left = this.deadline - wheel.now;
    this.deadline = NEVER;
    const use = this.#use;
    const isOver = (): boolean => this.#use !== use || this.isSettled;
    result.then(
      (value) => {
        if (isOver()) return;
        this.deadline = wheel.now + left;
        this.#reply(value);
      },
      (cause: unknown) => {
        if (!isOver()) this.#callFailed(cause);
      },
    );
  }

  #reply(result: unknown): void {
    const { link } = this.life!;
    let message: string;
    try {
      const value = writeValue(result);
      message = value === "" ? "" : bytesField(1, value);
    } catch (cause) {
      return this.#callFailed(cause);
    }
    const { pdkError } = this.x;
    if (message === "" && pdkError !== null) message = textField(2, pdkError);
    if (message.length >= link.messageBytesMax) {
      return this.#callFailed(new PdkError("the result is larger than the plugin server takes"));
    }
    link.out.frame(this.stream, FRAME.RESULT, message);
    link.send();
  }

  #callFailed(cause: unknown): void {
    if (cause !== EXIT) return this.#refuse(this.server.asGatewayError(cause));
    this.cancel(CANCEL.EXITED, "");
    this.settle(EXIT);
  }

  /** The event is over with an error; the plugin server is told so. */
  #refuse(cause: GatewayError): void {
    this.cancel(CANCEL.REFUSED, cause instanceof PdkError ? cause.message : "the call failed");
    this.settle(cause);
  }

  // ---- its end

  onDone(b: Buffer, from: number, end: number): void {
    readDone(b, from, end);
    this.deadline = NEVER;
    if (done.wantsBody && this.onBodyWanted()) return;
    this.#closeStream();
    const { failure } = done;
    if (done.keepsContext) this.server.keepContext(this);
    this.settle(this.finishWrites(failure));
  }

  /** Do what the last message of the plugins says. @param failure why the last of them failed; "" if none did */
  protected finishWrites(failure: string): Outcome {
    try {
      this.applyWrites();
    } catch (cause) {
      return cause === EXIT ? EXIT : this.server.asGatewayError(cause);
    }
    return failure === "" ? null : new PluginFailed(this.plugin.name, failure);
  }

  /** All writes of the message that was read, each in the name of its plugin. */
  protected applyWrites(): void {
    const { count } = writes;
    for (let i = 0; i < count; i++) {
      if (writes.op(i) === OP.NEXT_INSTANCE) this.#nextStep();
      else applyWrite(writes, i, this.x, this.server);
    }
  }

  #nextStep(): void {
    if (this.at + 1 >= this.stepCount) {
      throw new PluginProtocolError(this.server.name, "it wrote for more plugins than there are");
    }
    this.x.plugin = this.steps[++this.at];
  }

  /** The plugins want the body: goes on with it, writes included. @returns false where there is none to give */
  protected onBodyWanted(): boolean {
    return false;
  }

  onChunkDone(_b: Buffer, _from: number, _end: number): void {
    this.life?.link.fail("it answered a chunk that it was not sent");
  }

  onDeadline(): void {
    const { name, settings } = this.server;
    if (this.stream !== 0) {
      this.cancel(CANCEL.DEADLINE, "");
      return this.settle(new PluginServerTimeout(name, "an event", settings.eventTimeoutMs));
    }
    this.settle(
      this.#isWaitingForInstance
        ? new PluginServerTimeout(name, "the start of an instance", settings.readyTimeoutMs)
        : new PluginServerUnreachable(name),
    );
  }

  /** The client went away: nobody waits for the answer any more, and nothing goes on behind it. */
  onClientGone(): void {
    if (this.isSettled) return;
    this.cancel(CANCEL.CLIENT_GONE, "");
    this.#hasListener = false;
    this.settle(null);
    this.free();
  }

  onLinkClosed(cause: GatewayError): void {
    this.stream = 0;
    this.settle(cause);
  }

  protected cancel(reason: number, message: string): void {
    if (this.stream === 0) return;
    this.life!.link.write(FRAME.CANCEL, "Cancel", { reason, message }, this.stream);
    this.#closeStream();
  }

  #closeStream(): void {
    this.life!.link.closeStream(this.stream);
    this.stream = 0;
  }

  reject(cause: GatewayError): void {
    this.settle(cause);
  }

  drop(): void {
    this.settle(null);
  }

  protected settle(outcome: Outcome): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.outcome = outcome;
    this.deadline = NEVER;
    this.#unwatch();
    if (this.x.remoteWait === this) this.x.remoteWait = null;
    if (this.stream !== 0) this.#closeStream();
    if (this.endpoint !== null && this.life === null) this.endpoint.stopWaiting(this);
    if (this.#isWaitingForInstance) this.#stopWaitingForInstance();
    this.#leaveInstances();
    this.server.onSettled(this);
    if (this.#hasListener) this.tell();
  }

  #stopWaitingForInstance(): void {
    this.#isWaitingForInstance = false;
    this.life!.instances.stopWaiting(this.steps[this.#claimedCount]!.plugin, this);
  }

  /** Where it ran; null before that was decided, and when it is over. */
  get link(): Link | null {
    return this.life?.link ?? null;
  }

  #leaveInstances(): void {
    const life = this.life;
    for (let i = 0; i < this.#claimedCount; i++) {
      life!.instances.release(this.#claimed[i]!);
      this.#claimed[i] = null;
    }
    this.#claimedCount = 0;
    this.life = null;
  }

  /** Tell the listener; then the object is free for another request. */
  protected tell(): void {
    const { outcome } = this;
    const onFulfilled = this.#onFulfilled;
    const onRejected = this.#onRejected;
    this.#onFulfilled = this.#onRejected = null;
    this.#hasListener = false;
    const isIgnored = outcome !== null && outcome !== EXIT && this.server.isFailureIgnored(this);
    this.free();
    if (outcome === null || isIgnored) onFulfilled?.(undefined);
    else onRejected?.(outcome);
  }

  /** The request is served. */
  protected free(): void {
    this.server.recycle(this);
  }

  /** It has to wait for the process, an instance or its turn, and it does so once, for a bounded time in all. */
  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    wheel.watch(this);
    if (this.#patienceEnds === 0) {
      this.#patienceEnds = wheel.in(Math.max(1, this.server.settings.readyTimeoutMs)); // 0 would be never
    }
    this.deadline = this.#patienceEnds;
  }

  #unwatch(): void {
    if (!this.#isWatched) return;
    this.#isWatched = false;
    this.deadline = NEVER;
    wheel.unwatch(this);
  }
}

/** Stands in an event that serves no request. */
const NO_EXCHANGE = null as unknown as Exchange;
