/** Policies of single plugins and plugin configs, breakers, and what a plugin may read and write: with a real socket. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { PluginServerSettings } from "../../../core/config/plugin-servers.ts";
import {
  PdkError,
  PluginBreakerOpen,
  PluginServerBusy,
  PluginServerTimeout,
} from "../../../core/errors.ts";
import { pluginConfig, type Remote, remote, scratch, serverSettings } from "./remote.ts";
import { SmallServer } from "./small-server.ts";

const folder = scratch();
const small = new SmallServer(folder.socket);
let host: Remote;

before(() => small.listen());
after(async () => {
  await small.die();
  folder.remove();
});
afterEach(() => host.close());

function open(given: Partial<PluginServerSettings>): Remote {
  host = remote(serverSettings(given), [folder.socket]);
  small.behaviour = () => {};
  return host;
}

const tagged = (id: string, ...tags: string[]) => ({ ...pluginConfig(id), tags });
/** Long enough that even a busy machine asks again meanwhile, in milliseconds. */
const BREAKER_OPEN_MS = 1500;
const CLOSES_MS_MAX = 30_000;
const forever = (): Promise<void> => new Promise(() => {});
const rules = { policy: {}, read: null, write: null };

describe("limits of time", () => {
  it("are those of the phase, and a config's count over its server's", async () => {
    open({ eventTimeoutMs: 60_000, policy: { timeouts: { access: 100 } } });
    small.behaviour = forever;
    assert.ok((await host.run(pluginConfig("a"))) instanceof PluginServerTimeout);
    const near = tagged("b", "dragoman:timeout_rewrite=120");
    const outcome = await host.run(near, "rewrite");
    assert.match(String(outcome), /longer than 120 ms/);
  });
});

describe("bounds of one plugin", () => {
  it("hold its events and no others", async () => {
    open({ plugins: { slow: { ...rules, policy: { concurrency: 1, queue: 1 } } } });
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    small.behaviour = ({ instance }) => (instance.config.slow === true ? held : undefined);
    const slow = pluginConfig("s", { slow: true }, "slow");
    const first = host.run(slow);
    const second = host.run(slow);
    assert.ok((await host.run(slow)) instanceof PluginServerBusy);
    assert.equal(await host.run(pluginConfig("a")), null);
    release();
    assert.deepEqual(await Promise.all([first, second]), [null, null]);
    assert.equal(await host.run(slow), null);
  });
});

describe("on_failure of a config", () => {
  it("is its own", async () => {
    open({ eventTimeoutMs: 60 });
    small.behaviour = forever;
    assert.equal(await host.run(tagged("a", "dragoman:on_failure=open")), null);
    assert.ok((await host.run(pluginConfig("b"))) instanceof PluginServerTimeout);
  });
});

describe("a breaker", () => {
  it("refuses at once when it is open, answers 503, and closes after one good event", async () => {
    open({ policy: { breaker_failures: 2, breaker_open: BREAKER_OPEN_MS } });
    const config = pluginConfig("a");
    small.behaviour = () => {
      throw new Error("no");
    };
    await host.run(config);
    await host.run(config);
    const x: { answer: { status: number } | null } = { answer: null };
    const seen = small.seen.length;
    const refused = host.run(config, "access", x as never);
    assert.ok((await refused) instanceof PluginBreakerOpen);
    assert.equal(small.seen.length, seen, "the server hears nothing of it");
    assert.deepEqual(
      host.server.figures().breakers.map(({ state, opened, refused }) => [state, opened, refused]),
      [["open", 1, 1]],
    );
    small.behaviour = () => {};
    const until = performance.now() + CLOSES_MS_MAX;
    while ((await host.run(config)) !== null) assert.ok(performance.now() < until, "it closes");
    assert.equal(host.server.figures().breakers[0]?.state, "closed");
  });

  it("lets requests pass where the policy is open, and counts them", async () => {
    open({
      policy: { breaker_failures: 1, breaker_open: 60_000, on_failure: "open" },
      onFailure: "open",
    });
    small.behaviour = () => {
      throw new Error("no");
    };
    for (let n = 0; n < 4; n++) assert.equal(await host.run(pluginConfig("a")), null);
    assert.equal(host.server.figures().breakers[0]?.refused, 3);
    assert.equal(host.server.figures().events[0]?.failures.PLUGIN_BREAKER_OPEN, 3);
  });
});

describe("what a plugin may read and write", () => {
  it("is what its rules list: other reads find nothing, other writes are refused and counted", async () => {
    open({
      plugins: {
        small: { ...rules, read: { headers: ["host"] }, write: { response_headers: ["x-ok"] } },
      },
    });
    host.pdk["kong.request.get_headers"] = () => ({ host: "h", cookie: "c" });
    host.pdk["kong.request.get_raw_body"] = () => "secret";
    const got: unknown[] = [];
    small.behaviour = async ({ call }) => {
      got.push(await call("kong.request.get_header", "host"));
      got.push(await call("kong.request.get_header", "cookie"));
      got.push(await call("kong.request.get_headers"));
      got.push(await call("kong.request.get_raw_body"));
      await call("kong.response.set_header", "X-OK", "1");
      await call("kong.response.exit", 403);
    };
    const outcome = await host.run(pluginConfig("a"));
    assert.deepEqual(got, ["example.com", undefined, { host: ["h"] }, undefined]);
    assert.ok(outcome instanceof PdkError, String(outcome));
    assert.deepEqual(
      host.calls.map(([name]) => name),
      ["kong.request.get_header", "kong.request.get_headers", "kong.response.set_header"],
    );
    assert.deepEqual(host.server.figures().refused, { small: { reads: 2, writes: 1 } });
  });
});
