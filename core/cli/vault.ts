/** `vault get`: what a reference in the settings stands for. */
import { loadSettings } from "../config/load.ts";
import { isVaultEnabled, lookUp, parseReference } from "../config/references.ts";
import { CONF, PREFIX, textOption } from "./arguments.ts";
import { type Command, CommandFailed } from "./command.ts";

export const command: Command = {
  usage: "vault",
  options: [CONF, PREFIX],
  verbs: ["get"],
  run: ({ options, words, env, out }) => {
    const given = words[1];
    if (given === undefined) {
      throw new CommandFailed(
        "the 'get' command needs a <reference> argument\ndragoman vault get <reference>",
      );
    }
    const { settings } = loadSettings({
      confFile: textOption(options, "conf"),
      prefix: textOption(options, "prefix"),
      env,
      purpose: "check",
    });
    const reference = parseReference(given.startsWith("{vault://") ? given : `{vault://${given}}`);
    if (!isVaultEnabled(reference.vault, settings.vaults)) {
      throw new CommandFailed(`could not find vault (${reference.vault})`);
    }
    const envPrefix = settings.free.vault_env_prefix ?? settings.vault_env_prefix ?? "";
    out.print(lookUp(reference, { env, enabled: settings.vaults, envPrefix }));
    return 0;
  },
};
