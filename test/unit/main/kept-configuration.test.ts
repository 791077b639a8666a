/** The last POST /config on its way into the prefix: nothing of it is lost, and nothing half-written is left behind. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { KeptConfiguration } from "../../../core/main/kept-configuration.ts";
import { OneAtATime } from "../../../core/main/one-at-a-time.ts";
import { type LogFields, type Logger, NO_LOG } from "../../../core/telemetry/log.ts";

const FILE = "config.cache.json";
let prefix = "";
let said: string[] = [];
const note = (level: string) => (first: LogFields | string, text?: string) => {
  said.push(`${level}: ${text ?? String(first)}`);
};
const log: Logger = { ...NO_LOG, error: note("error"), notice: note("notice") };
beforeEach(() => {
  prefix = mkdtempSync(join(tmpdir(), "kept-"));
  said = [];
});
afterEach(() => rmSync(prefix, { recursive: true }));

const stands = (): string => readFileSync(join(prefix, FILE), "utf8");

describe("a posted configuration", () => {
  it("is read again, and nothing where none was posted", () => {
    const kept = new KeptConfiguration(prefix, log);
    assert.equal(kept.read(), null);
    kept.write("one");
    assert.equal(kept.read(), "one");
    assert.deepEqual(readdirSync(prefix), [FILE]);
    assert.deepEqual(said, []);
  });

  it("is written when there is a way, where there was none at first", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const kept = new KeptConfiguration(prefix, log);
    mkdirSync(join(prefix, FILE)); // nothing can take the place of a folder
    kept.write("one");
    kept.write("two");
    assert.deepEqual(readdirSync(prefix), [FILE], "no draft is left to fill the disk");
    t.mock.timers.tick(60_000);
    rmdirSync(join(prefix, FILE));
    t.mock.timers.tick(60_000);
    assert.equal(stands(), "two");
    assert.match(said.shift()!, /^error: .* is in force, and could not be kept/);
    assert.match(said.at(-1)!, /^notice: a posted configuration is kept/);
    kept.end();
  });

  it("has a last chance when the gateway ends", () => {
    const kept = new KeptConfiguration(prefix, log);
    mkdirSync(join(prefix, FILE));
    kept.write("one");
    rmdirSync(join(prefix, FILE));
    kept.end();
    assert.equal(stands(), "one");
  });

  it("is named where it is there and cannot be read", () => {
    mkdirSync(join(prefix, FILE));
    const why = `could not read ${join(prefix, FILE)}: EISDIR: illegal operation on a directory, read`;
    assert.throws(() => new KeptConfiguration(prefix, log).read(), { message: why });
  });
});

describe("a turn", () => {
  it("is one's alone, and goes to who waits for it before it is free", async () => {
    const turn = new OneAtATime();
    assert.ok(turn.tryTake());
    assert.ok(!turn.tryTake());
    const waiting = turn.take();
    turn.give();
    await waiting;
    assert.ok(!turn.tryTake(), "it went to who waited");
    turn.give();
    assert.ok(turn.tryTake());
  });
});
