/** A plugin config while it is in force: from Start to Stop, an object that its events share. */
import { type ConfigMeta, readConfig, readMeta } from "../config/read-config.ts";
import { startedFields } from "../plugin/condition.ts";
import type { Plugin } from "../plugin/define-plugin.ts";
import type { AnyHandler } from "../plugin/plugin.ts";
import type { Message } from "../wire/codec.ts";

/** A plugin's functions, whatever the types of its configuration and state are. */
interface Untyped {
  start?(config: unknown, meta: ConfigMeta): unknown;
  stop?(config: unknown, state: unknown): unknown;
  when?(config: unknown): Parameters<typeof startedFields>[0];
  cacheKey?(config: unknown): Parameters<typeof startedFields>[1];
  wantsBody?(kong: unknown, config: unknown, state: unknown): boolean;
}

/** Has a handler to be waited for? Any object with `then` counts, as with `await`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/** Kept until Stop; events that began before may still use it. */
export class Instance {
  readonly number: number;
  readonly plugin: Plugin;
  readonly handlers: ReadonlyMap<number, AnyHandler>;
  readonly config: unknown;
  readonly meta: ConfigMeta;
  state: unknown = undefined;
  /** The gateway has heard that it started. */
  isStarted = false;

  /** @throws {ConfigError} for a configuration that does not fit, {SyntaxError} for one that is no JSON */
  constructor(
    number: number,
    plugin: Plugin,
    handlers: ReadonlyMap<number, AnyHandler>,
    json: string,
  ) {
    const raw: unknown = json === "" ? {} : JSON.parse(json);
    this.number = number;
    this.plugin = plugin;
    this.handlers = handlers;
    this.meta = readMeta(raw);
    this.config = plugin.takesRawConfig === true ? raw : readConfig(plugin.fields, raw);
  }

  get #untyped(): Untyped {
    return this.plugin as unknown as Untyped;
  }

  /** Let the plugin open what it needs. @returns a promise where it waits */
  start(): undefined | PromiseLike<void> {
    const state = this.#untyped.start?.(this.config, this.meta);
    if (isThenable(state)) {
      return state.then((value) => {
        this.state = value;
      });
    }
    this.state = state;
    return undefined;
  }

  /** The message Started. */
  started(): Message {
    const plugin = this.#untyped;
    const fields = startedFields(plugin.when?.(this.config) ?? {}, plugin.cacheKey?.(this.config));
    return { instance: this.number, ...fields };
  }

  stop(): unknown {
    return this.#untyped.stop?.(this.config, this.state);
  }

  wantsBody(kong: unknown): boolean {
    return this.#untyped.wantsBody?.(kong, this.config, this.state) ?? true;
  }
}
