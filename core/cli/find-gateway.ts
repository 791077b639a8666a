/**
 * Where the verbs that act on a running gateway find it: the prefix, and the settings that it was started with.
 *
 * References in those settings are not resolved: they may lead nowhere any more, and a gateway must be stoppable all the
 * same. Settings of the environment are read, and checked, too; all of this is as in Kong.
 */
import { existsSync } from "node:fs";
import { kongEnvPath, type Settings } from "../config/settings.ts";
import { loadSettings } from "../config/load.ts";
import { textOption } from "./arguments.ts";
import { CommandFailed, type CommandContext } from "./command.ts";

interface FindOptions {
  /** The folder must be there; else only its `.kong_env` must. */
  readonly needsPrefix: boolean;
  /**
   * Does `--prefix` stand for the gateway's own prefix? Where it does not (health, quit), it only says where `.kong_env`
   * is read, and the environment's prefix counts: Kong's way, which scripts may rely on.
   */
  readonly prefixCounts: boolean;
}

/**
 * @throws {CommandFailed} "no such prefix: <p>"
 * @throws {InvalidSetting} "no file at: <p>/.kong_env", or a value that must not be
 */
export function findGateway(context: CommandContext, find: FindOptions): Settings {
  const { options, env } = context;
  const prefix = textOption(options, "prefix");
  const base = loadSettings({ env, prefix, purpose: "check" }).settings;
  if (find.needsPrefix && !existsSync(base.prefix)) {
    throw new CommandFailed(`no such prefix: ${base.prefix}`);
  }
  return loadSettings({
    confFile: kongEnvPath(base.prefix),
    env,
    prefix: find.prefixCounts ? prefix : undefined,
    purpose: "check",
  }).settings;
}
