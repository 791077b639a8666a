/**
 * `reload`: gives a running gateway new settings, without losing a request.
 *
 * Without a file the settings are those it runs with, and the environment's over them. They are checked before anything
 * is touched; then `.kong_env` is replaced and the primary told to read it.
 */
import { existsSync } from "node:fs";
import { readConfFile } from "../config/conf-file.ts";
import { findPrefix, loadSettings } from "../config/load.ts";
import { kongEnvPath } from "../config/settings.ts";
import { CONF, NGINX_CONF, NGINX_CONF_FLAGS, PREFIX, textOption } from "./arguments.ts";
import { type Command, type CommandContext, CommandFailed } from "./command.ts";
import { preparePrefix } from "./prefix.ts";
import { runningPid, signalGateway } from "./process.ts";
import { FOREGROUND_FALLBACKS } from "./start.ts";
import { assertSupported, unsupportedWarnings } from "./supported.ts";

/**
 * `dragoman reload`. Returns when the primary has been told, not when the new settings are in force, as Kong's
 * does.
 */
export const command: Command = {
  usage: "reload",
  options: [CONF, PREFIX, NGINX_CONF, NGINX_CONF_FLAGS],
  run: async (context) => {
    await reloadGateway(context);
    return 0;
  },
};

async function reloadGateway({ options, env, out }: CommandContext): Promise<void> {
  const prefix = textOption(options, "prefix");
  const confFile = textOption(options, "conf");
  const running = kongEnvPath(findPrefix({ confFile, prefix, env }));
  const loaded = loadSettings({
    confFile: confFile ?? running,
    prefix,
    env,
    ...(confFile !== undefined && runsInForeground(running)
      ? { overrides: { nginx_daemon: "off" }, fallbacks: FOREGROUND_FALLBACKS }
      : {}),
  });
  const { settings } = loaded;
  assertSupported(settings);
  if (runningPid(settings.prefix) === undefined) {
    throw new CommandFailed(`nginx not running in prefix: ${settings.prefix}`);
  }
  for (const warning of [...loaded.warnings, ...unsupportedWarnings(settings)]) out.warn(warning);
  await preparePrefix(loaded, out);
  signalGateway(settings.prefix, "SIGHUP");
  out.info("Kong reloaded");
}

/** A gateway in the foreground keeps its logs on the terminal when it gets a file of settings. */
function runsInForeground(kongEnv: string): boolean {
  return existsSync(kongEnv) && readConfFile(kongEnv).get("nginx_daemon") === "off";
}
