/**
 * A plugin server that speaks the native protocol, as a worker sees it: what its events have in common.
 */
import type { Plugin } from "../../entities/plugin.ts";
import type { Exchange } from "../../exchange/exchange.ts";
import { PHASE, type PluginPhase } from "../../phases/phases.ts";
import type { PluginStep } from "../../runloop/handler.ts";
import type { SharedStep, StepHost } from "../../runloop/shared-step.ts";
import type { RequestPhase } from "../../runloop/step.ts";
import { dialerOf } from "../dial.ts";
import { ownerOf } from "../socket-owner.ts";
import type { PluginServerInfo, RemotePluginInfo } from "../plugin-info.ts";
import { type RemoteDeps, RemoteServer } from "../remote-server.ts";
import { BodyEvent } from "./body-event.ts";
import type { EventCounts } from "./counters.ts";
import { KeptContext } from "./kept-context.ts";
import type { Link } from "./link.ts";
import { NativeEvent } from "./native-event.ts";
import { type Life, NativeProcess } from "./native-process.ts";
import { Configure, runInitWorker } from "./worker-phases.ts";
import { ServerLog } from "./server-log.ts";

/** Event objects that wait to be used again. */
const FREE_EVENTS_MAX = 256;

/** Numbers of requests, rising; never 0. */
let lastRequest = 0;

/** A plugin server as a worker sees it: begins its events, and uses their objects again. */
export class NativeServer extends RemoteServer<NativeProcess> implements StepHost {
  readonly #plugins: readonly RemotePluginInfo[];
  /** Configs in force by plugin, for those that have the phase configure. */
  readonly #configs = new Map<string, readonly Plugin[]>();
  readonly #free: NativeEvent[] = [];

  constructor(info: PluginServerInfo, deps: RemoteDeps, hello: string) {
    const { protocol, settings } = info;
    const owner = ownerOf(settings);
    const dialAt = (path: string) => dialerOf(protocol, path, settings.tls, owner);
    super(info, deps, (socketPath, host) => {
      const options = {
        serverName: info.settings.name,
        dial: dialAt(socketPath),
        dialAt,
        hello,
        startTimeoutMs: info.settings.eventTimeoutMs,
        workspaceId: deps.workspaceId,
        lines: new ServerLog(host.log),
        nextSequence: deps.nextSequence,
        mayRead: (plugin: Plugin, method: string, ...args: readonly unknown[]) =>
          this.mayRead(plugin, method, ...args),
        onLife: (life: Life, ready: () => void) => this.#beginLife(life, ready),
        onReady: (life: Life) => this.#configureAll(life),
      };
      return new NativeProcess(options, host);
    });
    this.#plugins = info.plugins;
  }

  // ---- without a request

  #beginLife(life: Life, ready: () => void): void {
    runInitWorker(this, this.#plugins, life, ready);
  }

  #configureAll(life: Life): void {
    for (const [name, configs] of this.#configs) new Configure(this, life, name, configs);
  }

  /** The configs of a plugin that has the phase configure, after each change. */
  configure(plugin: string, configs: readonly Plugin[]): void {
    this.#configs.set(plugin, configs);
    for (const { life } of this.endpoints) {
      if (life !== null) new Configure(this, life, plugin, configs);
    }
  }

  // ---- with one

  /** Run a phase of a plugin. @returns what the chain has to wait for */
  run(x: Exchange, phase: PluginPhase, step: PluginStep): NativeEvent | undefined {
    const event = this.#eventOf(x, phase);
    event.addStep(step);
    return this.#begin(x, event);
  }

  /** Run a phase of several plugins with one event. @returns what the chain has to wait for */
  runShared(
    x: Exchange,
    phase: RequestPhase,
    shared: SharedStep,
  ): PromiseLike<undefined> | undefined {
    const { steps } = shared;
    x.plugin = steps[0];
    if (phase === "body_filter") return this.runBody(x, shared, steps);
    const event = this.#eventOf(x, phase);
    event.shared = shared;
    for (let i = 0; i < steps.length; i++) event.addStep(steps[i]!);
    return this.#begin(x, event);
  }

  /** A body's stream ends with the first of its plugins that fails: those that it has to go on without stay alone. */
  shares(phase: RequestPhase, { plugin }: PluginStep): boolean {
    // one with bounds, times or rules of its own is asked alone
    const { isOpen, isOrdinary } = this.policyOf(plugin);
    return isOrdinary && (phase !== "body_filter" || !isOpen);
  }

  #eventOf(x: Exchange, phase: PluginPhase): NativeEvent {
    const event = this.#free.pop() ?? new NativeEvent(this);
    event.reset(x, phase, PHASE[phase]);
    event.isBackground = phase === "log";
    return event;
  }

  /** An event's steps that are left, after it. */
  beginAgain(event: NativeEvent): void {
    this.#prefer(event);
    this.begin(event);
    if (!event.isSettled) event.x.remoteWait = event;
  }

  #prefer(event: NativeEvent): void {
    if (event.x.remoteKept === null || this.endpoints.length === 1) return;
    event.preferred = KeptContext.find(event.x, this.endpoints);
  }

  #begin(x: Exchange, event: NativeEvent): NativeEvent | undefined {
    this.#prefer(event);
    this.begin(event);
    if (event.isSettled) {
      if (event.outcome !== null) return event;
      this.recycle(event); // it was worth no call
      return undefined;
    }
    x.remoteWait = event;
    return event;
  }

  /** body_filter for `x.chunk`. @returns what the chain has to wait for */
  runBody(
    x: Exchange,
    step: PluginStep,
    steps: readonly PluginStep[] = [step],
  ): PromiseLike<undefined> | undefined {
    for (let kept = x.remoteKept; kept !== null; kept = kept.next) {
      if (kept instanceof BodyEvent && kept.step === step) return kept.filter();
    }
    const event = new BodyEvent(this, x, step, steps);
    event.preferred = KeptContext.find(x, this.endpoints);
    return event.filter();
  }

  recycle(event: NativeEvent): void {
    if (this.#free.length < FREE_EVENTS_MAX) this.#free.push(event);
  }

  requestNumber(x: Exchange): number {
    if (x.remoteNumber === 0) {
      lastRequest = (lastRequest + 1) >>> 0 || 1;
      x.remoteNumber = lastRequest;
    }
    return x.remoteNumber;
  }

  readsBody(event: NativeEvent, link: Link): boolean {
    const plugins = link.hello!.plugins;
    for (let i = 0; i < event.stepCount; i++) {
      if (plugins.get(event.steps[i]!.plugin.name)?.readsRequestBody === true) return true;
    }
    return false;
  }

  /** What events cost and how they ended, since the worker began. */
  counts(): EventCounts[] {
    return this.counters.snapshot();
  }

  /** The event's process holds `kong.ctx.plugin` for its request. */
  keepContext(event: NativeEvent): void {
    const { endpoint, link } = event;
    if (endpoint !== null && link !== null) {
      KeptContext.note(event.x, endpoint, link, event.request);
    }
  }
}
