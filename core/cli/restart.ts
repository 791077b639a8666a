/**
 * `restart`: `stop`, where something runs, and `start`; a bad setting stops nothing.
 *
 * With `--prefix` the settings that are checked first are those of the prefix' `.kong_env`; what is started then has
 * file and environment alone, as in Kong.
 */
import { loadSettings } from "../config/load.ts";
import { kongEnvPath } from "../config/settings.ts";
import { resolve } from "node:path";
import { textOption } from "./arguments.ts";
import type { Command, CommandContext } from "./command.ts";
import { runningPid } from "./process.ts";
import { START_OPTIONS, startGateway } from "./start.ts";
import { stopGateway } from "./stop.ts";
import { assertSupported } from "./supported.ts";

/** `dragoman restart`. Starts also where nothing ran. */
export const command: Command = {
  usage: "restart",
  options: START_OPTIONS,
  run: async (context) => {
    const prefix = textOption(context.options, "prefix");
    const { settings } = loadSettings({
      confFile:
        prefix === undefined ? textOption(context.options, "conf") : kongEnvPath(resolve(prefix)),
      prefix,
      env: context.env,
    });
    assertSupported(settings);
    if (runningPid(settings.prefix) !== undefined) {
      const options = { ...context.options, prefix: settings.prefix };
      const stop: CommandContext = { ...context, options };
      await stopGateway(stop);
    }
    await startGateway(context, false);
    return 0;
  },
};
