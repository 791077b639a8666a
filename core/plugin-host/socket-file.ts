/** The socket of a plugin server: is its place free, does anybody accept there? */
import { linkSync, lstatSync, rmSync, statSync } from "node:fs";
import net from "node:net";
import { dirname } from "node:path";
import { SOCKET_PATH_BYTES_MAX } from "../config/listeners.ts";
import { InvalidSetting } from "../errors.ts";
import { isRemoteAddress, parseRemote } from "./native/address.ts";

/** Behind the name of a socket that gives its own to that of new settings, until those count. */
export const ASIDE = ".old";

/** How long a probe waits for the connection, in milliseconds. */
const PROBE_TIMEOUT_MS = 1000;

/**
 * Make sure that what accepts connections at `path` from now on is the process started next.
 *
 * A socket that an earlier process left, or still holds, loses its name: who holds it is not reached any more.
 *
 * @throws {InvalidSetting} where something else stands in the way
 */
export function clearSocket(server: string, path: string): void {
  const where = `plugin server ${server}: its socket ${path}`;
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new InvalidSetting(`${where} has a path longer than ${SOCKET_PATH_BYTES_MAX} bytes`);
  }
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  if (folder === undefined || !folder.isDirectory()) {
    throw new InvalidSetting(`${where} is in a folder that does not exist`);
  }
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isSocket())
    throw new InvalidSetting(`${where} is the name of something that is no socket`);
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InvalidSetting(
      `${where} is there from an earlier run and cannot be removed (${code})`,
      {
        cause,
      },
    );
  }
}

/**
 * Give a socket a second name, which stays its own when another process binds the first. What had the name loses it.
 *
 * @returns why the system refuses; null where it is done
 */
export function addName(path: string, alias: string): string | null {
  try {
    rmSync(alias, { force: true });
    linkSync(path, alias);
    return null;
  } catch (cause) {
    return (cause as Error).message;
  }
}

/** Take the name of a socket away, if there is one; something else stays where it is. */
export function removeName(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // a folder, or one that nobody may write to: not what we put there
  }
}

/** Is there a socket of that name, or was it set aside for a moment? */
export function hasSocketAt(path: string): boolean {
  try {
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there?.isSocket() === true) return true;
    return lstatSync(path + ASIDE, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true; // nobody can tell
  }
}

/** Does a process accept connections at `address`, a path or one of another machine? */
export function probeSocket(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(isRemoteAddress(address) ? parseRemote(address) : { path: address });
    const done = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => done(false));
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}
