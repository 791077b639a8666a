/**
 * Makes what the example in Ruby is built on: where it may (as root, with apt-get) it installs Debian's Ruby with gRPC,
 * and then generates messages and service from the .proto into `.cache/grpc-ruby`, by the example's own script.
 *
 * Exit codes: 0 it is there, 1 a step failed, 2 there is no usable Ruby and none can be installed (a line says which).
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cache, DOWNLOAD_TRIES_MAX, root, run, step } from "./steps.mjs";

const folder = join(cache, "grpc-ruby");
const marker = join(folder, "generated");
const script = join(root, "examples", "grpc-ruby", "generate.sh");
const MADE_OF = [script, join(root, "proto", "dragoman", "plugin.proto")];
const PACKAGES = ["ruby", "ruby-grpc", "ruby-grpc-tools"];
/** Without a question, and no more than what is named. */
const INSTALL = ["apt-get", "install", "--yes", "--no-install-recommends"];
/** How long to wait for another apt-get, in seconds. */
const LOCK = ["-o", "DPkg::Lock::Timeout=120"];
/** apt-get asks nobody anything. */
const QUIET = { DEBIAN_FRONTEND: "noninteractive" };

function wanted() {
  const hash = createHash("sha256");
  for (const file of MADE_OF) hash.update(readFileSync(file));
  return hash.digest("hex");
}

async function hasRuby() {
  if ((await run(["ruby", "-e", 'require "grpc"'])).code !== 0) return false;
  return (await run(["grpc_tools_ruby_protoc", "--version"])).code === 0;
}

/** Can the packages be installed here? Asks only; apt-get changes nothing. */
async function canInstall() {
  if (process.getuid?.() !== 0) return false;
  return (await run([...INSTALL, "--simulate", ...PACKAGES])).code === 0;
}

/** @returns {Promise<0 | 1 | 2>} as the exit codes above */
export async function ensureRuby() {
  if (!(await hasRuby())) {
    if (!(await canInstall())) {
      const packages = PACKAGES.join(" ");
      console.error(`note: no Ruby with gRPC (Debian: apt install ${packages}); the example in Ruby is left out`);
      return 2; // also where CI is set: only Debian has these packages, and only root may install them
    }
    const words = [...INSTALL, ...LOCK, ...PACKAGES];
    const options = { env: QUIET, tries: DOWNLOAD_TRIES_MAX };
    if (!(await step("installing Debian's Ruby with gRPC", words, options))) return 1;
  }
  const version = wanted();
  if (existsSync(marker) && readFileSync(marker, "utf8") === version) return 0;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (!(await step("generating Ruby from plugin.proto", ["sh", script]))) return 1;
  writeFileSync(marker, version);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await ensureRuby();
