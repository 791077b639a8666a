/**
 * Steps of recordings whose answers here differ from Kong's for a reason: the lists of test/conformance/exceptions.
 *
 * A list whose name ends in `-later` holds what waits for a part that the gateway does not have yet; every other entry is a
 * difference that is meant, with a reason that a user of Kong would accept. A player counts a step that is listed and no
 * longer differs as failed, so what is played cannot be listed in vain.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./steps.mjs";

const folder = join(root, "test", "conformance", "exceptions");
/** Lists for the same recordings played with plugin servers of our own; they excuse nothing for those of Kong's SDKs. */
const OTHER_SERVERS = /-(?:native|kong)-/;
const LATER = /-later\.json$/;

/**
 * Every list that counts for an area.
 *
 * @param {string} [own] one list more, of those that are for one area alone
 * @returns {{name: string, isLater: boolean, reasons: Record<string, string>}[]}
 */
export function listsFor(own) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json") && (!OTHER_SERVERS.test(name) || name === own))
    .map((name) => ({
      name,
      isLater: LATER.test(name),
      reasons: JSON.parse(readFileSync(join(folder, name), "utf8")),
    }));
}

/**
 * All of them as one file, because an area may be played in parts.
 *
 * @param {string} into an empty folder
 * @returns {string} the file
 */
export function exceptionsFile(into, own) {
  const file = join(into, "exceptions.json");
  writeFileSync(file, JSON.stringify(Object.assign({}, ...listsFor(own).map(({ reasons }) => reasons))));
  return file;
}

/**
 * How many steps of a scenario file are listed.
 *
 * @param {string} file path of the scenario
 * @returns {{excepted: number, later: number}}
 */
export function countListed(file, own) {
  const prefix = `${JSON.parse(readFileSync(file, "utf8")).name} / `;
  const counts = { excepted: 0, later: 0 };
  for (const { isLater, reasons } of listsFor(own)) {
    const listed = Object.keys(reasons).filter((id) => id.startsWith(prefix)).length;
    counts[isLater ? "later" : "excepted"] += listed;
  }
  return counts;
}

/**
 * An area's line: steps as they were recorded, and what became of them. The share of exceptions is of the steps of parts
 * that the gateway has.
 */
export function figures({ passed, failed, skipped, excepted, later }) {
  const steps = passed + failed + skipped;
  const there = steps - later;
  const percent = there === 0 ? "0.0" : ((100 * excepted) / there).toFixed(1);
  const rest = skipped - excepted - later;
  const unplayed = rest > 0 ? `, ${rest} not played` : "";
  return `${steps} steps: ${passed} equal, ${failed} failed, ${excepted} exceptions (${percent} %), ${later} later${unplayed}`;
}
