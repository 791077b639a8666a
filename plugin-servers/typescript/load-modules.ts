/** Loads the plugins of a folder: what kong-pdk's server would load, .ts by way of tsx or of a Node that reads it itself. */
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, parse, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "../../plugin-sdk/typescript/plugin/define-plugin.ts";
import { checkPlugin } from "../../plugin-sdk/typescript/plugin/plugin.ts";
import { type KongPdkModule, type ModuleOptions, pluginOf } from "./kong-pdk-module.ts";

const ENDINGS: ReadonlySet<string> = new Set([
  ".js",
  ".cjs",
  ".mjs",
  ".ts",
  ".cts",
  ".mts",
  ".node",
]);

/** Files of other kinds that lie beside plugins. */
const isPlugin = (file: string): boolean => !file.startsWith(".") && !file.includes("node_modules");

/** Has `require` been taught TypeScript? */
let readsTypeScript = false;

async function learnTypeScript(): Promise<void> {
  if (readsTypeScript) return;
  readsTypeScript = true;
  try {
    const { register } = await import("tsx/cjs/api");
    register();
  } catch {
    // without tsx a current Node strips types itself; an older one fails where it reads the file, and says so
  }
}

type Loaded = KongPdkModule & { readonly default?: KongPdkModule };

async function load(path: string): Promise<Loaded> {
  const require = createRequire(path);
  if (/\.[cm]?ts$/.test(path)) await learnTypeScript();
  try {
    return require(path) as Loaded;
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    if (code !== "ERR_REQUIRE_ESM" && code !== "ERR_REQUIRE_ASYNC_MODULE") throw cause;
  }
  return (await import(pathToFileURL(path).href)) as Loaded;
}

/** What the module exports, or exports as its default, which TypeScript's `export default { Plugin }` makes. */
async function readModule(path: string): Promise<KongPdkModule> {
  const module = await load(path);
  return module.Plugin === undefined && module.default !== undefined ? module.default : module;
}

/**
 * Load every plugin of a folder. One that does not load is told about and left out.
 *
 * @throws the system's error (rejects) where the folder cannot be read
 */
export async function loadPlugins(folder: string, options: ModuleOptions): Promise<Plugin[]> {
  const plugins = new Map<string, Plugin>();
  const root = resolve(folder);
  for (const file of readdirSync(root).filter(isPlugin).sort()) {
    try {
      const path = createRequire(join(root, "x.js")).resolve(join(root, file));
      const { name, ext } = parse(path);
      if (!ENDINGS.has(ext)) continue;
      const plugin = pluginOf(await readModule(path), name, options);
      checkPlugin(plugin);
      if (plugins.has(plugin.name)) options.warn(`plugin "${plugin.name}" is there twice`);
      else plugins.set(plugin.name, plugin);
    } catch (cause) {
      const fault =
        cause instanceof Error ? (cause.stack ?? String(cause)) : `Error: ${String(cause)}`;
      // on a line of its own: the gateway shows the line that names the fault
      options.warn(`error loading plugin from ${file}:\n${fault}`);
    }
  }
  return [...plugins.values()];
}
