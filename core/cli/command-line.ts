/**
 * The command line: finds the verb, reads its options, runs it, prints what went wrong.
 *
 * A verb is a file of its own that is loaded only when it is called, because the time that `start` takes is the time
 * until a first answer.
 */
import { GatewayError } from "../errors.ts";
import { BadOption, parseArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { createOutput, type Output, type Streams, type Verbosity, type Write } from "./output.ts";

type Load = () => Promise<{ command: Command }>;

const VERBS: Readonly<Record<string, Load>> = {
  check: () => import("./check.ts"),
  config: () => import("./config.ts"),
  drain: () => import("./drain.ts"),
  health: () => import("./health.ts"),
  hybrid: () => import("./hybrid.ts"),
  migrations: () => import("./migrations.ts"),
  plugin: () => import("./plugin.ts"),
  "plugin-server": () => import("./plugin-server.ts"),
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

/** What the command line touches of its process. */
interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly streams: Streams;
  /** URL of the file that was started. */
  readonly entry: string;
}

/**
 * @param args what stands behind the program's name
 * @returns the exit code
 */
export async function runCommandLine(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const { stderr } = surroundings.streams;
  const verb = args[0];
  const load = verb !== undefined && Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (load === undefined) {
    if (verb !== undefined) stderr(`No such command: ${verb}\n`);
    return printUsage("general", stderr);
  }
  const { command } = await load();
  try {
    return await runCommand(command, args.slice(1), surroundings);
  } catch (cause) {
    if (!(cause instanceof BadOption)) throw cause;
    stderr(`dragoman: ${cause.message}\n`);
    return 1;
  }
}

async function runCommand(
  command: Command,
  args: readonly string[],
  { env, streams, entry }: Surroundings,
): Promise<number> {
  const { options, words } = parseArguments(args, command.options);
  if (options.help === true) return printUsage(command.usage, streams.stderr);
  if (command.verbs !== undefined && !command.verbs.includes(words[0] ?? "")) {
    if (words[0] !== undefined) {
      streams.stderr(`No such command for ${command.usage}: ${words[0]}\n`);
    }
    return printUsage(command.usage, streams.stderr);
  }
  const verbosity: Verbosity = options.vv ? "debug" : options.v ? "verbose" : "info";
  const out = createOutput(verbosity, streams);
  try {
    return (await command.run({ options, words, out, env, entry })) ?? 0;
  } catch (cause) {
    if (cause instanceof BadOption) throw cause;
    printError(cause, out, streams.stderr);
    return 1;
  }
}

/** Usage goes to stderr and is a failure, even when it was asked for: as in Kong. */
async function printUsage(name: string, stderr: Write): Promise<number> {
  const { usageOf } = await import("./usage.ts");
  stderr(usageOf(name));
  return 1;
}

function printError(cause: unknown, out: Output, stderr: Write): void {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  // a system's error names its file; where in our code it was met helps nobody who runs a gateway
  const isOurs = error instanceof GatewayError || "syscall" in error;
  const isVerbose = out.verbosity !== "info";
  stderr(`Error: ${error.message}\n`);
  if (isVerbose || !isOurs) stderr(`${error.stack ?? ""}\n`);
  if (isVerbose && error.cause !== undefined) stderr(`${String(error.cause)}\n`);
  if (!isVerbose) stderr(`${HINT}\n`);
}
