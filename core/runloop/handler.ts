/**
 * What a plugin is to us: the one contract of in-process plugins, plugin servers and whatever comes later.
 *
 * A method per phase, called as `(config, kong)`. It returns nothing, or a thenable if it has to wait; the runner is
 * synchronous until a thenable turns up. Whether the plugin runs here or in a process of its own is not visible.
 */
import type { Plugin } from "../entities/plugin.ts";
import type { Kong } from "../pdk/kong.ts";
import type { PluginPhase } from "../phases/phases.ts";
import type { StepHost } from "./shared-step.ts";

/** Configuration of a plugin as its handler gets it: the validated `config` record of the Plugin entity. */
export type PluginConfig = Readonly<Record<string, unknown>>;

/**
 * What a method returns: nothing where it is done, or what the chain has to wait for. Its value is not looked
 * at.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement is fine
export type Handling = void | PromiseLike<unknown>;

/**
 * A plugin, wherever it runs. Methods that are not there cost nothing; one that throws fails its request by the
 * runner's rules (README).
 */
export interface PluginHandler {
  readonly name: string;
  /** Higher runs earlier. */
  readonly priority: number;
  readonly version: string;
  /** Where its plugins run, if adjacent steps may share a call there. */
  readonly host?: StepHost;

  /**
   * Is this phase needed with this configuration? Asked once when a configuration comes into force; a phase that is
   * not needed costs its requests nothing (a body_filter stands between head and body). Absent: every method is.
   */
  isNeeded?(phase: PluginPhase, config: PluginConfig): boolean;

  /** Once in each worker, before traffic. */
  init_worker?(): Handling;
  /** After each change of the configuration, with all its configs (null: there is none) and the entities of those. */
  configure?(configs: readonly PluginConfig[] | null, rows?: readonly Plugin[] | null): Handling;
  certificate?(config: PluginConfig, kong: Kong): Handling;
  rewrite?(config: PluginConfig, kong: Kong): Handling;
  access?(config: PluginConfig, kong: Kong): Handling;
  /** After the whole response of the Service is here; makes the response buffered. */
  response?(config: PluginConfig, kong: Kong): Handling;
  /** Before the head is sent; it waits for the plugin. */
  header_filter?(config: PluginConfig, kong: Kong): Handling;
  /** Once for each chunk; the next one comes after the plugin has done with this one. */
  body_filter?(config: PluginConfig, kong: Kong): Handling;
  /** After the response was sent; what it returns is waited for by nobody but the next log handler. */
  log?(config: PluginConfig, kong: Kong): Handling;
}

/** A Plugin entity bound to its handler: a step of a chain. */
export interface PluginStep {
  readonly handler: PluginHandler;
  readonly config: PluginConfig;
  /** The Plugin entity. */
  readonly plugin: Plugin;
}
