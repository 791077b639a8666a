/**
 * `migrations`: brings a database up to date. Without one there is nothing to do, which is what the verbs say, so that
 * scripts written for a database go through.
 */
import { loadSettings } from "../config/load.ts";
import { CONF, DB_TIMEOUT, LOCK_TIMEOUT, PREFIX, textOption } from "./arguments.ts";
import { type Command, CommandFailed } from "./command.ts";
import type { Output } from "./output.ts";
import { assertSupported } from "./supported.ts";

const STATUS = { needs_bootstrap: false, executed_migrations: {}, pending_migrations: null };

const VERBS: Readonly<Record<string, (out: Output) => void>> = {
  bootstrap: (out) => out.info("Database already bootstrapped"),
  up: (out) => out.info("Database is already up-to-date"),
  finish: (out) => out.info("No pending migrations to finish"),
  list: (out) => out.info("Executed migrations:"),
  status: (out) => out.print(JSON.stringify(STATUS)),
  reset: (out) => {
    out.info("Resetting database...");
    out.info("Database successfully reset");
  },
};

/**
 * `dragoman migrations VERB`. Always 0, but for `reset` without `--yes`, and for settings that there is no
 * gateway for.
 */
export const command: Command = {
  usage: "migrations",
  options: [
    CONF,
    PREFIX,
    DB_TIMEOUT,
    LOCK_TIMEOUT,
    { name: "yes", short: "y", type: "flag" },
    { name: "quiet", short: "q", type: "flag" },
    { name: "force", short: "f", type: "flag" },
  ],
  verbs: Object.keys(VERBS),
  run: ({ options, words, env, out }) => {
    const { settings } = loadSettings({
      confFile: textOption(options, "conf"),
      prefix: textOption(options, "prefix"),
      env,
    });
    assertSupported(settings);
    const verb = words[0]!;
    if (verb === "reset" && options.yes !== true) {
      throw new CommandFailed("not a tty: invoke 'reset' non-interactively with the --yes flag");
    }
    VERBS[verb]!(out);
    return 0;
  },
};
