/** `config`: declarative files: write an example, say whether one is right; and what needs a database. */
import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { loadSettings } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { CONF, PREFIX, textOption } from "./arguments.ts";
import { type Command, type CommandContext, CommandFailed } from "./command.ts";

const DEFAULT_FILE = "kong.yml";

/** `dragoman config init|parse|db_import|db_export [FILE]`. `init` overwrites nothing. */
export const command: Command = {
  usage: "config",
  options: [CONF, PREFIX],
  verbs: ["init", "parse", "db_import", "db_export"],
  run: async (context) => {
    const [verb, file] = context.words;
    if (verb === "init") return initFile(file);
    const settings = readSettings(context);
    if (verb === "db_export") {
      throw new CommandFailed("'dragoman config db_export' only works with a database.");
    }
    if (file === undefined) {
      throw new CommandFailed(
        "expected a declarative configuration file; see `dragoman config --help`",
      );
    }
    if (verb === "db_import") {
      throw new CommandFailed(
        "'dragoman config db_import' only works with a database.\n" +
          "When using database=off, reload your declarative configuration\n" +
          "using the /config endpoint.",
      );
    }
    const { checkFile } = await import("./config-parse.ts");
    await checkFile(file, settings);
    context.out.info("parse successful");
    return 0;
  },
};

function readSettings({ options, env }: CommandContext): Settings {
  return loadSettings({
    confFile: textOption(options, "conf"),
    prefix: textOption(options, "prefix"),
    env,
  }).settings;
}

async function initFile(file = DEFAULT_FILE): Promise<number> {
  const path = resolve(file);
  if (existsSync(path)) throw new CommandFailed(`${path} already exists.\nWill not overwrite it.`);
  const { EXAMPLE } = await import("./config-example.ts");
  try {
    writeFileSync(path, EXAMPLE);
  } catch (cause) {
    throw new CommandFailed(`could not write ${path}: ${(cause as Error).message}`, { cause });
  }
  return 0;
}
