/** A module written for kong-pdk (`module.exports = { Plugin, Schema, Version, Priority, Name }`) as a plugin of the SDK. */
import type { NamedField } from "../../plugin-sdk/typescript/config/fields.ts";
import type { Kong } from "../../plugin-sdk/typescript/pdk/kong.ts";
import type { Plugin } from "../../plugin-sdk/typescript/plugin/define-plugin.ts";
import { kongPdkKong } from "./kong-pdk-kong.ts";

/** What such a module exports. */
export interface KongPdkModule {
  readonly Plugin: new (config: unknown) => Record<string, unknown>;
  readonly Schema?: readonly NamedField[];
  readonly Version?: string;
  readonly Priority?: number;
  readonly Name?: string;
}

/** Phases that kong-pdk knows. */
const KONG_PDK_PHASES = ["certificate", "rewrite", "access", "response", "preread", "log"] as const;

/** What the command line says about all plugins of a server. */
export interface ModuleOptions {
  /** An exception ends the event as if nothing had happened, as in kong-pdk; default: the event fails. */
  readonly swallowsExceptions: boolean;
  readonly warn: (line: string) => void;
}

type Handler = (kong: Kong, config: unknown, plugin: Record<string, unknown>) => unknown;

function handlerOf(phase: string, name: string, options: ModuleOptions): Handler {
  const run: Handler = (kong, _config, plugin) =>
    (plugin as Record<string, (kong: object) => unknown>)[phase]!(kongPdkKong(kong));
  if (!options.swallowsExceptions) return run;
  return async (kong, config, plugin) => {
    try {
      await run(kong, config, plugin);
    } catch (cause) {
      options.warn(`unhandled exception in ${name}.${phase}: ${String(cause)}`);
    }
  };
}

/**
 * @param fileName without its ending: the name of a plugin that exports none
 * @throws {TypeError} for a module that exports no class Plugin
 */
export function pluginOf(module: KongPdkModule, fileName: string, options: ModuleOptions): Plugin {
  const { Plugin: PluginClass, Schema, Version, Priority, Name } = module;
  if (typeof PluginClass !== "function") throw new TypeError("it exports no class Plugin");
  const name = (Name || fileName).toLowerCase();
  const plugin: Record<string, unknown> = {
    name,
    version: Version ?? "",
    priority: Priority || 0,
    fields: Schema ?? [],
    takesRawConfig: true,
    start: (config: unknown) => new PluginClass(config),
  };
  const prototype = PluginClass.prototype as Record<string, unknown>;
  for (const phase of KONG_PDK_PHASES) {
    if (typeof prototype[phase] === "function") plugin[phase] = handlerOf(phase, name, options);
  }
  return plugin as unknown as Plugin;
}
