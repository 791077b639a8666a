/**
 * How a plugin server is started with less of the machine than the gateway has: a command line for the shell, and options
 * for the child.
 *
 * User, group and folder are set by the system call that starts it; priority and limits by the shell before it becomes the
 * server, so nothing of the server ever runs without them. Where the gateway may not set one (another user needs root), the
 * start fails, and the reason is in the log.
 */
import { readFileSync, statSync } from "node:fs";
import type { Isolation } from "../config/plugin-isolation.ts";
import { InvalidSetting } from "../errors.ts";

const KILOBYTE = 1024;
const USERS = "/etc/passwd";
const GROUPS = "/etc/group";

/** What child_process takes. */
interface ChildOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly extendEnv: boolean;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** The text that a shell runs: limits, then the command in its place. */
export function shellText(command: string, { nice, memoryBytesMax, filesMax }: Isolation): string {
  const limits: string[] = [];
  if (memoryBytesMax > 0) limits.push(`ulimit -v ${Math.ceil(memoryBytesMax / KILOBYTE)}`);
  if (filesMax > 0) limits.push(`ulimit -n ${filesMax}`);
  const start = nice === null ? `exec ${command}` : withPriority(command, nice);
  return [...limits, start].join(" && ");
}

/** `nice` takes a program and not a command of the shell (`A=1 server`), so the shell takes the priority itself. */
function withPriority(command: string, nice: number): string {
  return `renice -n ${nice} -p $$ >/dev/null && exec ${command}`;
}

/**
 * @param environment the gateway's own
 * @param added variables that the server always gets
 * @throws {InvalidSetting} for a user or group that there is not
 */
export function childOptions(
  isolation: Isolation,
  environment: Readonly<Record<string, string | undefined>>,
  added: Readonly<Record<string, string>>,
): ChildOptions {
  const { env, cwd, user, group } = isolation;
  const account = user === "" ? null : accountOf(user);
  const gid = group === "" ? account?.gid : groupOf(group);
  return {
    env: env === null ? added : { ...allowed(environment, env), ...added },
    extendEnv: env === null,
    ...(cwd !== "" && { cwd }),
    ...(account !== null && { uid: account.uid }),
    ...(gid !== undefined && { gid }),
  };
}

/**
 * What can be known to be wrong before a server is started.
 *
 * @throws {InvalidSetting} for a user, group or folder that there is not
 */
export function checkIsolation(server: string, isolation: Isolation): ChildOptions {
  try {
    const { cwd } = isolation;
    if (cwd !== "" && statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new InvalidSetting(`there is no folder ${cwd}`);
    }
    return childOptions(isolation, {}, {});
  } catch (cause) {
    if (!(cause instanceof InvalidSetting)) throw cause;
    throw new InvalidSetting(`plugin server ${server} cannot start: ${cause.message}`, { cause });
  }
}

function allowed(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const isAllowed = (name: string): boolean =>
    names.some((one) => (one.endsWith("*") ? name.startsWith(one.slice(0, -1)) : name === one));
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && isAllowed(name)) found[name] = value;
  }
  return found;
}

/** The fields of the line of a name in a file of the system; null where there is none. */
function lineOf(file: string, name: string): string[] | null {
  const lines = readFileSync(file, "utf8").split("\n");
  const line = lines.find((one) => one.startsWith(`${name}:`));
  return line === undefined ? null : line.split(":");
}

function accountOf(user: string): { uid: number; gid: number | undefined } {
  if (/^\d+$/.test(user)) return { uid: Number(user), gid: undefined };
  const fields = lineOf(USERS, user);
  if (fields === null) throw new InvalidSetting(`there is no user ${user}`);
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

function groupOf(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const fields = lineOf(GROUPS, group);
  if (fields === null) throw new InvalidSetting(`there is no group ${group}`);
  return Number(fields[2]);
}
