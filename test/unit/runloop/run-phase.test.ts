/** The phase runner: the synchronous way, waiting, answers, failures, and a client that goes away. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { EXIT } from "../../../core/pdk/exit.ts";
import type { Kong } from "../../../core/pdk/kong.ts";
import { PHASE } from "../../../core/phases/phases.ts";
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
import { ending, HandThenable, handler, makeIterator, plugin } from "./fixtures.ts";

const nothing = () => undefined;
const later = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("the phase runner, synchronous", () => {
  it("runs every phase in order and says that it was done at once", () => {
    const diary: string[] = [];
    const all = {
      rewrite: true,
      access: true,
      header_filter: true,
      body_filter: true,
      log: true,
    } as const;
    const handlers = [handler("b", 1, diary, all), handler("a", 2, diary, all)];
    const { iterator } = makeIterator([plugin("a"), plugin("b")], handlers);
    const x = makeExchange();
    const end = ending();
    assert.equal(runRewrite(x, iterator, end.done), true);
    assert.equal(runAccess(x, iterator, end.done), true);
    runHeaderFilter(x);
    runBodyFilter(x);
    assert.equal(runLog(x), undefined);
    assert.equal(end.times, 2);
    assert.deepEqual(
      diary,
      ["rewrite", "access", "header_filter", "body_filter", "log"].flatMap((p) => [
        `a.${p}`,
        `b.${p}`,
      ]),
    );
  });

  it("sets phase and plugin while a plugin runs, and no plugin behind it", () => {
    const seen: unknown[] = [];
    let x: Exchange;
    const { iterator } = makeIterator(
      [plugin("p")],
      [
        handler("p", 1, [], {
          access: (_config, kong) =>
            void seen.push(x.phase, (x.plugin as { plugin: object }).plugin, kong.plugin.getId()),
        }),
      ],
    );
    x = makeExchange();
    runAccess(x, iterator, nothing);
    assert.equal(seen[0], PHASE.access);
    assert.equal((seen[1] as { id: string }).id, seen[2]);
    assert.equal(x.plugin, null);
  });

  // Goal: nothing is promised where nothing waits. Method: count what asks Promise.prototype.then while it runs.
  it("makes no promise", () => {
    const all = {
      rewrite: true,
      access: true,
      header_filter: true,
      body_filter: true,
      log: true,
    } as const;
    const { iterator } = makeIterator([plugin("p")], [handler("p", 1, [], all)]);
    const original = Promise.prototype.then;
    let thens = 0;
    // biome-ignore lint/suspicious/noThenProperty: counted, and put back below
    Promise.prototype.then = function then(this: Promise<unknown>, ...args: [never, never]) {
      thens++;
      return original.apply(this, args) as never;
    };
    try {
      const x = makeExchange();
      runRewrite(x, iterator, nothing);
      runAccess(x, iterator, nothing);
      runHeaderFilter(x);
      runBodyFilter(x);
      assert.equal(runLog(x), undefined);
    } finally {
      // biome-ignore lint/suspicious/noThenProperty: put back
      Promise.prototype.then = original;
    }
    assert.equal(thens, 0);
  });

  it("calls done also where no plugin has the phase", () => {
    const { iterator } = makeIterator([], []);
    const end = ending();
    const x = makeExchange();
    assert.equal(runRewrite(x, iterator, end.done), true);
    assert.equal(runAccess(x, iterator, end.done), true);
    assert.equal(runResponse(x, end.done), true);
    assert.equal(runCertificate(x, iterator, end.done), true);
    assert.equal(end.times, 4);
    assert.equal(hasBodyFilter(x), false);
  });
});

describe("the phase runner, waiting", () => {
  it("waits for promises and keeps the order among plugins that wait and plugins that do not", async () => {
    const diary: string[] = [];
    const wait = async () => {
      await later();
      diary.push("waited");
    };
    const handlers = [
      handler("a", 4, diary, { access: wait, log: wait }),
      handler("b", 3, diary, { access: true, log: true }),
      handler("c", 2, diary, { access: wait, log: true }),
      handler("d", 1, diary, { access: true, log: wait }),
    ];
    const { iterator } = makeIterator(
      handlers.map((h) => plugin(h.name)),
      handlers,
    );
    const x = makeExchange();
    const end = ending();
    assert.equal(runAccess(x, iterator, end.done), false);
    assert.deepEqual(diary, ["a.access"]);
    await end.ended;
    assert.deepEqual(diary, ["a.access", "waited", "b.access", "c.access", "waited", "d.access"]);
    diary.length = 0;
    await runLog(x);
    assert.deepEqual(diary, ["a.log", "waited", "b.log", "c.log", "d.log", "waited"]);
    assert.equal(end.times, 1);
  });

  it("goes on in the same turn when a minimal thenable settles", () => {
    const diary: string[] = [];
    const thenable = new HandThenable();
    const handlers = [
      handler("a", 2, diary, { access: () => thenable }),
      handler("b", 1, diary, { access: true }),
    ];
    const { iterator } = makeIterator([plugin("a"), plugin("b")], handlers);
    const end = ending();
    assert.equal(runAccess(makeExchange(), iterator, end.done), false);
    assert.equal(thenable.thens, 1);
    thenable.resolve();
    assert.deepEqual(diary, ["a.access", "b.access"]);
    thenable.resolve();
    thenable.reject(new Error("twice"));
    assert.equal(end.times, 1, "only the first settling counts");
  });

  it("says true where a thenable settles inside then", () => {
    const atOnce = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what it is
      then: (onDone: () => void) => onDone(),
    };
    const { iterator } = makeIterator(
      [plugin("a")],
      [handler("a", 1, [], { access: () => atOnce })],
    );
    const end = ending();
    assert.equal(runAccess(makeExchange(), iterator, end.done), true);
    assert.equal(end.times, 1);
  });

  it("waits in a chain that consumers matter to, and resolves later slots afterwards", async () => {
    const diary: string[] = [];
    const rows = [plugin("auth"), plugin("p", { consumer: "ann" }), plugin("q")];
    const { iterator } = makeIterator(rows, [
      handler("auth", 3, diary, {
        access: async (_config, kong) => {
          await later();
          kong.client.authenticate({ id: "ann" }, null);
        },
      }),
      handler("p", 2, diary, { access: true }),
      handler("q", 1, diary, { access: true }),
    ]);
    const end = ending();
    assert.equal(runAccess(makeExchange(), iterator, end.done), false);
    await end.ended;
    assert.deepEqual(diary, ["auth.access", "p.access", "q.access"]);
  });

  it("stops at the next step when the client has gone, and still runs log", async () => {
    const diary: string[] = [];
    for (const scope of [{}, { consumer: "c" }]) {
      diary.length = 0;
      const rows = [plugin("a"), plugin("b"), plugin("c", scope)];
      const { iterator } = makeIterator(rows, [
        handler("a", 3, diary, { access: later, log: true }),
        handler("b", 2, diary, { access: true, log: true }),
        handler("c", 1, diary, { access: true }),
      ]);
      const x = makeExchange();
      const end = ending();
      runAccess(x, iterator, end.done);
      x.clientGone = true;
      await end.ended;
      void runLog(x);
      assert.deepEqual(diary, ["a.access", "a.log", "b.log"]);
    }
  });

  it("fails a plugin that does not settle within the limit, if there is one", async () => {
    const never = () => new Promise(() => undefined);
    const { iterator, records } = makeIterator(
      [plugin("a")],
      [handler("a", 1, [], { access: never })],
      5,
    );
    const x = makeExchange();
    const end = ending();
    runAccess(x, iterator, end.done);
    await end.ended;
    assert.equal(x.answer?.status, 500);
    assert.equal((records[0]!.fields.err as { code: string }).code, "PLUGIN_FAILED");
  });
});

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

  it("refuses to wait in header_filter, and survives what that promise becomes", async () => {
    const { iterator, records } = makeIterator(
      [plugin("a")],
      [handler("a", 1, [], { header_filter: () => later().then(fail) })],
    );
    const x = makeExchange();
    collectGlobal(x, iterator);
    runHeaderFilter(x);
    assert.equal(records.length, 1);
    assert.match(String(records[0]?.fields.err), /may not wait/);
    await later();
    await later();
    assert.equal(records.length, 2);
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
