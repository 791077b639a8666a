/**
 * A run of the tests that is told to end takes along all that it has started.
 *
 * That is more than its children: tests start gateways, which leave their parent, and plugin servers and installers, which are
 * leaders of groups of their own. What they have in common is the environment they began with, so the run writes its mark
 * there; what a gateway starts in a clean environment is found as the child of one that has it. This reads /proc; where there
 * is none only the group of the terminal ends, as with any program.
 */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";

/** The marks of the runs that a process belongs to; a run within a run adds its own. */
const VARIABLE = "TEST_RUNS";
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
/** How often to look for what was started while the others were ended, and how long to wait between, in milliseconds. */
const ROUNDS_MAX = 20;
const ROUND_MS = 50;
/** How many of the rounds ask before one that is not asked: a gateway has then ended its plugin servers itself. */
const ROUNDS_ASKED = 10;

/** Text of a file of a process; "" where it ended meanwhile or is somebody else's. */
function textOf(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}

/**
 * Those that run, by number: the parent, and when it began, which tells it from a later one of the same number.
 *
 * @returns {Map<number, {parent: number, began: string}>} without those that only wait to be looked at by their parent
 */
function processes() {
  let names = [];
  try {
    names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    // not Linux
  }
  const found = new Map();
  for (const name of names) {
    const stat = textOf(name, "stat");
    // "pid (name) state parent ...", the 22nd is when it began; the name may have anything in it
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (rest.length > 0 && state !== "Z") found.set(Number(name), { parent: Number(parent), began: rest[17] });
  }
  return found;
}

/** What a run has started, looked at again and again: who was found once is known also when its parent has left. */
class Started {
  /** When each began, by number. */
  #known = new Map();
  #mark;

  constructor(mark) {
    this.#mark = mark;
  }

  /** @returns {number[]} numbers of what runs with the mark and all children of it, without this process */
  running() {
    const all = processes();
    const ours = new Set([process.pid]);
    for (const [pid, { began }] of all) {
      if (this.#known.get(pid) === began || textOf(pid, "environ").includes(this.#mark)) ours.add(pid);
    }
    for (let before = 0; before < ours.size; ) {
      before = ours.size;
      for (const [pid, { parent }] of all) if (ours.has(parent)) ours.add(pid);
    }
    ours.delete(process.pid);
    for (const pid of ours) this.#known.set(pid, all.get(pid).began);
    return [...ours];
  }
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended
  }
}

/** End them, and what they start meanwhile. @returns {Promise<number>} how many there were */
async function endAll(mark) {
  const started = new Started(mark);
  const ended = new Set();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const left = started.running();
    if (left.length === 0) break;
    for (const pid of left) {
      if (round >= ROUNDS_ASKED) send(pid, "SIGKILL");
      else if (!ended.has(pid)) send(pid, "SIGTERM");
      ended.add(pid);
    }
    await new Promise((next) => setTimeout(next, ROUND_MS));
  }
  for (const pid of started.running()) send(pid, "SIGKILL");
  return ended.size;
}

let isEnding = false;

/** Has a signal come? Then nothing more is to be started. */
export function isEnded() {
  return isEnding;
}

/** From now on a signal that ends this process ends what it has started, in one line. */
export function endWithChildren() {
  const mark = randomUUID();
  process.env[VARIABLE] = [process.env[VARIABLE], mark].filter(Boolean).join(" ");
  for (const signal of SIGNALS) {
    process.on(signal, async () => {
      if (isEnding) return;
      isEnding = true;
      const count = await endAll(mark);
      console.log(`ended by ${signal}, with ${count} processes that were started`);
      process.exit(128 + constants.signals[signal]);
    });
  }
}
