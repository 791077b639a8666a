/** `check`: are the settings of a file, with those of the environment, such that a gateway can start with them? */
import { DEFAULT_CONF_FILES } from "../config/conf-file.ts";
import { InvalidSettings, loadSettings } from "../config/load.ts";
import { InvalidSetting } from "../errors.ts";
import type { Command } from "./command.ts";

/** `dragoman check [FILE]`. 0 where they are, 1 where they are not: one line on stderr for each fault. */
export const command: Command = {
  usage: "check",
  options: [],
  run: ({ words, out, env }) => {
    const path = words[0] ?? DEFAULT_CONF_FILES[0];
    try {
      const { warnings } = loadSettings({ confFile: path, env, purpose: "check" });
      for (const warning of warnings) out.verbose(warning);
    } catch (cause) {
      if (!(cause instanceof InvalidSetting)) throw cause;
      const errors = cause instanceof InvalidSettings ? cause.errors : [cause.message];
      for (const error of errors) out.error(error);
      return 1;
    }
    out.info(`configuration at ${path} is valid`);
    return 0;
  },
};
