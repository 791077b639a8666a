/**
 * Tests that play suites of ../shared/conformance, several files at once: a player mostly waits, for a gateway that starts or
 * a pause that was recorded.
 *
 * The players' own waits are fixed (a recording says "a second later"), so on a busy machine what was to arrive within one
 * may not be there. A file that differs is played again, and has failed if it differs each time; that it was needed is said.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { type Suite, SUITES, suitesFolder } from "../../scripts/conformance-suites.mjs";

/** How often a file is played until it is as recorded. */
const PLAYS_MAX = 3;
/** Players at once. */
const PLAYERS = 3;
const skip = existsSync(suitesFolder) ? false : "../shared/conformance is not on this machine";

/** Files to play, `[undefined]` for a suite that has none; of a long suite only those that are meant for the tests. */
function filesOf({ isLong, inTests, files }: Suite): readonly (string | undefined)[] {
  return (isLong === true ? inTests : files) ?? [undefined];
}

/** Only what differs, of what a player prints. */
function differencesIn(output: string): string {
  return output.split("\n").filter((line) => !/^\s*✓/.test(line)).join("\n").trim(); // biome-ignore format: one line
}

/** Files that differed are played one behind the other: what made them differ was most likely the load. */
let again: Promise<unknown> = Promise.resolve();

async function play(t: TestContext, suite: Suite, file: string | undefined): Promise<void> {
  let outcome = await suite.play(file);
  for (let plays = 1; outcome.failed > 0 && plays < PLAYS_MAX; plays++) {
    t.diagnostic(`played again: ${file ?? suite.name}: ${differencesIn(outcome.output)}`);
    const turn = again.then(() => suite.play(file));
    again = turn.catch(() => {});
    outcome = await turn;
  }
  assert.equal(outcome.failed, 0, differencesIn(outcome.output));
  assert.ok(outcome.passed > 0, "nothing was played");
}

function declare(suites: readonly Suite[]): void {
  describe(suites.map(({ name }) => name).join(", "), { skip, concurrency: PLAYERS }, () => {
    for (const suite of suites) {
      for (const file of filesOf(suite)) {
        const name = file ?? suite.name;
        it(name, { skip: suite.needs?.() ?? false }, (t) => play(t, suite, file));
      }
    }
  });
}

/** Suites of which `npm test` plays something; the cases of the router are played by its unit tests. */
const PLAYED = SUITES.filter(
  ({ name, isLong, inTests }) => name !== "router" && (isLong !== true || inTests !== undefined),
);

/**
 * Declare a test for each file of these suites that `npm test` plays. Long suites have a file of tests each, so that the limit
 * of a process of tests leaves each of them ample time.
 */
export function playNamed(names: readonly string[]): void {
  const found = PLAYED.filter(({ name }) => names.includes(name));
  assert.equal(
    found.length,
    names.length,
    `suites that are played: ${PLAYED.map(({ name }) => name)}`,
  );
  declare(found);
}

/** All that are played but these. */
export function playOthers(names: readonly string[]): void {
  declare(PLAYED.filter(({ name }) => !names.includes(name)));
}
