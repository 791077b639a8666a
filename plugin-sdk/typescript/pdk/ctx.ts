/** `kong.ctx`: tables that live as long as the request. */
import type { PluginEvent } from "../event/plugin-event.ts";
import { textOf } from "../wire/text.ts";
import { decodeValue, encodeValue, putOwn } from "../wire/value.ts";

/** For all plugins of this request, wherever they run. */
export class KongSharedContext {
  readonly #event: PluginEvent;

  constructor(event: PluginEvent) {
    this.#event = event;
  }

  /** undefined where nothing was set. Asks the gateway only where the table is too large to come with the event. */
  get(key: string): Promise<unknown> {
    const event = this.#event;
    if (typeof key === "string") {
      if (Object.hasOwn(event.shared, key)) return Promise.resolve(event.shared[key] ?? undefined);
      if (!event.snapshot.sharedIsPartial) return Promise.resolve(undefined);
    }
    return event.call("kong.ctx.shared.get", [key]);
  }

  /** undefined takes the value away. A value travels: what comes back is a copy, of bytes their text. */
  set(key: string, value: unknown): void {
    const event = this.#event;
    event.recordCall("kong.ctx.shared.set", [key, value]);
    if (typeof key !== "string") return;
    const copy = decodeValue(encodeValue(value));
    putOwn(event.shared, key, copy instanceof Uint8Array ? textOf(copy) : copy);
  }
}

/** `kong.ctx`: one table for this plugin in this process, one for all plugins. */
export class KongContext {
  readonly #event: PluginEvent;
  #shared: KongSharedContext | null = null;

  constructor(event: PluginEvent) {
    this.#event = event;
  }

  get shared(): KongSharedContext {
    this.#shared ??= new KongSharedContext(this.#event);
    return this.#shared;
  }

  /** For this plugin and this request; an object of this process, which may hold anything. */
  get plugin(): Record<string, unknown> {
    return this.#event.host.context(this.#event.snapshot.request, this.#event.plugin);
  }
}
