/**
 * Finds a plugin by name: those that ship with the gateway, then the user's own.
 *
 * A user's plugin is a module in TypeScript or JavaScript. The setting `plugin_path` says where modules are; an npm
 * package `dragoman-plugin-<name>` needs no setting. TypeScript is read by Node itself where it can (22.18 and newer),
 * else by the package tsx.
 */
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { PluginFailed } from "../errors.ts";
import { BUNDLED, type LoadedPlugin } from "./bundled.ts";
import { pluginFromModule } from "./in-process-plugin.ts";

interface LoadOptions {
  /**
   * Entries of `plugin_path`, in the order in which they are searched. A folder holds plugins: `<folder>/<name>/`
   * or `<folder>/<name>.ts`. `name=place` says where one plugin is: a folder, a file, or the name of a package.
   */
  readonly folders: readonly string[];
  /** Folder that relative entries and packages are looked up from; the working directory. */
  readonly base?: string;
}

const EXTENSIONS = ["ts", "mts", "js", "mjs", "cjs"];
/** Files that may hold the plugin in a folder of its own, without extension. */
const MAIN_FILES = ["index", "handler", "plugin"];
const PACKAGE_PREFIX = "dragoman-plugin-";
const NAMED_PLACE = /^([A-Za-z0-9._-]+)=(.+)$/;

/**
 * The plugin of that name.
 *
 * @returns null if there is none; a plugin server may have it
 * @throws {PluginFailed} if it is there and cannot be used: the message names plugin, file and what is wrong
 */
export async function loadPlugin(name: string, options: LoadOptions): Promise<LoadedPlugin | null> {
  const ours = BUNDLED.get(name);
  if (ours !== undefined) return ours;
  const file = findPluginFile(name, options);
  if (file === null) return null;
  return pluginFromModule(name, file, await importModule(name, file));
}

/** The file of a user's plugin; null if there is none. */
function findPluginFile(name: string, { folders, base }: LoadOptions): string | null {
  const from = resolve(base ?? process.cwd());
  for (const entry of folders) {
    const named = NAMED_PLACE.exec(entry);
    if (named !== null && named[1] !== name) continue;
    const file = named === null ? inFolder(resolve(from, entry), name) : atPlace(from, named[2]!);
    if (file !== null) return file;
    if (named !== null)
      throw new PluginFailed(name, `plugin_path says ${entry}, but nothing is there`);
  }
  return packageFile(from, PACKAGE_PREFIX + name);
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function inFolder(folder: string, name: string): string | null {
  return ownFolder(join(folder, name)) ?? withExtension(join(folder, name));
}

function withExtension(path: string): string | null {
  for (const extension of EXTENSIONS)
    if (isFile(`${path}.${extension}`)) return `${path}.${extension}`;
  return null;
}

/** The main file of a folder that holds one plugin; what its package.json says goes first. */
function ownFolder(folder: string): string | null {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return null;
  if (isFile(join(folder, "package.json"))) {
    try {
      return createRequire(join(folder, "package.json")).resolve(folder);
    } catch {
      // a package.json without a main file, or with one in TypeScript: look for the usual names
    }
  }
  for (const main of MAIN_FILES) {
    const file = withExtension(join(folder, main));
    if (file !== null) return file;
  }
  return null;
}

function atPlace(from: string, place: string): string | null {
  const path = resolve(from, place);
  if (isFile(path)) return path;
  return ownFolder(path) ?? packageFile(from, place);
}

/** What `import` of a package would read, looked up from a folder. */
function packageFile(from: string, name: string): string | null {
  try {
    return createRequire(join(from, "package.json")).resolve(name);
  } catch {
    return null;
  }
}

async function importModule(name: string, file: string): Promise<Record<string, unknown>> {
  const { href } = pathToFileURL(file);
  try {
    return (await import(href)) as Record<string, unknown>;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_UNKNOWN_FILE_EXTENSION") {
      throw new PluginFailed(name, `${file} cannot be loaded: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  return importTypeScript(name, file, href);
}

/** On a Node that cannot read TypeScript itself. */
async function importTypeScript(
  name: string,
  file: string,
  href: string,
): Promise<Record<string, unknown>> {
  const tsx = await import("tsx/esm/api").catch(() => null);
  if (tsx === null) {
    throw new PluginFailed(name, `${file} is TypeScript: that needs Node 22.18 or the package tsx`);
  }
  try {
    return (await tsx.tsImport(href, import.meta.url)) as Record<string, unknown>;
  } catch (cause) {
    throw new PluginFailed(name, `${file} cannot be loaded: ${(cause as Error).message}`, {
      cause,
    });
  }
}
