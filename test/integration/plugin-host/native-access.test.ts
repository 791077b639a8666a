/**
 * What a plugin of the native protocol is shown where it may not read all of a request, and what becomes of what it may not
 * write, by the frames that reach its server. Its neighbours in the chain run in the same process and may read more.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PluginServerSettings } from "../../../core/config/plugin-servers.ts";
import { PdkError } from "../../../core/errors.ts";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { createPdk } from "../../../core/pdk/kong.ts";
import { PHASE } from "../../../core/phases/phases.ts";
import { createRemoteHandlers } from "../../../core/plugin-host/remote-handler.ts";
import { PluginsIterator } from "../../../core/runloop/plugins-iterator.ts";
import { runAccess, runLog } from "../../../core/runloop/run-phase.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { makeNode, makeSnapshot } from "../../helpers/make-node.ts";
import { carrier } from "./carrier.ts";
import { nativeRemote, stepOf } from "./native-remote.ts";
import { nativeRig } from "./native-rig.ts";
import { FRAME, write } from "./native-small-server.ts";
import { pluginConfig, remoteDeps, serverSettings } from "./remote.ts";

type Rules = PluginServerSettings["plugins"][string];

const rig = nativeRig();
const limited: Rules = { policy: {}, read: { headers: ["x-open"] }, write: {} };
const nothing: Rules = { policy: {}, read: {}, write: {} };
const plugin = pluginConfig("p1");

/** The rig's worker once more, with rules for the plugin. */
function rule(rules: Rules): void {
  rig.host.close();
  rig.host = nativeRemote(serverSettings({ plugins: { small: rules } }), [rig.folder.socket]);
}

function secretRequest(): Exchange {
  const headers = [
    ["Host", "example.com"],
    ["X-Open", "seen"],
    ["Cookie", "s3cret-cookie"],
  ] as const;
  const x = makeExchange("POST", "/path?token=s3cret-query", headers, "s3cret-body");
  x.consumer = { id: "s3cret-consumer" };
  x.credential = { id: "s3cret-credential" };
  return x;
}

describe("plugins of one server of which one may read less", () => {
  const NAMES = ["a", "b", "c"];
  const PHASES = ["access", "log"];

  it("have events of their own around it, and it is shown nothing that only the others may read", async (t) => {
    rig.small.hello = { ...rig.small.hello, plugins: NAMES.map((name) => ({ name, priority: 1, version: "1", phases: PHASES, reads_request_body: true })) }; // biome-ignore format: one line
    const snapshot = makeSnapshot({ plugins: NAMES.map((name) => pluginConfig(name, {}, name)) });
    const deps = remoteDeps();
    const { log } = deps;
    const pdk = createPdk(makeNode({ log }, snapshot));
    const plugins = NAMES.map((name, i) => ({ name, priority: 9 - i, version: "1", phases: PHASES, schema: {} })); // biome-ignore format: one line
    const settings = serverSettings({ plugins: { b: limited } });
    const info = { settings, protocol: carrier.protocol, sockets: [rig.folder.socket], plugins };
    const handlers = createRemoteHandlers([info], { ...deps, pdk });
    t.after(() => handlers.close());
    const iterator = new PluginsIterator(snapshot, handlers, { pdk, log, waitLimitMs: 0 });
    const x = secretRequest();
    await new Promise<unknown>((done) => runAccess(x, iterator, done));
    x.collected ??= iterator.globalCollected;
    x.status = 200;
    x.responseHeaders.set("set-cookie", "s3cret-answer");
    await runLog(x);
    const names = new Map(rig.small.of(FRAME.START).map((one) => [one.instance, one.plugin]));
    const events = rig.small.of(FRAME.EVENT);
    const whose = events.map((one) =>
      (one.instances as number[]).map((n) => names.get(n)).join(""),
    );
    assert.deepEqual(whose, ["a", "b", "c", "a", "b", "c"]);
    for (const [i, event] of events.entries()) {
      const text = Object.values(event).map(String).join("\n");
      if (whose[i] === "b") {
        assert.doesNotMatch(text, /s3cret/);
        assert.match(text, /x-open: seen/i);
        assert.deepEqual([event.consumer ?? 0, event.credential ?? 0], [0, 0]);
      } else {
        const what = i < 3 ? /s3cret-cookie.*s3cret-body/s : /s3cret-cookie.*s3cret-answer/s;
        assert.match(text, what);
        assert.ok((event.consumer as number) > 0 && (event.credential as number) > 0);
      }
    }
  });
});

describe("a condition, or an answer that is used again", () => {
  const events = (): number => rig.small.of(FRAME.EVENT).length;

  it("does not tell of a header that its plugin may not read: it holds always", async () => {
    rule(limited);
    const onHeader = (name: string) => ({ phases: PHASE.access, condition: { not: { header_present: name } } }); // biome-ignore format: one line
    rig.small.onStart = () => ({ started: { conditions: [onHeader("cookie")] } as never });
    assert.equal(await rig.host.run(plugin, "access", secretRequest()), null);
    assert.equal(events(), 1);
    rig.small.onStart = () => ({ started: { conditions: [onHeader("x-open")] } as never });
    assert.equal(await rig.host.run(pluginConfig("p2"), "access", secretRequest()), null);
    assert.equal(events(), 1, "one about a header that it may read counts");
    assert.deepEqual(rig.host.server.figures().refused, { small: { reads: 1, writes: 0 } });
  });

  it("is not kept by what its plugin may not read", async () => {
    rule(limited);
    rig.small.onStart = () => ({ started: { cache_key: { parts: [{ kind: 9 }] } } as never });
    rig.small.behaviour = () => ({ ran: 1, cache_ms: 60_000 });
    for (let n = 0; n < 2; n++) await rig.host.run(plugin, "access", secretRequest());
    assert.equal(events(), 2);
  });
});

describe("a body and a plugin whose access is ruled", () => {
  /** Two chunks through body_filter. @returns what goes on to the client */
  async function filter(): Promise<string[]> {
    const x = makeExchange();
    x.phase = PHASE.body_filter;
    const step = stepOf(plugin);
    const out: string[] = [];
    for (const chunk of ["one", "two"]) {
      x.chunk = Buffer.from(chunk);
      x.chunkIsLast = chunk === "two";
      x.plugin = step;
      const pending = rig.host.server.runBody(x, step);
      if (pending !== undefined) {
        await new Promise((done, failed) => void pending.then(() => done(null), failed));
      }
      out.push(String(x.chunk ?? ""));
    }
    return out;
  }
  const giveBack = (answer: (data: string) => object): void => {
    rig.small.behaviour = ({ connection, stream }) => {
      connection.chunks.set(stream, ({ data }) => answer(String(data ?? "")) as never);
      return { ran: 1, wants_body: true, writes: [] };
    };
  };

  it("goes past one that may not read it, which is told so", async () => {
    rule(nothing);
    giveBack(() => ({ data: "other" }));
    assert.deepEqual(await filter(), ["one", "two"]);
    assert.equal(rig.small.of(FRAME.CHUNK).length, 0);
    if (rig.small.of(FRAME.CANCEL).length === 0) {
      await new Promise<void>((done) => {
        rig.small.onSeen = ({ type }) => type === FRAME.CANCEL && done();
      });
    }
    assert.deepEqual(rig.small.of(FRAME.CANCEL).map((one) => one.reason), [3]); // biome-ignore format: one line
    assert.deepEqual(rig.host.server.figures().refused, { small: { reads: 1, writes: 0 } });
    const said = rig.host.records.filter((one) => one.message === "forbidden read");
    assert.deepEqual(said.map((one) => one.fields.method), ["kong.response.get_chunk"]); // biome-ignore format: one line
  });

  it("passes one that may read it and not change it, as long as it does not", async () => {
    rule({ policy: {}, read: { response_body: true }, write: {} });
    giveBack((data) => (data === "one" ? { is_unchanged: true } : { data, is_last: true }));
    assert.deepEqual(await filter(), ["one", "two"]);
    for (const answer of [{ data: "other" }, { is_unchanged: true, is_last: true }, {}]) {
      giveBack(() => answer);
      await assert.rejects(filter(), (cause) => cause instanceof PdkError);
    }
    assert.deepEqual(rig.host.server.figures().refused, { small: { reads: 0, writes: 3 } });
    for (const { life } of rig.host.server.endpoints) assert.equal(life!.link.streams.active, 0);
  });

  it("fails where one writes what it may not before the body comes", async () => {
    rule({ ...nothing, read: null });
    rig.small.behaviour = () => ({
      ran: 1,
      wants_body: true,
      writes: [write.setHeader("x-1", "1")],
    });
    await assert.rejects(filter(), (cause) => cause instanceof PdkError);
    for (const { life } of rig.host.server.endpoints) assert.equal(life!.link.streams.active, 0);
  });
});
