/** Of a failed run of another language's tests, the failure is shown and nothing else. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FAILED_LINES_MAX, whatFailed, type Runner } from "../../helpers/failed-output.ts";

const GO = `ok  	a/wire	0.1s
--- FAIL: TestDrain (0.75s)
    events_test.go:366: it did not end
FAIL
FAIL	a/serve	1.2s
ok  	a/turn	0.1s`;
const CARGO = `
running 2 tests
test one ... ok
test two ... FAILED

failures:

---- two stdout ----
thread 'two' panicked at tests/server.rs:30:9:
left: 1
failures:
    two`;
const MAVEN = `[INFO] Scanning for projects
[INFO] Running ConfigTest
[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0 <<< FAILURE!
org.opentest4j.AssertionFailedError: expected: <1> but was: <2>
[INFO] Results:
[ERROR] re-run Maven using the -X switch`;
const PYTEST = `..F.                                     [100%]
=================================== FAILURES ===================================
    assert 1 == 2
FAILED tests/test_a.py::test_it - assert 1 == 2`;

describe("what failed", () => {
  const cases: [Runner, string, string[], string[]][] = [
    ["go", GO, ["--- FAIL: TestDrain", "it did not end"], ["a/wire", "a/turn"]],
    ["cargo", CARGO, ["panicked at", "left: 1"], ["running 2", "... ok"]],
    ["maven", MAVEN, ["expected: <1>", "FAILURE!"], ["INFO", "re-run Maven"]],
    ["pytest", PYTEST, ["assert 1 == 2", "FAILED tests/test_a.py"], ["[100%]"]],
  ];
  for (const [runner, output, shown, left] of cases) {
    it(`in ${runner}`, () => {
      const text = whatFailed(runner, output);
      for (const part of shown) assert.ok(text.includes(part), `${part} in\n${text}`);
      for (const part of left) assert.ok(!text.includes(part), `${part} in\n${text}`);
    });
  }

  it("is the end of the output where nothing is recognised, and never long", () => {
    const many = Array.from({ length: 500 }, (_, n) => `line ${n}`);
    assert.equal(whatFailed("go", many.join("\n")).split("\n").at(-1), "line 499");
    const failing = ["--- FAIL: TestAll", ...many].join("\n");
    assert.equal(whatFailed("go", failing).split("\n").length, FAILED_LINES_MAX);
  });
});
