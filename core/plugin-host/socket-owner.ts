/**
 * Whose socket it is that a plugin server should have made. In a folder that everybody may write to (/tmp), another user
 * can put a socket there before the server does, also between two lives of it, and would be sent what clients send.
 *
 * So the primary looks at it before it calls a server ready or asks it what it offers, and says what it found. In a folder of
 * the gateway's own nobody else can, and nothing is asked; nor is it where the server is started by somebody else.
 */
import { lstatSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { PluginServerSettings } from "../config/plugin-servers.ts";
import { childOptions } from "./isolation.ts";

/** Permission of everybody to write. */
const WRITABLE_BY_ALL = 0o002;
const ROOT = 0;
/** Behind the path of a socket that is not used: there is nothing of that name. */
const NOT_OURS = ".of-another-user";

/** Number of the user that a server runs as; null where it is not ours to know. */
export type SocketOwner = number | null;

/** @throws {InvalidSetting} for a user that there is not */
export function ownerOf({ start_cmd: command, isolation }: PluginServerSettings): SocketOwner {
  if (command === null) return null;
  return childOptions(isolation, {}, {}).uid ?? process.geteuid?.() ?? null;
}

/** May everybody put something into the folder of this socket? */
export function isInOpenFolder(path: string): boolean {
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  return folder !== undefined && (folder.mode & WRITABLE_BY_ALL) !== 0;
}

/** The number of the user whose socket stands there instead, who is neither the owner, nor the gateway's, nor root. */
export function strangerAt(path: string, owner: SocketOwner): number | null {
  if (owner === null || !isInOpenFolder(path)) return null;
  const uid = lstatSync(path, { throwIfNoEntry: false })?.uid;
  if (uid === undefined || uid === owner || uid === ROOT || uid === process.geteuid?.())
    return null;
  return uid;
}

/** The path to connect to: one where nobody is, if a stranger is at this one. */
export function guardedPath(path: string, owner: SocketOwner): string {
  return strangerAt(path, owner) === null ? path : path + NOT_OURS;
}
