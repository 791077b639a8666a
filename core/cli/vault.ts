/** `vault get`: what a reference in the settings stands for. */
import { loadSettings } from "../config/load.ts";
import { isReference } from "../entities/schema/references.ts";
import { isVaultEnabled, parseReference, secretOf } from "../config/references.ts";
import { CONF, PREFIX, textOption } from "./arguments.ts";
import { type Command, CommandFailed } from "./command.ts";

/** `dragoman vault get REFERENCE`. The secret goes to stdout; why there is none to stderr, with status 1. */
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
    const fail = (reason: string): never => {
      throw new CommandFailed(reason);
    };
    const reference = parseReference(isReference(given) ? given : `{vault://${given}}`, fail)!;
    const { vaults: enabled, vault_env_prefix } = settings;
    if (!isVaultEnabled(reference.name, enabled)) {
      throw new CommandFailed(`could not find vault (${reference.name})`);
    }
    out.print(secretOf(reference, { env, enabled, envPrefix: vault_env_prefix ?? "" }, fail)!);
    return 0;
  },
};
