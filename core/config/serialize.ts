/**
 * `<prefix>/.kong_env`: the settings that a gateway was started with, in the syntax of kong.conf.
 *
 * Written by `start`, `reload` and `prepare`, read by the primary and by the verbs that look for it. References stay
 * references, secrets given in clear stand in clear: only the owner may read the file. Besides what was given it holds
 * the defaults, for people and scripts that look up values there; but not of settings that have several names, because
 * a default would win over what the environment gives under another name at the next reload.
 */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { escapeConf } from "./conf-file.ts";
import type { LoadedSettings } from "./load.ts";
import type { SettingValue } from "./setting.ts";
import { SETTINGS_BY_NAME } from "./table.ts";

const HEAD =
  "# Written when the gateway started, from its settings and their defaults.\n" +
  "# It will be overwritten: put settings into a file of your own, or into the environment.\n";

/** Text of `.kong_env`. */
export function serializeSettings({ given }: LoadedSettings): string {
  const lines = new Map<string, string>();
  const shared = namesWithAnother();
  for (const [name, setting] of SETTINGS_BY_NAME) {
    const text = shared.has(name) ? "" : textOf(setting.default);
    if (text !== "") lines.set(name, text);
  }
  for (const [name, text] of given) if (text !== "") lines.set(name, text);
  const sorted = [...lines].sort(([a], [b]) => (a < b ? -1 : 1));
  return HEAD + sorted.map(([name, text]) => `${name} = ${escapeConf(text)}\n`).join("");
}

/** Replaces `.kong_env` in one step, so that nobody reads half of it. */
export function writeKongEnv(loaded: LoadedSettings): void {
  const path = loaded.settings.kong_env;
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, serializeSettings(loaded), { mode: 0o600 });
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true }); // a full disk is not filled further
    throw cause;
  }
}

/** Settings that can be given under another name, or give their value to directives. */
function namesWithAnother(): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [name, setting] of SETTINGS_BY_NAME) {
    const { aliasOf, deprecated, sets = [] } = setting;
    if (aliasOf !== undefined || deprecated !== undefined || sets.length > 0) names.add(name);
    if (aliasOf !== undefined) names.add(aliasOf);
    for (const directive of sets) names.add(directive);
  }
  return names;
}

/** A value as it is written in a file; "" for what is unset. */
function textOf(value: SettingValue): string {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "on" : "off";
  return Array.isArray(value) ? value.join(",") : String(value);
}
