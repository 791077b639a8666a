/**
 * The folder of a plugin: `dragoman-plugin.json` names the plugin, its language, and the config that `dev` uses. And the
 * checkout that this program belongs to, whose SDKs and templates are used.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ToolFailed } from "./tool-failed.ts";

/** In a plugin's own folder. */
export const MANIFEST = "dragoman-plugin.json";
/** What the tools make below a plugin's folder; safe to delete. */
const WORK_FOLDER = ".dragoman";

/** A plugin's folder, with what its `dragoman-plugin.json` says. */
export interface Project {
  /** Absolute path of the plugin's folder. */
  readonly folder: string;
  /** Absolute path of the checkout. */
  readonly root: string;
  readonly name: string;
  readonly language: string;
  /** The plugin config in `dev`. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** The checkout that holds a file of this program. @throws {ToolFailed} where that is not in one */
export function checkoutOf(entry: string): string {
  let folder = dirname(fileURLToPath(entry));
  for (;;) {
    if (existsSync(join(folder, "templates")) && existsSync(join(folder, "plugin-sdk")))
      return folder;
    const above = dirname(folder);
    if (above === folder) {
      throw new ToolFailed(
        "the tools for plugin authors need a checkout of Dragoman, with its SDKs",
      );
    }
    folder = above;
  }
}

/** @throws {ToolFailed} where the folder is not a plugin's */
export function openProject(folder: string, root: string): Project {
  const file = join(resolve(folder), MANIFEST);
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  } catch (cause) {
    const why = existsSync(file) ? (cause as Error).message : "there is no such file";
    throw new ToolFailed(`${file}: ${why}; dragoman plugin new makes a plugin's folder`, { cause });
  }
  const { name, language, config = {} } = given;
  if (typeof name !== "string" || typeof language !== "string") {
    throw new ToolFailed(`${file}: "name" and "language" must be texts`);
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new ToolFailed(`${file}: "config" must be an object`);
  }
  return { folder: resolve(folder), root, name, language, config: { ...config } };
}

/** A folder of the tools' own below the plugin's, made if it is not there. */
export function workFolder({ folder }: Project, name = ""): string {
  const path = join(folder, WORK_FOLDER, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Has what `files` ask for not been installed yet? Call {@link markInstalled} when it has. */
export function needsInstall(project: Project, files: readonly string[]): boolean {
  const marker = join(workFolder(project), "installed");
  return !existsSync(marker) || readFileSync(marker, "utf8") !== hashOf(project, files);
}

/** Until one of `files` changes, or the folder moves. */
export function markInstalled(project: Project, files: readonly string[]): void {
  writeFileSync(join(workFolder(project), "installed"), hashOf(project, files));
}

function hashOf({ folder }: Project, files: readonly string[]): string {
  const hash = createHash("sha256").update(folder);
  for (const file of files) hash.update(readFileSync(join(folder, file)));
  return hash.digest("hex");
}
