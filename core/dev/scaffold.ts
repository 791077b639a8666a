/**
 * `plugin new`: copies the template of a language, with the plugin's name in the place of the template's.
 *
 * A template is itself a plugin that works (templates/README.md); nothing in it is filled in but names and paths.
 */
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { BUNDLED_PLUGINS } from "../config/bundled-plugins.ts";
import { languageOf } from "./languages.ts";
import { ToolFailed } from "./tool-failed.ts";

/** Characters of a plugin's name. */
const NAME_CHARS_MAX = 64;
const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** Names that some language's toolchain keeps for itself: crates, Go folders, words of Rust. */
const TAKEN = new Set(
  "alloc core internal main std test vendor abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super trait true try type typeof unsafe unsized use virtual where while yield".split(
    " ",
  ),
);
/** Not part of a template, should it have been built in its place. */
const LEFT_OUT = new Set([
  ".dragoman",
  ".venv",
  "__pycache__",
  ".pytest_cache",
  "node_modules",
  "target",
]);

/** @throws {ToolFailed} saying what a name may look like */
export function checkPluginName(name: string): void {
  if (!NAME.test(name) || name.length > NAME_CHARS_MAX) {
    throw new ToolFailed(
      `"${name}" cannot be a plugin's name: lower-case letters, digits and single dashes, beginning with a letter, ` +
        `at most ${NAME_CHARS_MAX} characters`,
    );
  }
  if ((BUNDLED_PLUGINS as readonly string[]).includes(name))
    throw new ToolFailed(`${name} is a plugin of the gateway's own`);
  if (TAKEN.has(name))
    throw new ToolFailed(`${name} is a name that toolchains keep for themselves`);
}

/**
 * Make a plugin's folder.
 *
 * @param given where; absent: a folder of the plugin's name here
 * @returns its absolute path
 * @throws {ToolFailed} for a name that cannot be, a language that there is no template for, a folder that holds something
 */
export function newPlugin(
  root: string,
  languageName: string,
  name: string,
  given?: string,
): string {
  checkPluginName(name);
  const { name: language, sdkFolder } = languageOf(languageName);
  const folder = resolve(given ?? name);
  if (existsSync(folder) && !isEmptyFolder(folder)) {
    throw new ToolFailed(`${folder} is there already: nothing was written`);
  }
  // made beside it and then moved there, so that it is there whole or not at all
  const made = join(dirname(folder), `.${basename(folder)}-${process.pid}`);
  try {
    copyTemplate(join(root, "templates", language), made);
    cpSync(join(root, "templates", "README.plugin.md"), join(made, "README.md"));
    const sdk = join(root, sdkFolder);
    for (const file of filesBelow(made)) fillIn(file, name, root, sdk);
    renameNamed(made, name);
    renameSync(made, folder);
  } catch (cause) {
    if (existsSync(made)) rmSync(made, { recursive: true, force: true });
    const why = (cause as Error).message;
    throw new ToolFailed(`cannot make ${folder}: ${why}; nothing was written`, { cause });
  }
  return folder;
}

function copyTemplate(template: string, folder: string): void {
  cpSync(template, folder, {
    recursive: true,
    filter: (source) => source === template || !LEFT_OUT.has(basename(source)),
  });
  renameSync(join(folder, "gitignore"), join(folder, ".gitignore"));
}

function isEmptyFolder(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch {
    return false; // a file
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** "my-plugin" as a type's name: "MyPlugin". */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
}

function fillIn(file: string, name: string, root: string, sdk: string): void {
  const pascal = pascalCase(name);
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1);
  const text = readFileSync(file, "utf8")
    .replaceAll("my-plugin", name)
    .replaceAll("my_plugin", name.replaceAll("-", "_"))
    .replaceAll("MyPlugin", pascal)
    .replaceAll("myPlugin", camel)
    .replaceAll("SDK_FOLDER", sdk)
    .replaceAll(/\.\.\/\.\.(?=["/])/g, () => root);
  writeFileSync(file, text);
}

/** Files that are called like the template's plugin, as Java wants it. */
function renameNamed(folder: string, name: string): void {
  for (const file of filesBelow(folder)) {
    const base = basename(file);
    const renamed = base.replace("MyPlugin", pascalCase(name));
    if (renamed !== base) renameSync(file, join(folder, relative(folder, file), "..", renamed));
  }
}
