/** When new code counts as worse than the code before. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isWorse } from "../../../core/plugin-host/canary.ts";
import { mayRead, visibleLines } from "../../../core/plugin-host/native/visible.ts";

const worse = (events: number, failures: number, eventsBefore: number, failuresBefore: number) =>
  isWorse({ generation: 1, events, failures, eventsBefore, failuresBefore });

describe("new code on trial", () => {
  it("is worse where clearly more of it fails", () => {
    assert.equal(worse(100, 10, 1000, 0), true);
    assert.equal(worse(100, 30, 1000, 100), true);
  });

  it("is not where it fails as the code before, or hardly at all, or has hardly been asked", () => {
    assert.equal(worse(100, 12, 1000, 100), false);
    assert.equal(worse(100, 4, 1000, 0), false);
    assert.equal(worse(19, 19, 1000, 0), false);
  });
});

describe("what the snapshot of an event shows", () => {
  const lines = "Host: a\r\nX-Key: k\r\nX_Key: u\r\ncookie: c\r\n";

  it("is everything where there are no rules", () => {
    assert.equal(visibleLines(lines, null, "headers"), lines);
    assert.equal(visibleLines(lines, { headers: true }, "headers"), lines);
  });

  it("is the headers that are named, however they are written", () => {
    const shown = visibleLines(lines, { headers: ["x-key"] }, "headers");
    assert.equal(shown, "X-Key: k\r\nX_Key: u\r\n");
    assert.equal(visibleLines(lines, {}, "headers"), "");
    assert.equal(mayRead({}, "body"), false);
  });
});
