/** The error log: Kong's levels, one JSON line per record, rotation. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  createLog,
  isLogLevel,
  LOG_LEVELS,
  type LogLevel,
  NO_LOG,
} from "../../../core/telemetry/log.ts";

const levels = Object.keys(LOG_LEVELS) as LogLevel[];

describe("the error log", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "telemetry-log-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const records = (path: string): Record<string, unknown>[] =>
    readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  // Goal: a level lets itself and what is more severe through. Method: every pair of a log's and a record's level.
  it("writes what is as severe as its level or more", () => {
    for (const [index, level] of levels.entries()) {
      const destination = join(folder, `${level}.log`);
      const log = createLog({ level, destination });
      for (const each of levels) {
        log[each]({ at: each }, "a sentence");
        assert.equal(
          log.isLevelEnabled(each),
          levels.indexOf(each) >= index,
          `${each} at ${level}`,
        );
      }
      assert.deepEqual(
        records(destination).map((record) => record.level),
        levels.slice(index),
      );
    }
  });

  it("writes fields, the fields of its children, the process and an error's stack", () => {
    const destination = join(folder, "fields.log");
    const log = createLog({ level: "info", destination, name: "worker 1" });
    log
      .child({ room: "admin" })
      .error({ cause: new Error("disk full"), bytes: 3 }, "could not write");
    const record = records(destination)[0]!;
    assert.equal(record.msg, "could not write");
    assert.equal(record.room, "admin");
    assert.equal(record.bytes, 3);
    assert.equal(record.name, "worker 1");
    assert.equal(record.pid, process.pid);
    assert.match(String(record.time), /^\d{4}-\d\d-\d\dT/);
    assert.match(String((record.cause as { stack: string }).stack), /disk full/);
  });

  it("goes on in a new file after the old one was moved away and it was told to reopen", () => {
    const destination = join(folder, "rotated.log");
    const log = createLog({ level: "info", destination });
    log.info("first");
    renameSync(destination, `${destination}.1`);
    log.info("second");
    log.reopen();
    log.info("third");
    assert.deepEqual(
      records(`${destination}.1`).map((record) => record.msg),
      ["first", "second"],
    );
    assert.deepEqual(
      records(destination).map((record) => record.msg),
      ["third"],
    );
  });

  // Method: a device that is always full; then a file whose folder is gone.
  it("does not end the process when nothing can be written, or the file cannot be opened anew", () => {
    const log = createLog({ level: "info", destination: "/dev/full" });
    for (let i = 0; i < 3; i++) log.error({ i }, "lost");
    const below = join(folder, "below");
    mkdirSync(below);
    const other = createLog({ level: "info", destination: join(below, "error.log") });
    rmSync(below, { recursive: true });
    other.reopen();
    other.error("into the file that is gone");
  });

  it("can be made readable for people", () => {
    const destination = join(folder, "pretty.log");
    const log = createLog({ level: "info", destination, pretty: true });
    log.child({ room: "store" }).crit({ rows: 2 }, "a sentence");
    assert.match(readFileSync(destination, "utf8"), /CRIT.*store: a sentence \{"rows":2\}\n$/);
  });

  it("gives a terminal no commands that came with a name or a value, and forges no line", () => {
    const path = join(folder, "harmless.log");
    const log = createLog({ level: "info", destination: path, pretty: true });
    const evil = "a\x1b[2J\x9b1m\x07\x7f";
    log.error({ name: evil, err: new Error(evil) }, `${evil}\n2026/01/01 EMERG: forged`);
    const text = readFileSync(path, "utf8");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(text, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    assert.doesNotMatch(text, /^2026\/01\/01 EMERG/m);
    assert.match(text, /a\\x1b\[2J\\x9b1m\\x07\\x7f/);
  });

  it("knows the names of the levels", () => {
    assert.equal(isLogLevel("notice"), true);
    assert.equal(isLogLevel("warning"), false);
    assert.equal(isLogLevel("toString"), false);
  });

  it("has a form that writes nothing", () => {
    assert.equal(NO_LOG.child({ room: "x" }).isLevelEnabled("emerg"), false);
  });
});
