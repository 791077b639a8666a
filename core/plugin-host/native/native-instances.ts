/**
 * The start and the end of plugin configs on a native connection: a message each, and an answer to the first.
 *
 * Which config needs an instance, and when it is not needed any more, is decided in instances.ts, as for every protocol.
 */
import type { Plugin } from "../../entities/plugin.ts";
import { PluginFailed, PluginServerTimeout } from "../../errors.ts";
import { wheel } from "../../http1/timer-wheel.ts";
import { PHASE, type PluginPhase } from "../../phases/phases.ts";
import type { Instance, InstanceCalls, InstanceKeeper } from "../instance-calls.ts";
import { withSequence } from "../instance-config.ts";
import { FRAME } from "./frame-types.ts";
import type { MayRead } from "./conditions.ts";
import { readGate } from "./gate.ts";
import { FAILURE_BYTES_MAX } from "./limits.ts";
import type { Link } from "./link.ts";
import type { Fields } from "../protobuf/shape-table.ts";

interface NativeInstancesOptions {
  readonly serverName: string;
  readonly startTimeoutMs: number;
  nextSequence(): number;
  /** May the plugin read what a function of the PDK gives? */
  mayRead(plugin: Plugin, method: string, ...args: readonly unknown[]): boolean;
}

interface Start {
  readonly instance: Instance;
  readonly keeper: InstanceKeeper;
  readonly deadline: number;
}

/** One for each connection; instance ids are numbers of its own, never used again. */
export class NativeInstances implements InstanceCalls {
  readonly #link: Link;
  readonly #options: NativeInstancesOptions;
  readonly #starting = new Map<number, Start>();
  #last = 0;

  constructor(link: Link, options: NativeInstancesOptions) {
    this.#link = link;
    this.#options = options;
  }

  start(instance: Instance, keeper: InstanceKeeper): void {
    const number = ++this.#last;
    instance.id = number;
    const deadline = wheel.in(this.#options.startTimeoutMs);
    this.#starting.set(number, { instance, keeper, deadline });
    const { name } = instance.plugin;
    this.#link.write(FRAME.START, "Start", {
      instance: number,
      plugin: name,
      config: withSequence(instance.text, this.#options.nextSequence()),
      phases: this.#phasesOf(name),
    });
  }

  #phasesOf(plugin: string): number {
    const phases = this.#link.hello?.plugins.get(plugin)?.phases ?? [];
    return phases.reduce((bits, name) => bits | (PHASE[name as PluginPhase] ?? 0), 0);
  }

  end(instance: Instance): void {
    this.#link.write(FRAME.STOP, "Stop", { instance: instance.id });
  }

  onStarted(fields: Fields): void {
    const start = this.#take(fields.instance as number);
    if (start === undefined) return;
    const { instance, keeper } = start;
    if (instance.isGone) return;
    const { plugin } = instance;
    const mayRead: MayRead = (method, name) => this.#options.mayRead(plugin, method, name);
    instance.gate = readGate(fields, mayRead);
    keeper.onStarted(instance, instance.id);
  }

  onStartFailed(fields: Fields): void {
    const start = this.#take(fields.instance as number);
    if (start === undefined) return;
    const { instance, keeper } = start;
    const what = `its instance could not be started: ${String(fields.message).slice(0, FAILURE_BYTES_MAX)}`;
    keeper.onStartFailed(instance, new PluginFailed(instance.plugin.name, what));
  }

  #take(number: number): Start | undefined {
    const start = this.#starting.get(number);
    this.#starting.delete(number);
    return start;
  }

  /** Give up starts whose time is up. */
  look(now: number): void {
    if (this.#starting.size === 0) return;
    for (const [number, { instance, keeper, deadline }] of this.#starting) {
      if (deadline > now) continue;
      this.#starting.delete(number);
      this.#link.write(FRAME.STOP, "Stop", { instance: number });
      const { serverName, startTimeoutMs } = this.#options;
      const cause = new PluginServerTimeout(serverName, "the start of an instance", startTimeoutMs);
      keeper.onStartFailed(instance, cause);
    }
  }
}
