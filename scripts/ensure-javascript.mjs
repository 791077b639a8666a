/**
 * Installs Kong's JavaScript SDK into `.cache/javascript`, for the examples and tests that run its plugin server.
 *
 * Its tree is its own: the SDK's ts-node takes the TypeScript of the folder that it is started in, and works with old
 * ones only. So there is a launcher, `.cache/javascript/kong-js-pluginserver`, that can be started anywhere.
 * Exit codes: 0 it is there, 1 the installation failed.
 */
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cache, DOWNLOAD_TRIES_MAX, root, step } from "./steps.mjs";

const folder = join(cache, "javascript");
const pinned = join(root, "scripts", "kong-pdk");
const marker = join(folder, "installed");

function writeLauncher() {
  const file = join(folder, "kong-js-pluginserver");
  const lines = [
    "#!/bin/sh",
    'here=$(cd "$(dirname "$0")" && pwd)',
    'TS_NODE_CWD="$here" TS_NODE_SKIP_PROJECT=true exec node "$here/node_modules/kong-pdk/bin/kong-js-pluginserver" "$@"',
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  chmodSync(file, 0o755);
}

/** @returns {Promise<0 | 1>} as the exit codes above */
export async function ensureJavascript() {
  const lock = readFileSync(join(pinned, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return 0;
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) {
    copyFileSync(join(pinned, file), join(folder, file));
  }
  const words = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  const title = "installing Kong's SDK for JavaScript from npm";
  if (!(await step(title, words, { cwd: folder, tries: DOWNLOAD_TRIES_MAX }))) return 1;
  writeLauncher();
  writeFileSync(marker, wanted);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await ensureJavascript();
}
