/**
 * From file, environment and command line to {@link Settings}: the only place that is handed the environment.
 *
 * Reads, takes aliases and references out, parses, checks, derives, freezes. Every fault is collected before it throws,
 * so that a user mends them in one go.
 */
import { isAbsolute, join, resolve } from "node:path";
import { InvalidSetting } from "../errors.ts";
import { CHECKS } from "./checks/checks.ts";
import type { GivenValues } from "./checks/given.ts";
import { checkListenerCertificates } from "./checks/tls.ts";
import { NEEDED_NUMBERS } from "./checks/values.ts";
import { findConfFile, readConfFile } from "./conf-file.ts";
import { derive } from "./derive.ts";
import { copyAliases, gather, type Trace } from "./gather.ts";
import { misread, parseList, parseValue } from "./parse-value.ts";
import { listenError } from "./listeners.ts";
import { type References, resolveReferences } from "./resolve-references.ts";
import type { SettingValue } from "./setting.ts";
import { kongEnvPath, type Settings } from "./settings.ts";
import { SETTINGS, SETTINGS_BY_NAME, type SettingValues } from "./table.ts";
import { warningsOf } from "./warnings.ts";

type Env = Readonly<Record<string, string | undefined>>;

interface LoadOptions {
  /** File of settings; else the first of Kong's usual places that is there. */
  readonly confFile?: string | undefined;
  /** Overrides `prefix` from everywhere else. */
  readonly prefix?: string | undefined;
  /** Values that win over everything that is given. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** Values that count where nothing is given, before the defaults of the table. */
  readonly fallbacks?: Readonly<Record<string, string>>;
  readonly env: Env;
  /**
   * "start": all of it. "check": references stay as they are and values that Kong leaves to nginx are not looked at;
   * that is how `check`, `stop`, `quit` and `health` read their settings.
   */
  readonly purpose?: "start" | "check";
  /** Hears what is read and from where, without secrets. */
  readonly trace?: Trace;
}

/** Settings, and where they came from. */
export interface LoadedSettings {
  readonly settings: Settings;
  /** Texts as given, by name and with references in place; what `.kong_env` is written from. */
  readonly given: ReadonlyMap<string, string>;
  /** Each a sentence without a full stop. */
  readonly warnings: readonly string[];
}

/** Faults of settings, all of them: `message` has them one a line, `errors` one by one. */
export class InvalidSettings extends InvalidSetting {
  readonly errors: readonly string[];

  constructor(errors: readonly string[]) {
    super(errors.join("\n"));
    this.errors = errors;
  }
}

const ignore: Trace = () => {};
const NEEDED: ReadonlySet<string> = new Set(NEEDED_NUMBERS);
/** Settings that name files: made absolute, because a reload may come from another folder. */
const PATHS = [
  "declarative_config",
  "error_template_html",
  "error_template_json",
  "error_template_xml",
  "error_template_plain",
] as const;

/**
 * @throws {InvalidSettings} if a value must not be
 * @throws {InvalidSetting} if the file cannot be read
 */
export function loadSettings(options: LoadOptions): LoadedSettings {
  const { env, trace = ignore, purpose = "start" } = options;
  const path = options.confFile ?? findConfFile();
  if (path !== undefined) trace("verbose", `reading config file at ${path}`);
  else trace("verbose", "no config file found, using defaults and environment");
  const file = new Map(Object.entries(options.fallbacks ?? {}));
  if (path !== undefined) for (const [name, text] of readConfFile(path)) file.set(name, text);
  const given = gather(file, env, options.prefix, trace);
  for (const [name, text] of Object.entries(options.overrides ?? {})) given.set(name, text);
  return build(given, env, purpose, trace);
}

/** The prefix that the settings name, found without looking at any other value; absolute. */
export function findPrefix(options: Pick<LoadOptions, "confFile" | "prefix" | "env">): string {
  const path = options.confFile ?? findConfFile();
  const file = path === undefined ? new Map<string, string>() : readConfFile(path);
  const given = gather(file, options.env, options.prefix, ignore).get("prefix");
  return resolve(given || SETTINGS.prefix.default);
}

/**
 * The settings that a started gateway runs with: from `.kong_env` alone, without the environment, which is asked only
 * for what references stand for. They were checked when they were written.
 *
 * @throws {InvalidSetting} if the file cannot be read or a reference leads nowhere any more
 */
export function loadRunningSettings(prefix: string, env: Env): LoadedSettings {
  const file = readConfFile(kongEnvPath(prefix));
  return build(gather(file, {}, prefix, ignore), env, "start", ignore);
}

function build(
  given: Map<string, string>,
  env: Env,
  purpose: "start" | "check",
  trace: Trace,
): LoadedSettings {
  const asGiven = new Map(given);
  const errors: string[] = [];
  const warnings = warningsOf(given);
  copyAliases(given);
  const references = purpose === "check" ? {} : resolveGiven(given, env, errors);
  // What was read through a broken reference is not worth a second error.
  if (errors.length > 0) throw new InvalidSettings(errors);
  const values = parseAll(given, errors, warnings);
  for (const check of CHECKS) check(values, errors);
  const settings = derive(fill(values), freeOf(given), references, purpose, errors, warnings);
  checkListenerCertificates(
    values,
    {
      "": settings.proxy_listeners,
      admin_: settings.admin_listeners,
      admin_gui_: settings.admin_gui_listeners,
      status_: settings.status_listeners,
    },
    errors,
  );
  if (errors.length > 0) throw new InvalidSettings(errors);
  trace("verbose", `prefix in use: ${settings.prefix}`);
  for (const path of PATHS) if (asGiven.has(path)) keepPath(asGiven, path, settings[path]);
  asGiven.set("prefix", settings.prefix);
  return { settings: Object.freeze(settings), given: asGiven, warnings };
}

function keepPath(given: Map<string, string>, name: string, path: string | null): void {
  if (path !== null && !given.get(name)!.includes("{vault://")) given.set(name, path);
}

function resolveGiven(given: Map<string, string>, env: Env, errors: string[]): References {
  const enabled = given.get("vaults");
  return resolveReferences(
    given,
    {
      env,
      enabled: enabled ? parseList(enabled) : SETTINGS.vaults.default,
      envPrefix: given.get("vault_env_prefix") ?? "",
    },
    errors,
  );
}

function parseAll(given: Map<string, string>, errors: string[], warnings: string[]): GivenValues {
  const values: Record<string, SettingValue> = {};
  for (const [name, setting] of SETTINGS_BY_NAME) {
    const text = given.get(name);
    if (text === undefined) {
      values[name] = setting.default;
      continue;
    }
    const value = parseValue(setting, text);
    values[name] = value;
    if (value === null && name.endsWith("_listen")) errors.push(listenError(name));
    const warning = misread(name, setting, text);
    if (value === null && NEEDED.has(name)) errors.push(`${name} is not a number: '${text}'`);
    else if (warning !== undefined) warnings.push(warning);
  }
  return values as unknown as GivenValues;
}

/** Defaults for what is unset, and absolute paths. */
function fill(given: GivenValues): SettingValues {
  const values: Record<string, SettingValue> = { ...given };
  for (const [name, setting] of SETTINGS_BY_NAME) values[name] ??= setting.default;
  values.prefix = resolve(String(values.prefix));
  for (const name of PATHS) {
    const path = values[name];
    if (typeof path === "string" && !isAbsolute(path)) values[name] = join(process.cwd(), path);
  }
  return values as unknown as SettingValues;
}

function freeOf(given: ReadonlyMap<string, string>): Record<string, string> {
  const free: Record<string, string> = {};
  for (const [name, text] of given) if (!SETTINGS_BY_NAME.has(name)) free[name] = text.trim();
  return free;
}
