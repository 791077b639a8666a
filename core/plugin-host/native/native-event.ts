/**
 * One event over the native protocol: from the snapshot that is sent to the end of what the plugins wrote. This file is the
 * table of contents of the call to a plugin server; what comes before is in waiting-event.ts (a turn, a process, instances)
 * and gated-event.ts (whether the call is needed).
 *
 * It goes on in the turn in which the answer was read. Whatever may come later for a request that has gone (an answer, a
 * promise of the PDK) finds by the stream, or by `use`, that it is not meant any more.
 */
import {
  type GatewayError,
  PdkError,
  PluginFailed,
  PluginProtocolError,
  PluginServerTimeout,
  PluginServerUnreachable,
} from "../../errors.ts";
import type { Exchange } from "../../exchange/exchange.ts";
import { NEVER, wheel } from "../../http1/timer-wheel.ts";
import { EXIT } from "../../pdk/exit.ts";
import { isThenable } from "../../runloop/wait.ts";
import type { AccessList } from "../../config/plugin-access.ts";
import { CALLS_PER_EVENT_MAX } from "../limits.ts";
import { timeoutOf } from "../policy.ts";
import type { Outcome } from "../plugin-process.ts";
import { CANCEL, FRAME } from "./frame-types.ts";
import { GatedEvent } from "./gated-event.ts";
import type { Life } from "./native-process.ts";
import { type EventFrame, writeEvent } from "./snapshot.ts";
import type { StreamUser } from "./stream-table.ts";
import { writeResult } from "./result.ts";
import { call, done, readCall, readDone } from "./writes.ts";

const TOO_LARGE = "the result is larger than the plugin server takes";

/**
 * From the pool of its server: `reset`, add steps, hand it to the server, and touch it no more once its
 * listener was told.
 */
export class NativeEvent extends GatedEvent implements StreamUser, EventFrame {
  stream = 0;
  readonly instances: number[] = [];
  count = 0;
  request = 0;
  deadlineMs = 0;
  queueUs = 0;
  readsBody = false;
  access: AccessList | null = null;
  /** Counts the requests that this object has served. */
  #use = 0;
  #calls = 0;
  /** Milliseconds that the gateway took for the plugins' calls, and since when it works on one; 0: on none. */
  #callMs = 0;
  #calledAt = 0;
  /** When it was sent, in milliseconds of the process's clock; 0: not sent. */
  #sentAt = 0;
  /** Write of the connection that takes it (Link.batch). */
  #batch = 0;
  /** Microseconds that the plugins say they took. */
  #pluginUs = 0;

  override reset(x: Exchange, phase: string, phaseBit: number): void {
    super.reset(x, phase, phaseBit);
    this.#clear();
  }

  protected override beginRest(over: number): void {
    this.#clear();
    super.beginRest(over);
  }

  #clear(): void {
    this.#use++;
    this.stream = this.count = this.#calls = this.#sentAt = this.#pluginUs = 0;
    this.#callMs = this.#calledAt = 0;
    this.wasAsked = false;
    this.clearGates();
  }

  get requestId(): string {
    return this.x.id;
  }

  protected override send(life: Life): void {
    this.unwatch();
    if (this.hasGate() && this.passGates()) return;
    const { link } = life;
    if (link.isClosed) return this.settle(new PluginServerUnreachable(this.server.name));
    for (let i = 0; i < this.claimedCount; i++) this.instances[i] = this.claimed[i]!.id;
    this.count = this.claimedCount;
    this.wasAsked = true;
    const timeoutMs = timeoutOf(this.policy!, this.phase) * this.count;
    this.deadlineMs = timeoutMs;
    this.access = this.policy!.read;
    this.request = this.server.requestNumber(this.x);
    this.readsBody = this.server.readsBody(this, link);
    const now = this.hasWaited ? performance.now() : this.begunAt; // a clock read less
    this.queueUs = Math.trunc((now - this.begunAt) * 1000);
    this.stream = link.streams.open(this);
    this.#batch = link.batch;
    const bytes = writeEvent(link.out, link.entities, this, this.x);
    if (bytes > link.messageBytesMax) {
      link.out.undo();
      const what = `the event has ${bytes} bytes, more than its server takes`;
      return this.settle(new PluginFailed(this.plugin.name, what));
    }
    this.deadline = wheel.in(timeoutMs);
    this.#sentAt = now;
    if (this.isBackground) link.sendWithCompany();
    else link.send(true);
  }

  // ---- what the plugin asks for

  onCall(b: Buffer, from: number, end: number): void {
    if (this.#calledAt !== 0) return this.outOfTurn("a call before the result of the last one");
    readCall(b, from, end);
    this.#calledAt = performance.now();
    const { method, args } = call;
    if (++this.#calls > CALLS_PER_EVENT_MAX) {
      return this.outOfTurn(`more than ${CALLS_PER_EVENT_MAX} calls`);
    }
    const { x } = this;
    let result: unknown;
    try {
      this.applyWrites(0);
      x.pdkError = null;
      result = this.server.callPdk(method, x, args, this.plugin);
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
    this.#callMs += performance.now() - this.#calledAt;
    this.#calledAt = 0;
    const { link } = this.life!;
    try {
      const message = writeResult(result, this.x.pdkError);
      if (message.length >= link.messageBytesMax) throw new PdkError(TOO_LARGE);
      link.out.frame(this.stream, FRAME.RESULT, message);
    } catch (cause) {
      return this.#callFailed(cause);
    }
    link.send(true);
  }

  #callFailed(cause: unknown): void {
    if (cause !== EXIT) return this.#refuse(this.server.asGatewayError(cause));
    this.cancel(CANCEL.EXITED, "");
    this.ran = this.at + 1;
    this.settle(EXIT);
  }

  /** The event is over with an error; the plugin server is told so. */
  #refuse(cause: GatewayError): void {
    this.cancel(CANCEL.REFUSED, cause instanceof PdkError ? cause.message : "the call failed");
    this.ran = this.at + 1;
    this.settle(cause);
  }

  /** What the contract does not allow at this point: the event is over, others on the connection are not. */
  protected outOfTurn(what: string): void {
    this.#refuse(new PluginProtocolError(this.server.name, `it sent ${what}`));
  }

  // ---- its end

  onDone(b: Buffer, from: number, end: number): void {
    readDone(b, from, end);
    this.deadline = NEVER;
    for (let i = 0; i < done.pluginUsCount; i++) this.#pluginUs += done.pluginUs[i]!;
    const { failure, ran } = done;
    if (done.wantsBody && failure === "" && this.onBodyWanted()) return;
    this.#closeStream();
    if (ran < 1 || ran > this.count) return this.settle(this.#wrongCount(ran));
    if (done.keepsContext) this.server.keepContext(this);
    if (done.cacheMs > 0 && failure === "" && this.#calls === 0) this.keepVerdict(b, from, end);
    let outcome = this.doWrites();
    if (outcome === null && failure === "" && ran < this.count) outcome = this.#wrongCount(ran);
    this.ran = ran;
    if (outcome === null && failure !== "") {
      this.at = ran - 1;
      outcome = new PluginFailed(this.plugin.name, failure);
    }
    this.settle(outcome);
  }

  /** No plugin is skipped in silence: all have run, or one has answered or failed. */
  #wrongCount(ran: number): GatewayError {
    const { count, server } = this;
    return new PluginProtocolError(server.name, `it says that ${ran} of ${count} plugins have run`);
  }

  /** The plugins want the body: goes on with it, writes included. @returns false where there is none to give */
  protected onBodyWanted(): boolean {
    return false;
  }

  onChunkDone(_b: Buffer, _from: number, _end: number): void {
    this.life?.link.fail("it answered a chunk that it was not sent");
  }

  override onDeadline(): void {
    const { name, settings } = this.server;
    if (this.stream !== 0) {
      const { link } = this.life!;
      this.cancel(CANCEL.DEADLINE, "");
      this.settle(new PluginServerTimeout(name, "an event", this.deadlineMs));
      return link.onSilence();
    }
    this.settle(
      this.isWaitingForInstance
        ? new PluginServerTimeout(name, "the start of an instance", settings.readyTimeoutMs)
        : new PluginServerUnreachable(name),
    );
  }

  /** The client went away: nobody waits for the answer any more, and nothing goes on behind it. */
  onClientGone(): void {
    if (this.isSettled) return;
    this.wasAsked = false; // whatever it would have said
    this.cancel(CANCEL.CLIENT_GONE, "");
    this.forgetListener();
    this.settle(null);
    this.free();
  }

  /** What never left the gateway has not run: it is not lost with the connection. */
  onLinkClosed(cause: GatewayError): void {
    if (this.isSettled || this.#batch !== this.life!.link.batch) return this.lose(cause);
    this.#clear();
    this.startOver();
  }

  protected lose(cause: GatewayError): void {
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

  protected override onSettling(outcome: Outcome): void {
    this.#count(outcome);
    if (this.stream !== 0) this.#closeStream();
  }

  #count(outcome: Outcome): void {
    const { counters } = this.server;
    if (this.#sentAt === 0) {
      if (outcome !== null) counters.failed(counters.of(this), outcome);
      return;
    }
    const queueMs = this.#sentAt - this.begunAt;
    const ms = performance.now() - this.#sentAt;
    if (this.count > 1) this.#countShared(outcome, queueMs, ms);
    else counters.ended(this, outcome, queueMs, ms, this.#calls, this.#pluginUs, this.#callMs);
    this.#sentAt = 0;
  }

  /** Each plugin has its own time, and an equal part of what the way took. */
  #countShared(outcome: Outcome, queueMs: number, serverMs: number): void {
    const isKnown = this.ran >= 0;
    const { at } = this;
    const count = isKnown ? this.ran : this.count;
    const wayMs = Math.max(0, serverMs - this.#pluginUs / 1000) / count;
    for (let i = 0; i < count; i++) {
      this.at = i;
      const us = i < done.pluginUsCount && this.#pluginUs > 0 ? done.pluginUs[i]! : 0;
      const cause = i === at || (!isKnown && i > at) ? outcome : null;
      const calls = i === at ? this.#calls : 0;
      this.server.counters.ended(this, cause, queueMs / count, wayMs + us / 1000, calls, us);
    }
    this.at = at;
  }
}
