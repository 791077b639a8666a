/** The phase runner: the synchronous way, waiting, and a client that goes away. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { PHASE } from "../../../core/phases/phases.ts";
import {
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

  it("says so where a plugin still looks at the request after log", async () => {
    for (const acts of [{}, { log: true }] as const) {
      const { iterator } = makeIterator(
        [plugin("a"), plugin("b")],
        [handler("a", 2, [], { access: later }), handler("b", 1, [], acts)],
      );
      const x = makeExchange();
      const end = ending();
      runAccess(x, iterator, end.done);
      x.clientGone = true;
      assert.ok(runLog(x) instanceof Promise);
      await end.ended;
      assert.equal(runLog(x), undefined);
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
