/**
 * Runs a bundle of dist/code with the code that V8 compiled at build time, so that a start compiles next to nothing.
 *
 * CommonJS, and copied into dist/ as it is: V8 takes compiled code for scripts only where `vm.Script` is handed it, and
 * the loader of modules costs a start more than a bundle needs. Compiled code of another Node or of other V8 flags is
 * refused by V8, and the bundle compiled as ever.
 */
"use strict";
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const { createRequire, wrap } = require("node:module");
const { dirname, join } = require("node:path");
const { Script } = require("node:vm");

/** Set by the build: compiled code is written when the process exits, with all functions that have run. */
const IS_RECORDING = process.env.DRAGOMAN_RECORDS_CODE === "1";

/** @param {string} name of a bundle: "cli", "primary", "worker" */
module.exports = function loadBundle(name) {
  const filename = join(__dirname, "code", `${name}.cjs`);
  const cache = join(__dirname, "code", `${name}.v8`);
  // bundles are ASCII: a string of one byte a character, without decoding
  const source = wrap(readFileSync(filename, "latin1"));
  const script = new Script(source, {
    filename,
    cachedData: IS_RECORDING ? undefined : readIfThere(cache),
  });
  if (IS_RECORDING) process.on("exit", () => write(cache, script.createCachedData()));
  const module = { exports: {}, loadModule: (specifier) => import(specifier) };
  const run = script.runInThisContext();
  run(module.exports, createRequire(filename), module, filename, dirname(filename));
};

function readIfThere(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined; // a build that could not run the gateway, see scripts/record-code.mjs
  }
}

function write(path, bytes) {
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, bytes);
  renameSync(fresh, path);
}
