/** The phase runner: what a plugin's answer and a plugin's failure do to a request. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EXIT } from "../../../core/pdk/exit.ts";
import type { Kong } from "../../../core/pdk/kong.ts";
import {
  collectGlobal,
  hasBodyFilter,
  runAccess,
  runBodyFilter,
  runCertificate,
  runHeaderFilter,
  runLog,
  runResponse,
  runRewrite,
} from "../../../core/runloop/run-phase.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { ending, handler, makeIterator, plugin } from "./fixtures.ts";

const nothing = () => undefined;
const later = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("the phase runner, answers", () => {
  const exit = (_config: unknown, kong: Kong) => kong.response.exit(403, "no");

  it("skips access of the plugins behind an exit, and collects them", () => {
    for (const scope of [{}, { consumer: "someone" }]) {
      const diary: string[] = [];
      const all = { access: true, header_filter: true, body_filter: true, log: true } as const;
      const { iterator } = makeIterator(
        [plugin("a"), plugin("b"), plugin("b2", scope)],
        [
          handler("a", 2, diary, { access: exit }),
          handler("b", 1, diary, all),
          handler("b2", 0, diary, {}),
        ],
      );
      const x = makeExchange();
      const end = ending();
      assert.equal(runAccess(x, iterator, end.done), true);
      assert.equal(x.answer?.status, 403);
      assert.equal(x.answer?.source, "exit");
      assert.equal(x.failed, false);
      runHeaderFilter(x);
      assert.equal(hasBodyFilter(x), true);
      runBodyFilter(x);
      void runLog(x);
      assert.deepEqual(diary, ["a.access", "b.header_filter", "b.body_filter", "b.log"]);
      assert.equal(end.times, 1);
    }
  });

  it("takes an exit that the plugin's own try/catch swallowed", () => {
    const diary: string[] = [];
    const { iterator, records } = makeIterator(
      [plugin("a"), plugin("b")],
      [
        handler("a", 2, diary, {
          access: (_config, kong) => {
            try {
              kong.response.exit(401);
            } catch {
              // a plugin that catches everything
            }
          },
        }),
        handler("b", 1, diary, { access: true }),
      ],
    );
    const x = makeExchange();
    runAccess(x, iterator, nothing);
    assert.equal(x.answer?.status, 401);
    assert.deepEqual(diary, ["a.access"]);
    assert.deepEqual(records, []);
  });

  it("takes an exit after waiting, and one in rewrite", async () => {
    const { iterator, records } = makeIterator(
      [plugin("a"), plugin("b")],
      [
        handler("a", 2, [], {
          rewrite: async (_config, kong) => {
            await later();
            kong.response.exit(429);
          },
        }),
        handler("b", 1, [], { rewrite: () => assert.fail("must not run") }),
      ],
    );
    const x = makeExchange();
    const end = ending();
    assert.equal(runRewrite(x, iterator, end.done), false);
    await end.ended;
    assert.equal(x.answer?.status, 429);
    assert.deepEqual(records, []);
  });

  it("keeps the first answer of a request", () => {
    const { iterator } = makeIterator(
      [plugin("a")],
      [
        handler("a", 1, [], {
          access: (_config, kong) => {
            try {
              kong.response.exit(401);
            } catch {
              kong.response.exit(200);
            }
          },
        }),
      ],
    );
    const x = makeExchange();
    runAccess(x, iterator, nothing);
    assert.equal(x.answer?.status, 401);
  });

  it("makes the response buffered where a plugin has a response method", () => {
    for (const scope of [{}, { consumer: "c" }]) {
      const diary: string[] = [];
      const rows = [plugin("a"), plugin("b", scope)];
      const { iterator } = makeIterator(rows, [
        handler("a", 2, diary, { response: exit }),
        handler("b", 1, diary, { log: true }),
      ]);
      const x = makeExchange();
      runAccess(x, iterator, nothing);
      assert.equal(x.buffered, true);
      const end = ending();
      assert.equal(runResponse(x, end.done), true);
      assert.equal(x.answer?.status, 403);
      assert.deepEqual(diary, ["a.response"]);
    }
  });
});

describe("the phase runner, failures", () => {
  const fail = () => {
    throw new Error("broken");
  };

  it("answers a failure in access with Kong's error and runs no further access", () => {
    for (const scope of [{}, { consumer: "c" }]) {
      const diary: string[] = [];
      const { iterator, records } = makeIterator(
        [plugin("a"), plugin("b", scope), plugin("c")],
        [
          handler("a", 3, diary, { access: fail }),
          handler("b", 2, diary, {}),
          handler("c", 1, diary, { access: true, log: true }),
        ],
      );
      const x = makeExchange();
      runAccess(x, iterator, nothing);
      assert.deepEqual(
        { status: x.answer?.status, template: x.answer?.template, source: x.answer?.source },
        { status: 500, template: "An unexpected error occurred", source: "error" },
      );
      assert.equal(x.failed, true);
      void runLog(x);
      assert.deepEqual(diary, ["a.access", "c.log"]);
      assert.equal(records.length, 1, "logged once");
      const { fields, level } = records[0]!;
      assert.equal(level, "error");
      assert.deepEqual([fields.request_id, fields.plugin, fields.phase], [x.id, "a", "access"]);
    }
  });

  it("answers a failure in rewrite and in response with the page for 500", () => {
    const { iterator } = makeIterator(
      [plugin("a")],
      [handler("a", 1, [], { rewrite: fail, response: fail })],
    );
    const x = makeExchange();
    runRewrite(x, iterator, nothing);
    assert.deepEqual([x.answer?.status, x.answer?.template, x.failed], [500, null, true]);
    const y = makeExchange();
    collectGlobal(y, iterator);
    runResponse(y, nothing);
    assert.deepEqual([y.answer?.status, y.answer?.template, y.failed], [500, null, true]);
  });

  it("takes a rejected promise and a thenable that throws for a failure", async () => {
    const throwing = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what it is
      then: fail,
    };
    for (const bad of [() => Promise.reject(new Error("late")), () => throwing]) {
      const { iterator, records } = makeIterator(
        [plugin("a")],
        [handler("a", 1, [], { access: bad })],
      );
      const x = makeExchange();
      const end = ending();
      runAccess(x, iterator, end.done);
      await end.ended;
      assert.equal(x.answer?.status, 500);
      assert.equal(records.length, 1);
      assert.equal(end.times, 1);
    }
  });

  it("logs a failure in header_filter, body_filter and log, and runs the others", () => {
    const diary: string[] = [];
    const bad = { header_filter: fail, body_filter: fail, log: fail };
    const good = { header_filter: true, body_filter: true, log: true } as const;
    const { iterator, records } = makeIterator(
      [plugin("a"), plugin("b")],
      [handler("a", 2, [], bad), handler("b", 1, diary, good)],
    );
    const x = makeExchange();
    collectGlobal(x, iterator);
    runHeaderFilter(x);
    assert.equal(x.failed, true);
    runBodyFilter(x);
    assert.equal(runLog(x), undefined);
    assert.deepEqual(diary, ["b.header_filter", "b.body_filter", "b.log"]);
    assert.deepEqual(
      records.map((r) => r.fields.phase),
      ["header_filter", "body_filter", "log"],
    );
    assert.equal(x.answer, null);
  });

  it("waits in header_filter and body_filter, and goes on with the others after a failure", async () => {
    const diary: string[] = [];
    const slow = { header_filter: () => later().then(fail), body_filter: () => later() };
    const good = { header_filter: true, body_filter: true } as const;
    const { iterator, records } = makeIterator(
      [plugin("a"), plugin("b")],
      [handler("a", 2, diary, slow), handler("b", 1, diary, good)],
    );
    const x = makeExchange();
    collectGlobal(x, iterator);
    const head = ending();
    assert.equal(runHeaderFilter(x, head.done), false);
    assert.equal(head.times, 0);
    await head.ended;
    assert.equal(x.failed, true);
    assert.match(String(records[0]?.fields.err), /broken/);
    const body = ending();
    assert.equal(runBodyFilter(x, body.done), false);
    await body.ended;
    assert.deepEqual(
      diary.filter((line) => line.startsWith("b.")),
      ["b.header_filter", "b.body_filter"],
    );
  });

  it("goes on with log after a plugin whose log rejects", async () => {
    const diary: string[] = [];
    const { iterator, records } = makeIterator(
      [plugin("a"), plugin("b")],
      [
        handler("a", 2, diary, { log: () => Promise.reject(new Error("late")) }),
        handler("b", 1, diary, { log: true }),
      ],
    );
    const x = makeExchange();
    collectGlobal(x, iterator);
    await runLog(x);
    assert.deepEqual(diary, ["a.log", "b.log"]);
    assert.equal(records.length, 1);
  });

  it("treats EXIT thrown without an answer as a failure", () => {
    const { iterator } = makeIterator(
      [plugin("a")],
      [
        handler("a", 1, [], {
          access: () => {
            throw EXIT;
          },
        }),
      ],
    );
    const x = makeExchange();
    runAccess(x, iterator, nothing);
    assert.equal(x.answer?.status, 500);
  });

  it("keeps an answer that was given before the plugin failed", () => {
    const { iterator, records } = makeIterator(
      [plugin("a")],
      [
        handler("a", 1, [], {
          access: (_config, kong) => {
            try {
              kong.response.exit(418);
            } finally {
              // biome-ignore lint/correctness/noUnsafeFinally: the case under test
              throw new Error("in finally");
            }
          },
        }),
      ],
    );
    const x = makeExchange();
    runAccess(x, iterator, nothing);
    assert.equal(x.answer?.status, 418);
    assert.equal(x.failed, false);
    assert.equal(records.length, 1);
  });

  it("ends a handshake whose certificate plugin failed", () => {
    const { iterator } = makeIterator([plugin("a")], [handler("a", 1, [], { certificate: fail })]);
    const x = makeExchange();
    runCertificate(x, iterator, nothing);
    assert.equal(x.failed, true);
  });
});
