/**
 * Makes a prefix ready: its folders, the certificates that are generated where none are given, `.kong_env`.
 *
 * Everything here may be done again at any time; what is there already stays as it is, but for `.kong_env`.
 */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LoadedSettings } from "../config/load.ts";
import { writeKongEnv } from "../config/serialize.ts";
import { DEFAULT_CERTIFICATES, type Settings } from "../config/settings.ts";
import { CommandFailed } from "./command.ts";
import type { Output } from "./output.ts";

const FOLDERS = ["pids", "logs", "ssl"] as const;

/**
 * @throws {CommandFailed} if the prefix is a file or cannot be written
 */
export async function preparePrefix(loaded: LoadedSettings, out: Output): Promise<void> {
  const { settings } = loaded;
  makePrefix(settings.prefix, out);
  try {
    for (const folder of FOLDERS) mkdirSync(join(settings.prefix, folder), { recursive: true });
    await makeCertificates(settings, out);
    writeKongEnv(loaded);
  } catch (cause) {
    throw new CommandFailed(`could not prepare ${settings.prefix}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/**
 * @throws {CommandFailed} if it is a file or cannot be made
 */
export function makePrefix(prefix: string, out: Output): void {
  if (existsSync(prefix)) {
    if (!statSync(prefix).isDirectory()) throw new CommandFailed(`${prefix} is not a directory`);
    return;
  }
  out.verbose(`prefix directory ${prefix} not found, trying to create it`);
  try {
    makeFolder(prefix);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new CommandFailed(
      `could not create prefix directory ${prefix}: ${why} (set another one with -p or KONG_PREFIX)`,
      { cause },
    );
  }
}

/** Folder by folder: Node's own `recursive` tells of the wrong error on a read-only disk, and never returns in /proc. */
function makeFolder(path: string): void {
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  mkdirSync(path);
}

/** Generates each pair that a setting points to, and that is one of ours, where the files are not there. */
async function makeCertificates(settings: Settings, out: Output): Promise<void> {
  for (const pair of Object.values(DEFAULT_CERTIFICATES)) {
    const cert = join(settings.prefix, pair.cert);
    const key = join(settings.prefix, pair.key);
    const isUsed =
      settings.client_ssl_cert === cert ||
      (["ssl_cert", "admin_ssl_cert", "admin_gui_ssl_cert", "status_ssl_cert"] as const).some(
        (name) => settings[name].includes(cert),
      );
    if (!isUsed || (existsSync(cert) && existsSync(key))) continue;
    out.verbose(`generating ${cert}`);
    const { writeSelfSigned } = await import("./self-signed.ts");
    await writeSelfSigned({ cert, key, commonName: "localhost", days: 20 * 365 });
  }
}
