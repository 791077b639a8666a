/**
 * The lists of exceptions themselves. A listed step that no longer differs fails where it is played; this finds the entries
 * that nobody plays any more, and says how many there may be.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { countListed, figures, listsFor } from "../../scripts/conformance-exceptions.mjs";
import { type Suite, SUITES, suitesFolder } from "../../scripts/conformance-suites.mjs";

/** Share of differences that are meant, of the steps of parts that the gateway has: issue and README promise no more. */
const SHARE_MAX = 0.02;
/** A reason is a sentence. */
const REASON_LENGTH_MIN = 20;

type Steps = Record<string, unknown>;
interface Group {
  readonly name: string;
  readonly steps?: readonly { readonly name?: string }[];
}
/** A file of requests has groups, one of command lines has cases. */
interface Scenario {
  readonly name: string;
  readonly groups?: readonly Group[];
  readonly cases?: readonly Group[];
}

const recorded = join(suitesFolder, "recorded");
const skip = existsSync(recorded) ? false : "../shared/conformance is not on this machine";
const areas = SUITES.filter((suite) => suite.isRecorded === true);
/** Areas played with plugin servers of ours have lists of their own; the recordings are the same. */
const withKongsSdks = areas.filter(({ exceptions }) => exceptions === undefined);

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(join(recorded, file), "utf8")) as T;
}

/** Group to steps, of a scenario file. */
function answersTo(file: string): Record<string, Steps> {
  return readJson(file.replace(/\.json$/, ".answers.json"));
}

/** Names of the steps of a group: those that were recorded, those that Kong did not come to, and the group as a whole. */
function stepNames(group: Group, answers: Steps = {}): readonly string[] {
  const written = (group.steps ?? []).flatMap(({ name }) => name ?? []);
  return [...written, ...Object.keys(answers), "(start)", "(config)"];
}

/** Ids of the steps of these areas. */
function idsOf(some: readonly Suite[]): Set<string> {
  const ids = new Set<string>();
  for (const file of some.flatMap(({ files }) => files ?? [])) {
    const { name, groups, cases } = readJson<Scenario>(file);
    const answers = answersTo(file);
    for (const group of groups ?? cases ?? []) {
      for (const step of stepNames(group, answers[group.name])) {
        ids.add(`${name} / ${group.name} / ${step}`);
      }
    }
  }
  return ids;
}

function stepsOf(files: readonly string[]): number {
  const groups = files.flatMap((file) => Object.values(answersTo(file)));
  return groups.reduce((steps, group) => steps + Object.keys(group).length, 0);
}

describe("exceptions of recordings", { skip }, () => {
  let ids: Set<string>;
  before(() => {
    ids = idsOf(areas);
  });

  it("each is of a step that is played", () => {
    const owns = areas.map(({ exceptions }) => exceptions);
    const listed = owns.flatMap((own) =>
      listsFor(own).flatMap(({ reasons }) => Object.keys(reasons)),
    );
    assert.deepEqual(
      [...new Set(listed)].filter((id) => !ids.has(id)),
      [],
    );
  });

  it("each is in one list that counts for an area", () => {
    for (const { exceptions } of areas) {
      const all = listsFor(exceptions).flatMap(({ reasons }) => Object.keys(reasons));
      assert.deepEqual(
        all.filter((id, at) => all.indexOf(id) !== at),
        [],
      );
    }
  });

  it("each has a reason; only a list of later parts speaks of later", () => {
    for (const { exceptions } of areas) {
      for (const { name, isLater, reasons } of listsFor(exceptions)) {
        for (const [id, reason] of Object.entries(reasons)) {
          assert.ok(reason.length >= REASON_LENGTH_MIN, `${name}: ${id}`);
          assert.equal(/\blater\b/.test(reason), isLater, `${name}: ${id}: ${reason}`);
        }
      }
    }
  });

  it(`are at most ${SHARE_MAX * 100} % of the steps, beside those of later parts`, () => {
    const files = withKongsSdks.flatMap((suite) => suite.files ?? []);
    const listed = files.map((file) => countListed(join(recorded, file)));
    const excepted = listed.reduce((sum, one) => sum + one.excepted, 0);
    const later = listed.reduce((sum, one) => sum + one.later, 0);
    const there = stepsOf(files) - later;
    assert.ok(excepted <= SHARE_MAX * there, `${excepted} of ${there}`);
  });
});

describe("figures of an area", () => {
  it("gives the share of the steps of parts that are there", () => {
    const outcome = { passed: 90, failed: 1, skipped: 59, excepted: 9, later: 50 };
    assert.equal(figures(outcome), "150 steps: 90 equal, 1 failed, 9 exceptions (9.0 %), 50 later");
    assert.equal(
      figures({ ...outcome, skipped: 159 }),
      "250 steps: 90 equal, 1 failed, 9 exceptions (4.5 %), 50 later, 100 not played",
    );
  });
});
