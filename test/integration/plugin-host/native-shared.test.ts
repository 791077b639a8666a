/**
 * Events that several plugins share: the chain, the runner and the native protocol together, over a real socket. Each
 * plugin has to run, answer and fail as if it stood alone.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { PluginServerSettings } from "../../../core/config/plugin-servers.ts";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { createPdk } from "../../../core/pdk/kong.ts";
import { PHASE, type PluginPhase } from "../../../core/phases/phases.ts";
import { NATIVE_1 } from "../../../core/plugin-host/native/name.ts";
import {
  createRemoteHandlers,
  type RemoteHandlers,
} from "../../../core/plugin-host/remote-handler.ts";
import { PluginsIterator } from "../../../core/runloop/plugins-iterator.ts";
import {
  runAccess,
  runBodyFilter,
  runHeaderFilter,
  runLog,
  runRewrite,
} from "../../../core/runloop/run-phase.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { type LogRecord, makeNode, makeSnapshot, recordingLog } from "../../helpers/make-node.ts";
import { type EventContext, FRAME, SmallNative, write } from "./native-small-server.ts";
import { pluginConfig, remoteDeps, scratch, serverSettings } from "./remote.ts";

const PHASES = ["rewrite", "access", "header_filter", "body_filter", "log"];
/** Higher priority first: the order of the chain. */
const NAMES = ["a", "b", "c"];

let folder: ReturnType<typeof scratch>;
let small: SmallNative;
let handlers: RemoteHandlers;
let iterator: PluginsIterator;
let records: LogRecord[];

function begin(settings: Partial<PluginServerSettings> = {}, names = NAMES): void {
  const { log, records: made } = recordingLog();
  records = made;
  const snapshot = makeSnapshot({ plugins: names.map((name) => pluginConfig(name, {}, name)) });
  const pdk = createPdk(makeNode({ log }, snapshot));
  const plugins = NAMES.map((name, i) => ({
    name,
    priority: 10 - i,
    version: "1.0",
    phases: PHASES,
    schema: {},
  }));
  const info = {
    settings: serverSettings(settings),
    protocol: NATIVE_1,
    sockets: [folder.socket],
    plugins,
  };
  handlers = createRemoteHandlers([info], { ...remoteDeps([], log), pdk });
  iterator = new PluginsIterator(snapshot, handlers, { pdk, log, waitLimitMs: 0 });
}

beforeEach(async () => {
  folder = scratch();
  small = new SmallNative(folder.socket);
  await small.listen();
});
afterEach(async () => {
  handlers.close();
  await small.die();
  folder.remove();
});

/** Run a phase to its end; access runs before those that need what it collects. */
async function run(phase: PluginPhase, x: Exchange = makeExchange()): Promise<Exchange> {
  if (phase === "rewrite") await new Promise<unknown>((done) => runRewrite(x, iterator, done));
  if (phase === "access") await new Promise<unknown>((done) => runAccess(x, iterator, done));
  x.collected ??= iterator.globalCollected;
  if (phase === "header_filter") await new Promise<unknown>((done) => runHeaderFilter(x, done));
  if (phase === "body_filter") await new Promise<unknown>((done) => runBodyFilter(x, done));
  if (phase === "log") await runLog(x);
  assert.equal(x.plugin, null);
  assert.equal(x.remoteWait, null);
  return x;
}

/** Instances of the events that were sent, by the names of their plugins. */
function events(): string[] {
  const names = new Map(small.of(FRAME.START).map((one) => [one.instance, String(one.plugin)]));
  return small
    .of(FRAME.EVENT)
    .map((one) => (one.instances as number[]).map((number) => names.get(number)).join(""));
}

const failures = (): unknown[] =>
  records.filter((one) => one.message === "plugin failed").map((one) => one.fields.plugin);

/** Each plugin sets a header of its own name, then `more` is added to what goes into Done. */
const eachSets =
  (more: (ran: number, context: EventContext) => object = () => ({})) =>
  (context: EventContext) => {
    const numbers = context.event.instances as number[];
    const writes = numbers.flatMap((number, i) => [
      ...(i === 0 ? [] : [write.nextInstance()]),
      write.setHeader(`x-${number}`, "ran"),
    ]);
    return { ran: numbers.length, writes, ...more(numbers.length, context) };
  };

describe("plugins of one server that follow each other", () => {
  for (const phase of ["rewrite", "access", "header_filter", "log"] as const) {
    it(`share an event in ${phase}`, async () => {
      begin();
      if (phase !== "log") small.behaviour = eachSets();
      else small.behaviour = ({ event }) => ({ ran: (event.instances as number[]).length });
      const x = await run(phase);
      assert.deepEqual(events(), ["abc"]);
      assert.deepEqual(failures(), []);
      if (phase === "log") return;
      assert.deepEqual([1, 2, 3].map((n) => x.responseHeaders.get(`x-${n}`)), ["ran", "ran", "ran"]); // biome-ignore format: one line
    });
  }

  it("are called one by one where another plugin stands between them", async () => {
    begin();
    small.behaviour = eachSets();
    const inProcess = { name: "b", priority: 9, version: "1.0", access() {} };
    handlers.set("b", inProcess);
    const { runtime } = iterator;
    const plugins = NAMES.map((name) => pluginConfig(name, {}, name));
    iterator = new PluginsIterator(makeSnapshot({ plugins }), handlers, runtime);
    await run("access");
    assert.deepEqual(events(), ["a", "c"]);
  });

  it("stop behind the one that answers", async () => {
    begin();
    small.behaviour = () => ({
      ran: 2,
      writes: [
        write.setHeader("x-a", "1"),
        write.nextInstance(),
        write.call("kong.response.exit", { integer: 403 }, { text: "no" }),
      ],
    });
    const x = await run("access");
    assert.equal(x.answer?.status, 403);
    assert.equal(x.responseHeaders.get("x-a"), "1");
    assert.deepEqual([events(), failures(), x.failed], [["abc"], [], false]);
  });

  it("stop behind the one that answers by a call", async () => {
    begin();
    small.behaviour = async ({ call }) => {
      await call("kong.response.exit", [{ integer: 402 }], [write.nextInstance()]);
      return null;
    };
    const x = await run("access");
    assert.deepEqual([x.answer?.status, events(), failures()], [402, ["abc"], []]);
  });

  it("give the failure to the one that failed, and nothing runs behind it", async () => {
    begin();
    small.behaviour = eachSets(() => ({ ran: 2, failure: "boom", writes: [] }));
    const x = await run("access");
    assert.deepEqual([events(), failures(), x.failed], [["abc"], ["b"], true]);
    assert.equal(x.answer?.status, 500);
  });

  it("go on behind the one that failed where the policy is open", async () => {
    begin({ onFailure: "open" });
    small.behaviour = eachSets((ran) => (ran === 3 ? { ran: 1, failure: "boom", writes: [] } : {}));
    const x = await run("access");
    assert.deepEqual(events(), ["abc", "bc"]);
    assert.deepEqual([x.answer, x.failed, x.responseHeaders.get("x-3")], [null, false, "ran"]);
    const passed = records.filter((one) => one.message.includes("goes on without it"));
    assert.deepEqual(passed.map((one) => one.fields.plugin), ["a"]); // biome-ignore format: one line
  });

  it("all run in header_filter and log, whichever fails", async () => {
    begin();
    small.behaviour = ({ event }) => {
      const { length } = event.instances as number[];
      return length === 1 ? { ran: 1 } : { ran: 1, failure: "boom" };
    };
    await run("header_filter");
    assert.deepEqual(
      [events(), failures()],
      [
        ["abc", "bc", "c"],
        ["a", "b"],
      ],
    );
    await run("log");
    assert.deepEqual(events().slice(3), ["abc", "bc", "c"]);
  });

  it("lose the one whose write is refused, and keep what those behind it wrote", async () => {
    begin({ onFailure: "open" });
    small.behaviour = () => ({
      ran: 3,
      writes: [
        write.call("kong.service.request.set_path", { text: "no slash" }),
        write.setHeader("x-never", "1"),
        write.nextInstance(),
        write.setHeader("x-b", "1"),
      ],
    });
    const x = await run("access");
    assert.deepEqual([events(), x.answer], [["abc"], null]);
    assert.equal(x.responseHeaders.get("x-never"), undefined);
    assert.equal(x.responseHeaders.get("x-b"), "1");
  });

  it("are refused a call one by one", async () => {
    begin({ onFailure: "open" });
    small.behaviour = async ({ call, event }) => {
      if ((event.instances as number[]).length < 3) return eachSets()({ event } as EventContext);
      const args = [{ text: "no slash" }];
      await call("kong.service.request.set_path", args, [write.nextInstance()]);
      return null;
    };
    const x = await run("access");
    assert.deepEqual([events(), x.answer], [["abc", "c"], null]);
    assert.equal(x.responseHeaders.get("x-3"), "ran");
  });

  it("are not skipped in silence", async () => {
    begin();
    small.behaviour = () => ({ ran: 2 });
    const x = await run("access");
    assert.deepEqual([x.failed, x.answer?.status, failures()], [true, 500, ["a"]]);
  });

  it("fail together where the server is lost, each by its policy", async () => {
    begin({ onFailure: "open" });
    small.behaviour = ({ connection }) => {
      connection.socket.destroy();
      return null;
    };
    const x = await run("access");
    const passed = records.filter((one) => one.message.includes("goes on without it"));
    assert.deepEqual([passed.map((one) => one.fields.plugin), x.answer], [NAMES, null]);
    assert.deepEqual(events(), ["abc"]);
  });

  it("fail one by one where one of them cannot be started", async () => {
    begin();
    small.onStart = (start) => (start.plugin === "b" ? { failed: "bad config" } : {});
    small.behaviour = eachSets();
    const x = await run("access");
    assert.deepEqual([events(), failures(), x.answer?.status], [["a"], ["b"], 500]);
    assert.equal(x.responseHeaders.get("x-1"), "ran");
  });
});

describe("plugins with conditions", () => {
  const startOf = (name: string, started: object) => (start: { plugin?: unknown }) =>
    start.plugin === name ? { started: started as never } : {};
  const onHeader = {
    conditions: [{ phases: PHASE.access, condition: { header_present: "x-1" } }],
  };
  const onPath = {
    conditions: [{ phases: PHASE.access, condition: { path_in: { list: ["/other"] } } }],
  };

  it("are left out of the event where theirs does not hold", async () => {
    begin();
    small.onStart = startOf("b", onPath);
    small.behaviour = eachSets();
    await run("access", makeExchange("GET", "/"));
    await run("access", makeExchange("GET", "/other"));
    assert.deepEqual(events(), ["ac", "abc"]);
  });

  it("wait for those before them where these can change what theirs looks at", async () => {
    begin();
    small.onStart = startOf("b", onHeader);
    small.behaviour = ({ event }) => {
      const isFirst = (event.instances as number[])[0] === 1;
      const writes = isFirst ? [write.setRequestHeader("x-1", "by a")] : [];
      return { ran: (event.instances as number[]).length, writes };
    };
    await run("access");
    assert.deepEqual(events(), ["a", "bc"]);
  });

  it("are alone where their answers are used again", async () => {
    begin();
    small.onStart = startOf("b", { cache_key: { parts: [{ kind: 3 }] } });
    small.behaviour = eachSets(() => ({ cache_ms: 60_000 }));
    await run("access");
    const x = await run("access");
    assert.deepEqual(events(), ["a", "b", "c", "a", "c"]);
    assert.equal(x.responseHeaders.get("x-2"), "ran");
    await run("header_filter", x);
    assert.deepEqual(events().slice(5), ["abc"]);
  });
});

describe("plugins of a body", () => {
  const passOn =
    (failure = "") =>
    ({ connection, stream }: EventContext) => {
      connection.chunks.set(stream, () => ({
        data: Buffer.from("seen"),
        is_last: failure !== "",
        writes: [write.nextInstance()],
        failure,
      }));
      return { ran: 3, wants_body: true };
    };
  const withChunk = (): Exchange => {
    const x = makeExchange();
    x.chunk = Buffer.from("chunk");
    return x;
  };

  it("share its stream", async () => {
    begin();
    small.behaviour = passOn();
    const x = await run("body_filter", withChunk());
    assert.equal(x.chunk?.toString(), "seen");
    x.chunkIsLast = true;
    await run("body_filter", x);
    assert.deepEqual([events(), small.of(FRAME.CHUNK).length, failures()], [["abc"], 2, []]);
  });

  it("end it with the one that fails, and the answer is cut", async () => {
    begin();
    small.behaviour = passOn("boom");
    const x = await run("body_filter", withChunk());
    assert.deepEqual([failures(), x.failed, x.isCut], [["b"], true, true]);
  });

  it("do not share it where the answer would go on without one of them", async () => {
    begin({ onFailure: "open" });
    small.behaviour = () => ({ ran: 1 });
    await run("body_filter", withChunk());
    assert.deepEqual(events(), ["a", "b", "c"]);
  });
});
