/**
 * Makes `npx dragoman` work in a checkout.
 *
 * npm links the programs of dependencies into node_modules/.bin, but not those of the package itself, and npx would
 * then install the package anew into a cache of its own.
 */
import { mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "./steps.mjs";

/** Links `node_modules/.bin/dragoman`; nothing happens where it is right already. */
export function linkBin() {
  const folder = join(root, "node_modules", ".bin");
  const link = join(folder, "dragoman");
  const target = join("..", "..", "bin", "dragoman");
  try {
    if (readlinkSync(link) === target) return;
  } catch {
    // there is none, or something else is in its place
  }
  mkdirSync(folder, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(target, link);
}
