/**
 * What a request costs in the runloop: 3 plugins in 4 phases that read and write a header each, without sockets.
 *
 * A measurement that is printed, with a limit far above it that only a promise or an object per call would reach.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { runAccess, runHeaderFilter, runLog, runRewrite } from "../../../core/runloop/run-phase.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { makeIterator, plugin } from "./fixtures.ts";

const REQUESTS = 20_000;
const LIMIT_US = 60;
const nothing = () => undefined;

function cpuUs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / REQUESTS;
}

it("runs 3 plugins in 4 phases in a few microseconds", (t) => {
  const names = ["a", "b", "c"];
  const handlers = names.map((name, i) => ({
    name,
    priority: i,
    version: "1",
    rewrite: () => undefined,
    access: (_config: unknown, kong: { request: { getHeader(name: string): string | null } }) =>
      void kong.request.getHeader("host"),
    header_filter: (
      _config: unknown,
      kong: { response: { setHeader(name: string, value: string): void } },
    ) => kong.response.setHeader("x-seen", name),
    log: () => undefined,
  }));
  const { iterator } = makeIterator(
    names.map((name) => plugin(name)),
    handlers,
  );
  const makeAll = () => Array.from({ length: REQUESTS }, () => makeExchange());
  const runAll = (all: readonly Exchange[]) => {
    for (const x of all) {
      runRewrite(x, iterator, nothing);
      runAccess(x, iterator, nothing);
      runHeaderFilter(x);
      void runLog(x);
    }
  };
  runAll(makeAll());
  const all = makeAll();
  const us = cpuUs(() => runAll(all));
  t.diagnostic(`3 plugins x 4 phases: ${us.toFixed(2)} us of CPU per request`);
  assert.equal(all[0]?.responseHeaders.get("x-seen"), "a");
  assert.ok(us < LIMIT_US, `${us} us`);
});
