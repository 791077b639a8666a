/**
 * The command line's entry: finds the verb, reads its options, runs it, prints what went wrong.
 *
 * A verb is a file of its own that is loaded only when it is called, because the time that `start` takes is the time
 * until a first answer.
 */
import { GatewayError } from "../errors.ts";
import { BadOption, parseArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { createOutput, type Output, type Verbosity } from "./output.ts";

type Load = () => Promise<{ command: Command }>;

const VERBS: Readonly<Record<string, Load>> = {
  check: () => import("./check.ts"),
  config: () => import("./config.ts"),
  drain: () => import("./drain.ts"),
  health: () => import("./health.ts"),
  hybrid: () => import("./hybrid.ts"),
  migrations: () => import("./migrations.ts"),
  prepare: () => import("./prepare.ts"),
  quit: () => import("./quit.ts"),
  reload: () => import("./reload.ts"),
  restart: () => import("./restart.ts"),
  roar: () => import("./roar.ts"),
  run: () => import("./run.ts"),
  start: () => import("./start.ts"),
  stop: () => import("./stop.ts"),
  vault: () => import("./vault.ts"),
  version: () => import("./version.ts"),
};

const HINT = "  Run with --v (verbose) or --vv (debug) for more details";

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const verb = args[0];
  const load = verb !== undefined && Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (load === undefined) {
    if (verb !== undefined) process.stderr.write(`No such command: ${verb}\n`);
    return printUsage("general");
  }
  const { command } = await load();
  try {
    return await runCommand(command, args.slice(1));
  } catch (cause) {
    if (!(cause instanceof BadOption)) throw cause;
    process.stderr.write(`dragoman: ${cause.message}\n`);
    return 1;
  }
}

async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const { options, words } = parseArguments(args, command.options);
  if (options.help === true) return printUsage(command.usage);
  if (command.verbs !== undefined && !command.verbs.includes(words[0] ?? "")) {
    if (words[0] !== undefined) {
      process.stderr.write(`No such command for ${command.usage}: ${words[0]}\n`);
    }
    return printUsage(command.usage);
  }
  const verbosity: Verbosity = options.vv ? "debug" : options.v ? "verbose" : "info";
  const out = createOutput(verbosity);
  try {
    const context = { options, words, out, env: process.env, entry: import.meta.url };
    return (await command.run(context)) ?? 0;
  } catch (cause) {
    if (cause instanceof BadOption) throw cause;
    printError(cause, out);
    return 1;
  }
}

/** Usage goes to stderr and is a failure, even when it was asked for: as in Kong. */
async function printUsage(name: string): Promise<number> {
  const { usageOf } = await import("./usage.ts");
  process.stderr.write(usageOf(name));
  return 1;
}

function printError(cause: unknown, out: Output): void {
  const isOurs = cause instanceof GatewayError;
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const isVerbose = out.verbosity !== "info";
  process.stderr.write(`Error: ${error.message}\n`);
  if (isVerbose || !isOurs) process.stderr.write(`${error.stack ?? ""}\n`);
  if (isVerbose && error.cause !== undefined) process.stderr.write(`${String(error.cause)}\n`);
  if (!isVerbose) process.stderr.write(`${HINT}\n`);
}

// A gateway in the foreground has stopped when its verb returns; what may still be open shall not hold the process.
process.exit(await main(process.argv.slice(2)));
