/** The access log: nginx's format, few writes, bounded memory, rotation. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { accessLine, localTime, logValue } from "../../../core/telemetry/access-line.ts";
import { AccessLog, FLUSH_CHARS, PENDING_CHARS_MAX } from "../../../core/telemetry/access-log.ts";

describe("a line of the access log", () => {
  it("is nginx's combined format and the request id", () => {
    const line = accessLine("10.0.0.1", "", 0, "GET /x?a=1 HTTP/1.1", 200, 12, "", "curl/8", "abc");
    assert.equal(
      line,
      `10.0.0.1 - - [${localTime(0)}] "GET /x?a=1 HTTP/1.1" 200 12 "-" "curl/8" kong_request_id: "abc"`,
    );
    assert.match(localTime(1_795_259_431_500), /^\d\d\/Nov\/2026:\d\d:\d\d:31 [+-]\d{4}$/);
  });

  it("escapes as nginx does, so that a client cannot write lines of its own", () => {
    const cases: readonly (readonly [string, string])[] = [
      ["", "-"],
      ["plain text", "plain text"],
      ['say "hi"', "say \\x22hi\\x22"],
      ["back\\slash", "back\\x5Cslash"],
      ["two\r\nlines", "two\\x0D\\x0Alines"],
      ["tab\t", "tab\\x09"],
      ["\u007f\u00e9", "\\x7F\\xE9"],
      ["\u20ac", "\\xE2\\x82\\xAC"],
    ];
    for (const [text, logged] of cases) assert.equal(logValue(text), logged);
  });
});

describe("the access log", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "telemetry-access-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is not there when the setting says off", () => {
    assert.equal(AccessLog.open("off", folder), null);
  });

  it("writes lines in order to a path below the prefix, whose folders it makes", async () => {
    const log = AccessLog.open("logs/deep/access.log some_format", folder)!;
    const lines = Array.from({ length: 3000 }, (_, i) => `${i} ${"x".repeat(50)}`);
    assert.ok(lines.join("").length > FLUSH_CHARS);
    for (const line of lines) log.write(line);
    await log.close();
    assert.equal(
      readFileSync(join(folder, "logs/deep/access.log"), "utf8"),
      `${lines.join("\n")}\n`,
    );
    assert.equal(log.dropped, 0);
    log.write("after the end");
    assert.equal(log.dropped, 1);
  });

  it("tells once of lines that a full disk does not take, and goes on", async () => {
    const log = AccessLog.open("/dev/full", folder)!;
    const told: string[] = [];
    log.onLost = (dropped, cause) =>
      told.push(`${dropped} ${(cause as NodeJS.ErrnoException).code}`);
    log.write("one\ntwo");
    await log.flushed();
    log.write("three");
    await log.flushed();
    assert.deepEqual(told, ["2 ENOSPC"]);
    assert.equal(log.dropped, 3);
    await log.close();
  });

  it("drops and counts what does not fit while a write is under way", async () => {
    const log = AccessLog.open("bounded.log", folder)!;
    const line = "y".repeat(PENDING_CHARS_MAX / 4);
    for (let i = 0; i < 8; i++) log.write(line); // nothing can be written before this turn of the loop ends
    assert.ok(log.dropped > 0);
    const dropped = log.dropped;
    await log.close();
    const written = readFileSync(join(folder, "bounded.log"), "utf8").split("\n").length - 1;
    assert.equal(written + dropped, 8);
  });

  it("goes on in a new file after reopen", async () => {
    const log = AccessLog.open("rotated.log", folder)!;
    log.write("first");
    await log.flushed();
    renameSync(join(folder, "rotated.log"), join(folder, "rotated.log.1"));
    log.reopen();
    log.write("second");
    await log.close();
    assert.equal(readFileSync(join(folder, "rotated.log.1"), "utf8"), "first\n");
    assert.equal(readFileSync(join(folder, "rotated.log"), "utf8"), "second\n");
  });

  // Goal: a process that ends without closing keeps its last lines. Method: such a process.
  it("is flushed when the process exits", () => {
    const module = join(import.meta.dirname, "../../../core/telemetry/access-log.ts");
    const code = `import { AccessLog } from ${JSON.stringify(module)};
      const log = AccessLog.open("exit.log", ${JSON.stringify(folder)});
      log.write("last words"); process.exit(3);`;
    const run = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code]);
    assert.equal(run.status, 3, String(run.stderr));
    assert.equal(readFileSync(join(folder, "exit.log"), "utf8"), "last words\n");
  });
});
