/**
 * Asks a plugin server's query command what plugins it offers, before anything is started.
 *
 * The command runs through a shell, as in Kong; its exit status does not count. Beyond Kong it has a limit of time
 * (`pluginserver_<name>_query_timeout`) and of output, and whatever it leaves running is ended with it.
 */
import { execa } from "execa";
import type { PluginServerSettings } from "../config/plugin-servers.ts";
import { maskedCommand } from "../config/masked-command.ts";
import { endGroup } from "./process-group.ts";
import { refusal } from "./query-answer.ts";

/** What it may print. */
const QUERY_BYTES_MAX = 1024 * 1024;
/** Of what it wrote to stderr, this much is kept: the end. */
const COMPLAINT_CHARS_MAX = 8000;
/** And this much goes into a message. */
const SAID_CHARS_MAX = 300;
/** A line in which a runtime says what went wrong, in front of or behind its trace: Node.js, Python, Java, Go, Rust. */
const FAULT =
  /^(?:Exception in thread .*|panic: .*|[\w.]*(?:Error|Exception)(?: \[\w+\])?: .*|.* panicked at .*(?:\n.+)?)$/m;

/**
 * Groups of query commands that run: a start that is given up does not wait for them, and leaves none behind. One listener
 * for all, because Node.js takes more than ten of an event for a leak, and says so in the log.
 */
const running = new Set<number>();
const endRunning = (): void => {
  for (const pid of running) endGroup(pid, "SIGKILL");
};

function watch(pid: number | undefined): void {
  if (pid === undefined) return;
  if (running.size === 0) process.on("exit", endRunning);
  running.add(pid);
}

function unwatch(pid: number | undefined): void {
  if (pid !== undefined && running.delete(pid) && running.size === 0)
    process.off("exit", endRunning);
}

/**
 * @returns what it wrote to stdout, and what may explain why that is nothing: how it ended, what it wrote to stderr; the
 *   line of stderr that names a fault, alone, "" for none
 * @throws {InvalidSetting} over the limits, or if no shell can be started
 */
export async function runQuery(
  server: PluginServerSettings,
): Promise<{ output: string; complaint: string; said: string }> {
  const child = execa("/bin/sh", ["-c", server.query_cmd], {
    stdin: "ignore",
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
  });
  watch(child.pid);
  const chunks: Buffer[] = [];
  let bytes = 0;
  let complaint = "";
  let failure: string | null = null;
  const fail = (what: string): void => {
    failure ??= what;
    child.stdout.destroy();
    child.stderr.destroy();
    endGroup(child.pid, "SIGKILL");
  };
  const limitMs = server.queryTimeoutMs;
  const timer = setTimeout(() => fail(`took longer than ${limitMs} ms (query_timeout)`), limitMs);
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > QUERY_BYTES_MAX) fail(`printed more than ${QUERY_BYTES_MAX} bytes`);
    else chunks.push(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-COMPLAINT_CHARS_MAX);
  });
  const result = await child;
  clearTimeout(timer);
  unwatch(child.pid);
  endGroup(child.pid, "SIGKILL");
  if (failure !== null) throw refusal(server.name, failure);
  if (child.pid === undefined)
    throw refusal(server.name, `could not be run: ${result.message ?? ""}`);
  const ended =
    result.exitCode === 0 ? "" : ` ended with ${result.signal ?? `status ${result.exitCode}`}`;
  const fault = FAULT.exec(complaint)?.[0] ?? "";
  const told = (fault || complaint.trim()).slice(-SAID_CHARS_MAX);
  const says = told === "" ? "" : ` says: ${told}`;
  return {
    output: Buffer.concat(chunks).toString(),
    complaint: `${maskedCommand(server.query_cmd)}${[ended, says].filter((part) => part !== "").join(" and")}`,
    said: fault.slice(-SAID_CHARS_MAX),
  };
}
