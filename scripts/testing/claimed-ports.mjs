/**
 * Ports for processes that are told a number before they listen: while they are not taken yet, nobody else may get them.
 *
 * Port 0 cannot do that: what it gave is free again when it is closed, and the next connection out of this machine, or
 * another test's port 0, may be given the same. So these come from below the range that the kernel gives out by itself,
 * and a file per port keeps them for one process, over all checkouts of a user.
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = join(tmpdir(), `dragoman-ports-${process.getuid?.() ?? "all"}`);
/** Single ports: from, and below. Above Kong's own, below those of recordings. */
const [LEAST, BELOW] = [10_000, 18_000];
/**
 * First ports of what plays recordings. It uses offsets up to 800; no base ends in 000, because recorded numbers like 25000
 * would be taken for ports.
 */
const BASES = Array.from({ length: 12 }, (_, i) => 20_010 + i * 900);
/** All that the players of recordings listen on or start gateways on, above the base. */
const OFFSETS = [0, 1, 10, 20, 30, 100, 443, ...Array.from({ length: 13 }, (_, i) => 700 + i), 800];
/** A claim of a process that is no more counts for so long, in milliseconds: then nobody else is about to remove it. */
const STALE_MS = 60_000;
/** How long to wait for a base, and between two looks, in milliseconds. */
const BASE_MS_MAX = 600_000;
const LOOK_MS = 200;

const mine = new Set();
process.on("exit", () => {
  for (const file of mine) rmSync(file, { force: true });
});

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause.code === "EPERM";
  }
}

function removeStale(file) {
  try {
    const isOld = Date.now() - statSync(file).mtimeMs > STALE_MS;
    if (isOld && !isAlive(Number(readFileSync(file, "utf8")))) rmSync(file, { force: true });
  } catch {
    // it was removed meanwhile
  }
}

/** @returns {string | null} the file that says so; null where another process has it */
function claim(name) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, String(name));
  removeStale(file);
  try {
    const handle = openSync(file, "wx");
    writeSync(handle, String(process.pid));
    closeSync(handle);
  } catch (cause) {
    if (cause.code === "EEXIST") return null;
    throw cause;
  }
  mine.add(file);
  return file;
}

function release(file) {
  mine.delete(file);
  rmSync(file, { force: true });
}

/** Does nobody listen there, of those who claim nothing? */
function isFree(port) {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
}

/** That many ports of loopback, all different; this process keeps them until it ends. */
export async function claimPorts(count) {
  const ports = [];
  while (ports.length < count) {
    const port = LEAST + Math.floor(Math.random() * (BELOW - LEAST));
    if (claim(port) !== null && (await isFree(port))) ports.push(port);
  }
  return ports;
}

async function claimBase() {
  for (const base of BASES) {
    const file = claim(`base-${base}`);
    if (file === null) continue;
    const free = await Promise.all(OFFSETS.map((offset) => isFree(base + offset)));
    if (!free.includes(false)) return { base, file };
    release(file);
  }
  return null;
}

/**
 * Use a row of ports for what plays recordings.
 *
 * @template T
 * @param {(base: number) => Promise<T>} use
 * @throws where no row gets free
 */
export async function withPortBase(use) {
  const until = performance.now() + BASE_MS_MAX;
  for (;;) {
    const claimed = await claimBase();
    if (claimed !== null) {
      try {
        return await use(claimed.base);
      } finally {
        release(claimed.file);
      }
    }
    if (performance.now() > until) throw new Error(`no ports for recordings got free within ${BASE_MS_MAX / 1000} s`);
    await new Promise((next) => setTimeout(next, LOOK_MS));
  }
}
