/**
 * Starts the gateway's primary as a process of its own and waits until it answers.
 *
 * The child is detached and tells over its IPC channel that it is ready, or why it cannot be; then the channel is closed
 * and nothing of the child holds this process, or the terminal. What it prints before its log is open goes to the
 * error log of the prefix.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Settings } from "../config/settings.ts";
import { LogNotOpened } from "../telemetry/log-not-opened.ts";
import { CommandFailed } from "./command.ts";

/**
 * How long a gateway that failed to start may take to go away before it is killed: one that is killed leaves its plugin
 * servers behind, and those have 3 s of their own to end.
 */
const CLEAN_UP_MS = 4500;

/**
 * Options of V8. A young generation, once it has grown, is kept for long: 16 MB by default, for a process that mostly rests.
 * Much less makes a large configuration slower: all of it survives, and would be copied more often.
 */
const PRIMARY_V8_OPTIONS: readonly string[] = ["--max-semi-space-size=8"];

/** Whoever starts a gateway and is told to end takes it along, and is gone when all of it is. */
const GIVEN_UP_BY = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** What the primary says over IPC. */
type PrimaryMessage =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly message: string };

/**
 * @param entry URL of the command line's own file
 * @throws {CommandFailed} with the primary's reason; nothing is left running then
 * @throws {LogNotOpened}
 */
export async function launchPrimary(settings: Settings, entry: string): Promise<void> {
  const log = openOutput(join(settings.prefix, "logs/error.log"));
  const options = [...PRIMARY_V8_OPTIONS, ...primaryArguments(entry)];
  const child = spawn(process.execPath, [...options, settings.prefix], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const failure = await outcome(child, settings, GIVEN_UP_BY);
  if (failure === undefined) {
    if (child.connected) child.disconnect();
    child.unref();
    return;
  }
  await endChild(child);
  throw new CommandFailed(failure);
}

/** @throws {LogNotOpened} */
function openOutput(path: string): number {
  try {
    return openSync(path, "a");
  } catch (cause) {
    throw new LogNotOpened(path, cause as Error);
  }
}

/** Arguments for node: the bundle beside this one, or the source, where this is run from source. */
export function primaryArguments(entry: string): string[] {
  if (!entry.endsWith(".ts")) return [fileURLToPath(new URL("../primary.cjs", entry))];
  const source = fileURLToPath(new URL("../main/primary-process.ts", entry));
  return ["--import", pathToFileURL(createRequire(entry).resolve("tsx")).href, source];
}

/** @returns why the gateway does not run, or undefined when it does */
function outcome(
  child: ChildProcess,
  settings: Settings,
  signals: readonly NodeJS.Signals[],
): Promise<string | undefined> {
  const limitS = settings.limit_start_timeout;
  return new Promise((done) => {
    const late = setTimeout(
      () => done(`the gateway did not answer within ${limitS} s (limit_start_timeout)`),
      limitS * 1000,
    );
    const onSignal = (signal: NodeJS.Signals): void => settle(`the start was given up (${signal})`);
    for (const signal of signals) process.on(signal, onSignal);
    const settle = (failure?: string): void => {
      clearTimeout(late);
      if (failure === undefined) for (const signal of signals) process.off(signal, onSignal);
      done(failure);
    };
    child.on("message", (message: PrimaryMessage) => {
      if (message.type === "ready") settle();
      else if (message.type === "failed") settle(message.message);
    });
    child.on("error", (cause) => settle(`could not start the gateway: ${cause.message}`));
    child.on("exit", (code, signal) => {
      const how = signal === null ? `exit code ${code}` : signal;
      settle(
        `the gateway ended (${how}) before it answered, see ${settings.prefix}/logs/error.log`,
      );
    });
  });
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise<void>((done) => child.once("exit", () => done()));
  const hard = setTimeout(() => child.kill("SIGKILL"), CLEAN_UP_MS);
  child.kill("SIGTERM");
  await gone;
  clearTimeout(hard);
}
