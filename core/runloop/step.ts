/**
 * A Plugin entity bound to its handler, with the methods looked up once.
 *
 * The runner walks arrays of steps; `methods` is indexed by {@link SLOT}, so that a call costs one element load and not
 * a lookup by name in objects of many shapes.
 */
import type { Plugin } from "../entities/plugin.ts";
import type { Kong } from "../pdk/kong.ts";
import type { Handling, PluginConfig, PluginHandler, PluginStep } from "./handler.ts";

/** Index in {@link Step.methods} of the phases that run with a request. */
export const SLOT = {
  certificate: 0,
  rewrite: 1,
  access: 2,
  response: 3,
  header_filter: 4,
  body_filter: 5,
  log: 6,
} as const;

/** The phases that have a chain. */
export type RequestPhase = keyof typeof SLOT;
/** In the order of {@link SLOT}. */
export const REQUEST_PHASES = Object.keys(SLOT) as RequestPhase[];

/** A handler's method, bound to its handler. */
export type Method = (config: PluginConfig, kong: Kong) => Handling;

const ALONE: readonly Step[] = Object.freeze([]);

/** One plugin config in a chain, its methods bound once. */
export class Step implements PluginStep {
  /** Those that share its call (shared-step.ts); of a step that stands alone there are none. */
  readonly steps: readonly Step[] = ALONE;
  readonly handler: PluginHandler;
  readonly config: PluginConfig;
  readonly plugin: Plugin;
  /** By {@link SLOT}; null where the handler does not implement the phase, or its config needs none. */
  readonly methods: readonly (Method | null)[];

  constructor(handler: PluginHandler, plugin: Plugin) {
    this.handler = handler;
    this.plugin = plugin;
    this.config = plugin.config;
    this.methods = REQUEST_PHASES.map((phase) => {
      const method = handler[phase] ?? null;
      return method === null || handler.isNeeded?.(phase, plugin.config) === false ? null : method;
    });
  }
}
