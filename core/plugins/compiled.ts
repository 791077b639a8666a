/**
 * Configurations turned into what a request needs, once each.
 *
 * A plugin is handed its configuration with every call. What can be worked out beforehand (names split from values,
 * templates compiled, text turned into bytes) hangs on the configuration object in a WeakMap, so that it goes when a new
 * configuration replaces it. The last one is remembered beside it: most gateways run a plugin with few configurations.
 */
import type { PluginConfig } from "../runloop/handler.ts";

/** A function that compiles a configuration at its first use and remembers what came of it. */
export function compiledOnce<T>(compile: (config: PluginConfig) => T): (config: PluginConfig) => T {
  const known = new WeakMap<PluginConfig, T>();
  let lastConfig: PluginConfig | null = null;
  let last: T | null = null;
  return (config) => {
    if (config === lastConfig) return last as T;
    let compiled = known.get(config);
    if (compiled === undefined) {
      compiled = compile(config);
      known.set(config, compiled);
    }
    lastConfig = config;
    last = compiled;
    return compiled;
  };
}
