/**
 * `config parse`: reads a declarative file as a start with these settings would, plugins of plugin servers included, and
 * tells what is wrong with it as Kong's tree of errors. Loaded only by that verb, because it needs half of the gateway.
 */
import { NO_USERS } from "../plugin-host/code-users.ts";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Settings } from "../config/settings.ts";
import { Configuration } from "../main/configuration.ts";
import { PluginServers } from "../main/plugin-servers.ts";
import { loadInProcess } from "../main/worker-plugins.ts";
import { type InvalidConfig, parseDeclarative } from "../store/declarative.ts";
import { errorLines } from "../store/declarative-errors.ts";
import { createLog } from "../telemetry/log.ts";
import { CommandFailed } from "./command.ts";

const ACCEPTED = /\.(json|ya?ml)$/;

/**
 * @returns nothing, if the file is right
 * @throws {CommandFailed} "Failed parsing:" and what is wrong
 */
export async function checkFile(file: string, settings: Settings): Promise<void> {
  if (!ACCEPTED.test(file)) {
    throw failed(`unknown file type: ${file}. (Accepted types: json, yaml)`);
  }
  const text = readText(file);
  const { registry } = await configurationOf(settings);
  const result = parseDeclarative(text, { registry, filename: basename(file) });
  if (!result.ok) throw failed(treeOf(result));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === "ENOENT" ? "No such file or directory" : (cause as Error).message;
    throw failed(`${file}: ${why}`);
  }
}

/** Entities and plugin schemas as a gateway with these settings has them; no plugin server is started. */
async function configurationOf(settings: Settings): Promise<Configuration> {
  const log = createLog({ level: "crit", destination: "stderr", name: "config parse" });
  const servers = await PluginServers.open(settings, log, { ...NO_USERS, notify: () => 0 });
  return new Configuration(settings, log, await loadInProcess(settings), servers.infos);
}

/** Kong's tree of errors, or the one sentence where the text could not even be read. */
function treeOf({ errors }: InvalidConfig): string {
  const { error } = errors;
  if (Object.keys(errors).length === 1 && typeof error === "string") return error;
  return errorLines(errors).join("\n");
}

function failed(why: string): CommandFailed {
  return new CommandFailed(`Failed parsing:\n${why}`);
}
