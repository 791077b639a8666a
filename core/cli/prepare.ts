/** `prepare`: makes a prefix ready for a gateway that somebody else will start. */
import { findPrefix, loadSettings } from "../config/load.ts";
import { CONF, NGINX_CONF, NGINX_CONF_FLAGS, PREFIX, textOption } from "./arguments.ts";
import type { Command } from "./command.ts";
import { makePrefix, preparePrefix } from "./prefix.ts";
import { assertSupported } from "./supported.ts";

/** `dragoman prepare`. Starts nothing. */
export const command: Command = {
  usage: "prepare",
  options: [CONF, PREFIX, NGINX_CONF, NGINX_CONF_FLAGS],
  run: async ({ options, env, out }) => {
    const from = {
      confFile: textOption(options, "conf"),
      prefix: textOption(options, "prefix"),
      env,
    };
    // Kong makes the folder before it looks at the other settings.
    makePrefix(findPrefix(from), out);
    const loaded = loadSettings(from);
    assertSupported(loaded.settings);
    for (const warning of loaded.warnings) out.warn(warning);
    await preparePrefix(loaded, out);
    return 0;
  },
};
