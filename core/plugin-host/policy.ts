/**
 * What a plugin config may cost and what follows from its failures, put together from three places: its server, the plugin,
 * tags of the config itself (core/config/plugin-policy.ts).
 *
 * It is made once for each Plugin entity and found by it, so an event costs one look into a WeakMap. Bounds and breakers
 * belong to the place that named them: a plugin's are shared by its configs, a config's are its own.
 */
import { policyOfTags, nearer, type PolicyWords } from "../config/plugin-policy.ts";
import type { AccessList } from "../config/plugin-access.ts";
import type { PluginRules, PluginServerSettings } from "../config/plugin-servers.ts";
import type { Plugin } from "../entities/plugin.ts";
import { Breaker, type BreakerLimits, type BreakerReport, type BreakerState } from "./breaker.ts";
import { Lane } from "./lane.ts";

/** Of what a breaker's settings do not say. */
const BREAKER_DEFAULTS = {
  windowMs: 10_000,
  eventsLeast: 20,
  openMs: 5000,
} as const;
/** Breakers of single plugin configs that are reported; there may be as many as configs. */
const REPORTED_BREAKERS_MAX = 1000;

/** What bounds one plugin config: the words of all its places, the nearest first. */
export interface Policy<E = unknown> {
  readonly isOpen: boolean;
  /** Is it no other than that of its server? */
  readonly isOrdinary: boolean;
  /** Of an event, by phase; `timeoutMs` where a phase has none of its own. */
  readonly timeouts: Readonly<Record<string, number>>;
  readonly timeoutMs: number;
  /** The nearest one; null: the bounds of the server are enough. */
  readonly lane: Lane<E> | null;
  readonly breakers: readonly Breaker[];
  /** What it may read and write; null = all. */
  readonly read: AccessList | null;
  readonly write: AccessList | null;
}

/** Whose breaker it is: "" for all plugins, all configs. */
export interface NamedBreaker extends BreakerReport {
  readonly plugin: string;
  readonly pluginId: string;
}

interface Place<E> {
  readonly words: PolicyWords;
  readonly lane: Lane<E> | null;
  readonly breakers: readonly Breaker[];
  readonly rules: PluginRules | null;
}

/** The policies of a server's plugin configs, made when a config is first seen, kept as long as it is. */
export class Policies<E> {
  readonly #settings: PluginServerSettings;
  readonly #onChange: (breaker: Breaker, before: BreakerState) => void;
  readonly #server: Place<E>;
  readonly #plugins = new Map<string, Place<E>>();
  readonly #policies = new WeakMap<Plugin, Policy<E>>();
  readonly #breakers: { plugin: string; pluginId: string; breaker: Breaker }[] = [];

  constructor(
    settings: PluginServerSettings,
    onChange: (breaker: Breaker, before: BreakerState) => void,
  ) {
    this.#settings = settings;
    this.#onChange = onChange;
    const { onFailure: on_failure, eventTimeoutMs: timeout, policy } = settings;
    const words: PolicyWords = { on_failure, timeout, ...policy };
    const breakers = this.#breakersOf(words, words, "", "");
    this.#server = { words, lane: null, breakers, rules: null };
  }

  of(plugin: Plugin): Policy<E> {
    return this.#policies.get(plugin) ?? this.#make(plugin);
  }

  /** Does any plugin have less than all of the request? */
  get hasAccessRules(): boolean {
    return Object.values(this.#settings.plugins).some(({ read, write }) => read ?? write);
  }

  #make(plugin: Plugin): Policy<E> {
    const place = this.#placeOf(plugin.name);
    const words = policyOfTags(plugin.tags ?? []);
    const last = words === null ? place : this.#below(place, words, plugin.name, plugin.id);
    const { on_failure, timeout, timeouts = {} } = last.words;
    const policy: Policy<E> = {
      isOpen: on_failure === "open",
      isOrdinary: words === null && place.rules === null,
      timeouts,
      timeoutMs: timeout ?? this.#settings.eventTimeoutMs,
      lane: last.lane,
      breakers: last.breakers,
      read: last.rules?.read ?? null,
      write: last.rules?.write ?? null,
    };
    this.#policies.set(plugin, policy);
    return policy;
  }

  #placeOf(name: string): Place<E> {
    let place = this.#plugins.get(name);
    if (place === undefined) {
      const rules = this.#settings.plugins[name.replaceAll("-", "_")] ?? null;
      const below =
        rules === null ? this.#server : this.#below(this.#server, rules.policy, name, "");
      place = { ...below, rules };
      this.#plugins.set(name, place);
    }
    return place;
  }

  #below(far: Place<E>, near: PolicyWords, plugin: string, id: string): Place<E> {
    const words = nearer(far.words, near);
    const { concurrency, queue } = near;
    const { concurrencyMax, queueMax } = this.#settings;
    const isNarrower = concurrency !== undefined || queue !== undefined;
    const lane = isNarrower ? new Lane<E>(concurrency ?? concurrencyMax, queue ?? queueMax) : null;
    return {
      words,
      lane: lane ?? far.lane,
      breakers: [...far.breakers, ...this.#breakersOf(near, words, plugin, id)],
      rules: far.rules,
    };
  }

  /** @param near what was said in this place. @param words what counts */
  #breakersOf(near: PolicyWords, words: PolicyWords, plugin: string, pluginId: string): Breaker[] {
    if (near.breaker_failures === undefined && near.breaker_share === undefined) return [];
    const limits: BreakerLimits = {
      failures: near.breaker_failures ?? 0,
      sharePercent: near.breaker_share ?? 0,
      windowMs: words.breaker_window ?? BREAKER_DEFAULTS.windowMs,
      eventsLeast: words.breaker_events ?? BREAKER_DEFAULTS.eventsLeast,
      openMs: words.breaker_open ?? BREAKER_DEFAULTS.openMs,
    };
    if (limits.failures === 0 && limits.sharePercent === 0) return [];
    const what = plugin === "" ? `plugin server ${this.#settings.name}` : `plugin ${plugin}`;
    const breaker = new Breaker(what, limits, this.#onChange);
    const at = this.#breakers.findIndex(
      (one) => one.plugin === plugin && one.pluginId === pluginId,
    );
    if (at >= 0) this.#breakers.splice(at, 1); // of the config before it was changed
    if (this.#breakers.length >= REPORTED_BREAKERS_MAX) this.#breakers.shift();
    this.#breakers.push({ plugin, pluginId, breaker });
    return [breaker];
  }

  /** States of all breakers. */
  breakers(): NamedBreaker[] {
    return this.#breakers.map(({ plugin, pluginId, breaker }) => ({
      plugin,
      pluginId,
      ...breaker.report,
    }));
  }
}

/** Milliseconds that an event may take. */
export function timeoutOf(policy: Policy, phase: string): number {
  return policy.timeouts[phase] ?? policy.timeoutMs;
}
