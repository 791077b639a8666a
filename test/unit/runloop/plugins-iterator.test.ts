/** Chains: order, what is left out, laziness, and consumers that turn up on the way. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PluginHandler } from "../../../core/runloop/handler.ts";
import { checkHandler } from "../../../core/runloop/plugins-iterator.ts";
import { runAccess, runLog, runRewrite } from "../../../core/runloop/run-phase.ts";
import { SLOT } from "../../../core/runloop/step.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { handler, makeIterator, plugin } from "./fixtures.ts";

const nothing = () => undefined;
const route = (id: string) => ({ id });

describe("PluginsIterator", () => {
  it("orders by priority, then by name backwards", () => {
    const diary: string[] = [];
    const handlers = [
      handler("beta", 10, diary, { access: true }),
      handler("alpha", 10, diary, { access: true }),
      handler("late", -5, diary, { access: true }),
      handler("early", 1_000_000, diary, { access: true }),
    ];
    const { iterator } = makeIterator(
      handlers.map((one) => plugin(one.name)),
      handlers,
    );
    runAccess(makeExchange(), iterator, nothing);
    assert.deepEqual(diary, ["early.access", "beta.access", "alpha.access", "late.access"]);
  });

  it("leaves out what is disabled, for streams only, or not loaded", () => {
    const diary: string[] = [];
    const rows = [
      plugin("on"),
      plugin("off", {}, { enabled: false }),
      plugin("tcp", {}, { protocols: ["tcp", "tls"] }),
      plugin("unknown"),
    ];
    const handlers = ["on", "off", "tcp"].map((name) => handler(name, 1, diary, { access: true }));
    const { iterator } = makeIterator(rows, handlers);
    runAccess(makeExchange(), iterator, nothing);
    assert.deepEqual(diary, ["on.access"]);
  });

  it("lets a wider config apply where the closer one is disabled", () => {
    const seen: unknown[] = [];
    const rows = [plugin("p"), plugin("p", { route: "r" }, { enabled: false })];
    const { iterator } = makeIterator(rows, [
      handler("p", 1, [], { access: (config) => void seen.push(config) }),
    ]);
    const x = makeExchange();
    x.route = route("r");
    runAccess(x, iterator, nothing);
    assert.deepEqual(seen, [rows[0]!.config]);
  });

  it("runs rewrite with the global config, also where a Route has its own", () => {
    const seen: unknown[] = [];
    const rows = [plugin("p", { route: "r" }), plugin("p"), plugin("q", { service: "s" })];
    const { iterator } = makeIterator(rows, [
      handler("p", 1, [], { rewrite: (config) => void seen.push(config) }),
      handler("q", 2, [], { rewrite: (config) => void seen.push(config) }),
    ]);
    const x = makeExchange();
    x.route = route("r");
    runRewrite(x, iterator, nothing);
    assert.deepEqual(seen, [rows[1]!.config]);
  });

  it("compiles the chain of a Route once, and none before its first request", () => {
    const rows = [plugin("p", { service: "s" })];
    const { iterator } = makeIterator(rows, [handler("p", 1, [], { access: true })]);
    const x = makeExchange();
    x.route = route("r");
    x.service = { id: "s" };
    const chain = iterator.chainFor(x);
    assert.equal(iterator.chainFor(x), chain);
    assert.deepEqual(
      chain.access.map((step) => step.plugin.id),
      [rows[0]!.id],
    );
    assert.equal(chain.slots, null);
  });

  // Goal: memory and caches hold one chain, not one for each Route. Method: identity of chains by Route and Service.
  it("has one chain for all Routes that no config names, and others for those of a named Service", () => {
    const rows = [
      plugin("p"),
      plugin("p", { route: "own" }),
      plugin("p", { service: "named" }),
      plugin("p", { route: "own", service: "named" }),
    ];
    const { iterator } = makeIterator(rows, [handler("p", 1, [], { access: true })]);
    const chainOf = (routeId: string, serviceId: string | null) => {
      const x = makeExchange();
      x.route = route(routeId);
      x.service = serviceId === null ? null : { id: serviceId };
      return iterator.chainFor(x);
    };
    const ran = (routeId: string, serviceId: string | null) =>
      chainOf(routeId, serviceId).access.map((step) =>
        rows.findIndex((p) => p.id === step.plugin.id),
      );
    assert.equal(chainOf("a", "s"), chainOf("b", "t"));
    assert.equal(chainOf("a", "s"), chainOf("c", null));
    assert.equal(chainOf("a", "named"), chainOf("b", "named"));
    assert.deepEqual(ran("a", "s"), [0]);
    assert.deepEqual(ran("a", "named"), [2]);
    assert.deepEqual(ran("own", "named"), [3]);
    const { iterator: other } = makeIterator(rows, [handler("p", 1, [], { access: true })]);
    const x = makeExchange();
    x.route = route("own");
    x.service = { id: "s" };
    assert.equal(other.chainFor(x).access[0]?.plugin.id, rows[1]!.id);
  });

  it("is made of 100,000 plugin configs in well under a second", () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => plugin("p", { route: `r${i}` }));
    const started = performance.now();
    const { iterator } = makeIterator(rows, [handler("p", 1, [], { access: true })]);
    const x = makeExchange();
    x.route = route("r99999");
    assert.equal(iterator.chainFor(x).access[0]?.plugin.id, rows[99_999]!.id);
    const ms = performance.now() - started;
    assert.ok(ms < 60_000, `${ms} ms`); // with a message: to make one, Node.js would read the source for minutes
  });

  it("uses the consumer that an earlier plugin set for later plugins, never for earlier ones", () => {
    const seen: string[] = [];
    const note = (name: string) => (config: Readonly<Record<string, unknown>>) =>
      void seen.push(`${name} ${String(config.is)}`);
    const rows = [
      plugin("before", {}, { config: { is: "global" } }),
      plugin("before", { consumer: "ann" }, { config: { is: "of ann" } }),
      plugin("auth"),
      plugin("after", {}, { config: { is: "global" } }),
      plugin("after", { consumer: "ann" }, { config: { is: "of ann" } }),
      plugin("only-ann", { consumer: "ann" }, { config: { is: "of ann" } }),
      plugin("only-bob", { consumer: "bob" }, { config: { is: "of bob" } }),
    ];
    const { iterator } = makeIterator(rows, [
      handler("before", 30, [], { access: note("before"), log: note("log before") }),
      handler("auth", 20, [], {
        access: (_config, kong) => kong.client.authenticate({ id: "ann" }, null),
      }),
      handler("after", 10, [], { access: note("after"), log: note("log after") }),
      handler("only-ann", 5, [], { access: note("only-ann"), log: note("log only-ann") }),
      handler("only-bob", 4, [], { access: note("only-bob") }),
    ]);
    const x = makeExchange();
    runAccess(x, iterator, nothing);
    void runLog(x);
    const expected = ["before global", "after of ann", "only-ann of ann"];
    assert.deepEqual(seen, [...expected, ...expected.map((line) => `log ${line}`)]);
  });

  it("collects for each request anew where consumers matter", () => {
    const rows = [plugin("auth"), plugin("p", { consumer: "ann" })];
    const diary: string[] = [];
    const { iterator } = makeIterator(rows, [
      handler("auth", 2, diary, {
        access: (_config, kong) => {
          const id = kong.request.getHeader("who");
          if (id !== null) kong.client.authenticate({ id }, null);
        },
      }),
      handler("p", 1, diary, { log: true }),
    ]);
    for (const who of ["ann", "bob", "ann"]) {
      const x = makeExchange("GET", "/", { who });
      runAccess(x, iterator, nothing);
      void runLog(x);
    }
    assert.deepEqual(diary, ["auth.access", "p.log", "auth.access", "auth.access", "p.log"]);
  });

  it("refuses a handler that has response and also header_filter or body_filter", () => {
    for (const phase of ["header_filter", "body_filter"] as const) {
      const bad = handler("bad", 1, [], { response: true, [phase]: true });
      assert.throws(() => checkHandler(bad), { code: "PLUGIN_FAILED", message: /bad/ });
      assert.throws(() => makeIterator([plugin("bad")], [bad]), { code: "PLUGIN_FAILED" });
    }
    checkHandler(handler("good", 1, [], { response: true, log: true }));
  });

  it("finds methods that stand in the class of a handler", () => {
    class Plugin implements PluginHandler {
      readonly name = "p";
      readonly priority = 1;
      readonly version = "1";
      runs = 0;
      access(): void {
        this.runs++;
      }
    }
    const one = new Plugin();
    const { iterator } = makeIterator([plugin("p")], [one]);
    runAccess(makeExchange(), iterator, nothing);
    assert.equal(one.runs, 1);
    assert.equal(iterator.globalCollected.log.length, 0);
    assert.equal(SLOT.access, 2);
  });
});
