/** `health`: does the gateway of a prefix run? */
import { existsSync } from "node:fs";
import { loadSettings } from "../config/load.ts";
import { PREFIX, textOption } from "./arguments.ts";
import { type Command, CommandFailed } from "./command.ts";
import { findGateway } from "./find-gateway.ts";
import { runningPid } from "./process.ts";

/** `dragoman health`. 0 where its process runs; whether it answers is not asked. */
export const command: Command = {
  usage: "health",
  options: [PREFIX],
  run: (context) => {
    const { options, env, out } = context;
    const prefixOption = textOption(options, "prefix");
    const base = loadSettings({ env, prefix: prefixOption, purpose: "check" }).settings;
    const isPrepared = !existsSync(base.prefix) || existsSync(base.kong_env);
    if (!isPrepared) throw new CommandFailed(`Kong is not running at ${base.prefix}`);
    const { prefix } = findGateway(context, { needsPrefix: true, prefixCounts: false });
    const isRunning = runningPid(prefix) !== undefined;
    out.info(`nginx.......${isRunning ? "running" : "not running"}\n`);
    if (!isRunning) throw new CommandFailed(`Kong is not running at ${prefix}`);
    out.info(`Kong is healthy at ${prefix}`);
    return 0;
  },
};
