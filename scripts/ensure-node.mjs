/**
 * A current Node.js beside the one that runs this: installed from npm into the project's cache, for a second run of the tests.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cache, DOWNLOAD_TRIES_MAX, notThere, run, step } from "./steps.mjs";

/** The version that the tests run on besides the one at hand. */
export const CURRENT_NODE = "26.10.0";

const folder = join(cache, `node-${CURRENT_NODE}`);
const program = join(folder, "node_modules", "node", "bin", "node");

/** @returns {Promise<string | null>} path of the program; null, with a line, where it cannot be had */
export async function ensureCurrentNode() {
  // asked and not looked at: an installation that was broken off leaves a file, too
  if (existsSync(program) && (await run([program, "--version"])).code === 0) return program;
  const words = ["npm", "install", "--prefix", folder, "--no-save", "--no-audit", "--no-fund", `node@${CURRENT_NODE}`];
  const options = { tries: DOWNLOAD_TRIES_MAX };
  if (await step(`installing Node.js ${CURRENT_NODE}`, words, options)) return program;
  notThere(`Node.js ${CURRENT_NODE} cannot be installed`, "the tests run on this Node.js alone");
  return null;
}
