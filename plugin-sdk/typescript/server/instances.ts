/** The plugin configs that are in force on a connection, by the gateway's numbers: Start and Stop, and what answers them. */
import type { Plugin } from "../plugin/define-plugin.ts";
import { type AnyHandler, handlersByBit } from "../plugin/plugin.ts";
import { encode, type Message } from "../wire/codec.ts";
import { FRAME } from "../wire/messages.ts";
import { Instance } from "./instance.ts";

/** What they need of their connection. */
export interface InstancesOwner {
  /** @param message latin1 */
  send(type: number, message: string): void;
  /** Something was sent later than in a call of the owner's. */
  onOutput(): void;
  complain(text: string): void;
}

const textOf = (cause: unknown): string =>
  cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);

/** One for each connection: a number means nothing on another. */
export class Instances {
  readonly #owner: InstancesOwner;
  readonly #plugins = new Map<string, { plugin: Plugin; handlers: Map<number, AnyHandler> }>();
  readonly #byNumber = new Map<number, Instance>();

  constructor(plugins: readonly Plugin[], owner: InstancesOwner) {
    this.#owner = owner;
    for (const plugin of plugins) {
      this.#plugins.set(plugin.name, { plugin, handlers: handlersByBit(plugin) });
    }
  }

  get(number: number): Instance | undefined {
    return this.#byNumber.get(number);
  }

  /** The handler of a phase that has no plugin config. */
  handler(plugin: string, phase: number): AnyHandler | undefined {
    return this.#plugins.get(plugin)?.handlers.get(phase);
  }

  /** @param start the message */
  start(start: Message): void {
    const number = (start.instance as number | undefined) ?? 0;
    try {
      const name = String(start.plugin ?? "");
      const known = this.#plugins.get(name);
      if (known === undefined) throw new Error(`there is no plugin "${name}" here`);
      const json = ((start.config as Buffer | undefined) ?? Buffer.alloc(0)).utf8Slice();
      const instance = new Instance(number, known.plugin, known.handlers, json);
      this.#byNumber.set(number, instance);
      const pending = instance.start();
      if (pending === undefined) return this.#onStarted(instance);
      pending.then(
        () => this.#onLateStart(instance),
        (cause: unknown) => this.#onLateFailure(instance, cause),
      );
    } catch (cause) {
      this.#onFailure(number, cause);
    }
  }

  #onLateStart(instance: Instance): void {
    // stopped meanwhile: what it opened is closed again
    if (this.#byNumber.get(instance.number) !== instance) return this.#close(instance);
    this.#onStarted(instance);
    this.#owner.onOutput();
  }

  #onLateFailure(instance: Instance, cause: unknown): void {
    if (this.#byNumber.get(instance.number) !== instance) return;
    this.#onFailure(instance.number, cause);
    this.#owner.onOutput();
  }

  #onStarted(instance: Instance): void {
    try {
      this.#owner.send(FRAME.STARTED, encode("Started", instance.started()));
      instance.isStarted = true;
    } catch (cause) {
      this.#onFailure(instance.number, cause);
    }
  }

  #onFailure(instance: number, cause: unknown): void {
    this.#byNumber.delete(instance);
    const message = cause instanceof Error ? cause.message : String(cause);
    this.#owner.send(FRAME.START_FAILED, encode("StartFailed", { instance, message }));
  }

  stop(number: number): void {
    const instance = this.#byNumber.get(number);
    this.#byNumber.delete(number);
    if (instance?.isStarted === true) this.#close(instance);
  }

  #close(instance: Instance): void {
    try {
      const pending = instance.stop();
      if (!(pending instanceof Promise)) return;
      pending.catch((cause: unknown) => this.#owner.complain(textOf(cause)));
    } catch (cause) {
      this.#owner.complain(textOf(cause));
    }
  }

  stopAll(): void {
    for (const number of [...this.#byNumber.keys()]) this.stop(number);
  }
}
