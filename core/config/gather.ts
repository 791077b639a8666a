/**
 * Collects what was given: the file, then `KONG_*`, then `DRAGOMAN_*`, then the command line; the later one wins.
 *
 * Only names that settings have, or may have, come in; of the environment only capitals count.
 */
import { isFreeName } from "./namespaces.ts";
import { SETTINGS_BY_NAME } from "./table.ts";

/** In ascending order of precedence. */
const ENV_PREFIXES = ["KONG_", "DRAGOMAN_"] as const;

/** Told of what was read, for `--v` and `--vv`. Secrets are masked by whoever tells. */
export type Trace = (level: "verbose" | "debug", line: string) => void;

/** What is shown in place of a secret. */
export const MASK = "******";

function isSettingName(name: string): boolean {
  return SETTINGS_BY_NAME.has(name) || isFreeName(name);
}

/**
 * @param file as {@link readConfFile} gives it
 * @param prefix from the command line
 * @returns texts by name; a name is absent where only its default counts
 */
export function gather(
  file: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
  prefix: string | undefined,
  trace: Trace,
): Map<string, string> {
  const given = new Map<string, string>();
  for (const [name, value] of file) if (isSettingName(name)) given.set(name, value);
  for (const envPrefix of ENV_PREFIXES) {
    for (const [variable, value] of Object.entries(env)) {
      if (value === undefined || !variable.startsWith(envPrefix)) continue;
      const suffix = variable.slice(envPrefix.length);
      const name = suffix.toLowerCase();
      if (suffix !== suffix.toUpperCase() || !isSettingName(name)) continue;
      const shown = SETTINGS_BY_NAME.get(name)?.sensitive ? MASK : value;
      trace("debug", `${variable} ENV found with "${shown}"`);
      given.set(name, value);
    }
  }
  if (prefix !== undefined) given.set("prefix", prefix);
  return given;
}

/** An old or short name fills the name that it stands for, where that one is not given; `sets` likewise. */
export function copyAliases(given: Map<string, string>): void {
  for (const [name, setting] of SETTINGS_BY_NAME) {
    const target = setting.aliasOf;
    if (target === undefined) {
      const value = given.get(name);
      if (value === undefined) continue;
      for (const directive of setting.sets ?? []) {
        if (!given.has(directive)) given.set(directive, value);
      }
      continue;
    }
    const value = given.get(target) ?? given.get(name);
    if (value === undefined) continue;
    given.set(target, value);
    given.set(name, value);
  }
}
