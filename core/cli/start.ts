/**
 * `start`: checks the settings, makes the prefix ready, starts the gateway and returns when it answers.
 *
 * With `nginx_daemon = off` the gateway runs in this very process instead, in the foreground.
 */
import { type LoadedSettings, loadSettings } from "../config/load.ts";
import { shownValues } from "../config/view.ts";
import {
  CONF,
  DB_TIMEOUT,
  LOCK_TIMEOUT,
  NGINX_CONF,
  NGINX_CONF_FLAGS,
  PREFIX,
  RUN_MIGRATIONS,
  textOption,
} from "./arguments.ts";
import { type Command, type CommandContext, CommandFailed } from "./command.ts";
import { fileLimitWarning } from "./file-limit.ts";
import { makePrefix, preparePrefix } from "./prefix.ts";
import { runningPid } from "./process.ts";
import { claimStart } from "./start-claim.ts";
import { assertSupported, unsupportedWarnings } from "./supported.ts";

/** In the foreground the logs go to the terminal, where nothing else is said. */
export const FOREGROUND_FALLBACKS: Readonly<Record<string, string>> = {
  proxy_access_log: "/dev/stdout",
  proxy_error_log: "/dev/stderr",
  admin_access_log: "/dev/stdout",
  admin_error_log: "/dev/stderr",
  status_error_log: "/dev/stderr",
};

/** Of all verbs that start one. */
export const START_OPTIONS = [
  CONF,
  PREFIX,
  NGINX_CONF,
  NGINX_CONF_FLAGS,
  RUN_MIGRATIONS,
  DB_TIMEOUT,
  LOCK_TIMEOUT,
] as const;

/** `dragoman start`. Returns when it answers, or with `nginx_daemon = off` when it has ended. */
export const command: Command = {
  usage: "start",
  options: START_OPTIONS,
  run: async (context) => {
    await startGateway(context, false);
    return 0;
  },
};

/**
 * @param inForeground whatever the settings say
 * @throws {CommandFailed} if one runs already, or it does not come up
 * @throws {InvalidSetting}
 */
export async function startGateway(context: CommandContext, inForeground: boolean): Promise<void> {
  const { out, entry } = context;
  const loaded = loadForStart(context, inForeground);
  const { settings } = loaded;
  assertNotRunning(settings.prefix);
  assertSupported(settings);
  for (const warning of [...loaded.warnings, ...unsupportedWarnings(settings)]) out.warn(warning);
  const fewFiles = fileLimitWarning();
  if (fewFiles !== undefined) out.warn(fewFiles);
  makePrefix(settings.prefix, out);
  const unclaim = claimStart(settings.prefix);
  try {
    assertNotRunning(settings.prefix); // another start may have ended meanwhile
    await preparePrefix(loaded, out);
    if (settings.nginx_daemon !== "off") {
      const { launchPrimary } = await import("./launch.ts");
      await launchPrimary(settings, entry);
      out.info("Kong started");
      return;
    }
    const { runPrimary } = await import("../main/primary.ts");
    const onReady = (): void => {
      unclaim();
      out.info("Kong started");
    };
    await runPrimary({ prefix: settings.prefix, onReady });
  } finally {
    unclaim();
  }
}

/** @throws {CommandFailed} */
function assertNotRunning(prefix: string): void {
  if (runningPid(prefix) === undefined) return;
  throw new CommandFailed(`Kong is already running in ${prefix}`);
}

/** Settings as `start` reads them, with what `--v` and `--vv` tell of them. */
function loadForStart(context: CommandContext, inForeground: boolean): LoadedSettings {
  const { options, env, out } = context;
  const confFile = textOption(options, "conf");
  const prefix = textOption(options, "prefix");
  const trace = (level: "verbose" | "debug", line: string): void => out[level](line);
  const daemon = inForeground ? { overrides: { nginx_daemon: "off" } } : {};
  let loaded = loadSettings({ confFile, prefix, env, trace, ...daemon });
  if (loaded.settings.nginx_daemon === "off") {
    loaded = loadSettings({ confFile, prefix, env, ...daemon, fallbacks: FOREGROUND_FALLBACKS });
  }
  if (out.verbosity === "debug") {
    for (const [name, value] of Object.entries(shownValues(loaded.settings)).sort()) {
      out.debug(`${name} = ${shown(value)}`);
    }
  }
  return loaded;
}

function shown(value: unknown): string {
  if (!Array.isArray(value)) return typeof value === "object" ? "{}" : JSON.stringify(value);
  return `{${value.map((entry) => JSON.stringify(entry)).join(", ")}}`;
}
