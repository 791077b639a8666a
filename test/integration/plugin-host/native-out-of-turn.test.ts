/**
 * What a native plugin server sends where the conversation has no place for it: a call while the last one is open, a Done
 * in a body, a call between two chunks. The event fails by its policy, within its time, and others go on.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GatewayError } from "../../../core/errors.ts";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { PHASE } from "../../../core/phases/phases.ts";
import { CALLS_PER_EVENT_MAX } from "../../../core/plugin-host/limits.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { stepOf } from "./native-remote.ts";
import { nativeRig } from "./native-rig.ts";
import { type EventContext, FRAME, type NativeConnection } from "./native-small-server.ts";
import { pluginConfig } from "./remote.ts";

/** Longest text of a failure that is worth a place in the log, in characters. */
const FAILURE_CHARS_MAX = 2000;
/** Size of one that is not. */
const HUGE_CHARS = 4 * 1024 * 1024;

const plugin = pluginConfig("p1");
const rig = nativeRig();

/** Nothing is held for events that are over, and the connection has outlived them. */
function isAtRest(): void {
  const [endpoint] = rig.host.server.endpoints;
  assert.equal(endpoint!.active, 0);
  assert.equal(endpoint!.life!.link.streams.active, 0);
  assert.equal(rig.small.connections.size, 1);
}

describe("a call", () => {
  it("before the result of the last one fails the event: its clock stands still for one call only", async () => {
    let deliver: (body: Buffer) => void = () => {};
    const x = makeExchange("POST", "/", {}, "body");
    const late = new Promise<Buffer>((done) => {
      deliver = done;
    });
    Object.assign(x.requestBody, { read: () => late });
    rig.small.behaviour = ({ connection, stream }) => {
      const raw = { method: "kong.request.get_raw_body" };
      for (let n = 0; n < 2; n++) connection.send(FRAME.CALL, "Call", raw, stream);
      return null;
    };
    const outcome = (await rig.host.run(plugin, "access", x)) as GatewayError;
    assert.equal(outcome.code, "PLUGIN_PROTOCOL_ERROR");
    deliver(Buffer.from("too late"));
    await late;
    isAtRest();
    rig.small.behaviour = () => ({ ran: 1 });
    assert.equal(await rig.host.run(plugin), null);
  });

  it("whose result has a member `then` is answered, as any other", async () => {
    const asked: unknown[] = [];
    rig.small.behaviour = async ({ call }) => {
      asked.push(await call("kong.request.get_query"), await call("kong.request.get_body"));
      return { ran: 1 };
    };
    const json = { "content-type": "application/json" };
    const x = makeExchange("POST", "/?then=1", json, '{"then":"later"}');
    assert.equal(await rig.host.run(plugin, "access", x), null);
    for (const result of asked) assert.match(JSON.stringify(result), /"then"/);
  });
});

describe("a plugin that asks for", () => {
  it("what is no function gets nil or an error, and nothing of the gateway", async () => {
    const names = [
      "__proto__",
      "constructor",
      "kong",
      "kong.__proto__",
      "kong.request.constructor",
    ];
    for (const name of names) {
      const results: unknown[] = [];
      rig.small.behaviour = async ({ call }) => {
        results.push(await call(name, [{ text: "x" }]));
        return { ran: 1 };
      };
      const outcome = (await rig.host.run(plugin)) as GatewayError | null;
      if (outcome === null) assert.deepEqual(results, [{}], name);
      else assert.equal(outcome.code, "PDK_ERROR", name);
    }
    isAtRest();
  });

  it("what its phase does not allow is refused, by call and by write, and nothing of it is done", async () => {
    const exit = { op: 0, name: "kong.response.exit", args: [{ integer: 200 }] };
    const ways = [
      async ({ call }: EventContext) => ({
        ran: 1,
        failure: String(await call(exit.name, exit.args)),
      }),
      async () => ({ ran: 1, writes: [exit] }),
    ];
    for (const way of ways) {
      rig.small.behaviour = way;
      const x = makeExchange();
      const outcome = (await rig.host.run(plugin, "log", x)) as GatewayError;
      assert.equal(outcome.code, "PDK_ERROR");
      assert.equal(x.answer, null);
    }
    isAtRest();
  });

  it("ever more is stopped at the limit of calls", async () => {
    let calls = 0;
    rig.small.behaviour = async ({ connection, stream }) => {
      const send = (): void => {
        calls++;
        connection.results.set(stream, send);
        connection.send(FRAME.CALL, "Call", { method: "kong.client.get_ip" }, stream);
      };
      send();
      return null;
    };
    const outcome = (await rig.host.run(plugin)) as GatewayError;
    assert.equal(outcome.code, "PLUGIN_PROTOCOL_ERROR");
    assert.equal(calls, CALLS_PER_EVENT_MAX + 1);
    isAtRest();
  });
});

describe("a failure", () => {
  it("is cut to what the log is worth, whoever tells it", async () => {
    rig.small.behaviour = () => ({ ran: 1, failure: "x".repeat(HUGE_CHARS) });
    const outcome = (await rig.host.run(plugin)) as GatewayError;
    assert.equal(outcome.code, "PLUGIN_FAILED");
    assert.ok(outcome.message.length < FAILURE_CHARS_MAX, String(outcome.message.length));
    rig.small.onStart = () => ({ failed: "y".repeat(HUGE_CHARS) });
    const refused = (await rig.host.run(pluginConfig("p2"))) as GatewayError;
    assert.equal(refused.code, "PLUGIN_FAILED");
    assert.ok(refused.message.length < FAILURE_CHARS_MAX, String(refused.message.length));
  });
});

describe("a body", () => {
  const step = stepOf(plugin);

  /** One chunk through body_filter. @returns what goes on to the client */
  async function filter(x: Exchange, text: string, isLast = false): Promise<string> {
    x.phase = PHASE.body_filter;
    x.plugin = step;
    x.chunk = Buffer.from(text);
    x.chunkIsLast = isLast;
    const pending = rig.host.server.runBody(x, step);
    if (pending !== undefined) {
      await new Promise((done, failed) => void pending.then(() => done(null), failed));
    }
    return x.chunk?.toString() ?? "";
  }

  /** The server wants the body, and answers chunks by `answer`. */
  function wants(answer: (connection: NativeConnection, stream: number) => object | null): void {
    rig.small.behaviour = ({ connection, stream }: EventContext) => {
      connection.chunks.set(stream, () => answer(connection, stream) as never);
      return { ran: 1, wants_body: true };
    };
  }

  const OUT_OF_TURN: Readonly<Record<string, (c: NativeConnection, stream: number) => void>> = {
    "a second Done that wants it": (c, stream) =>
      c.send(FRAME.DONE, "Done", { ran: 1, wants_body: true }, stream),
    "a second Done that does not": (c, stream) => c.send(FRAME.DONE, "Done", { ran: 1 }, stream),
  };
  for (const [what, send] of Object.entries(OUT_OF_TURN)) {
    it(`is not sent on behind ${what}`, async () => {
      wants((connection, stream) => {
        send(connection, stream);
        return { data: "unjudged" };
      });
      await assert.rejects(filter(makeExchange(), "a"), { code: "PLUGIN_PROTOCOL_ERROR" });
      isAtRest();
    });

    it(`is not sent on behind ${what}, between two chunks`, async () => {
      wants((connection, stream) => {
        connection.send(FRAME.CHUNK_DONE, "ChunkDone", { data: "A" }, stream);
        send(connection, stream);
        return null;
      });
      const x = makeExchange();
      assert.equal(await filter(x, "a"), "A");
      await cancelled();
      await assert.rejects(filter(x, "b"), { code: "PLUGIN_PROTOCOL_ERROR" });
      isAtRest();
    });
  }

  it("is not sent on behind a call between two chunks, and the call is not made", async () => {
    wants((connection, stream) => {
      connection.send(FRAME.CHUNK_DONE, "ChunkDone", { data: "A" }, stream);
      const writes = [{ op: 0, name: "kong.ctx.shared.set", args: [{ text: "k" }, { text: "v" }] }];
      connection.send(FRAME.CALL, "Call", { writes, method: "kong.client.get_ip" }, stream);
      return null;
    });
    const x = makeExchange();
    assert.equal(await filter(x, "a"), "A");
    await cancelled();
    assert.equal(rig.small.of(FRAME.RESULT).length, 0);
    await assert.rejects(filter(x, "b"), { code: "PLUGIN_PROTOCOL_ERROR" });
    isAtRest();
  });

  it("is not sent where the plugin fails in the same breath as it wants it", async () => {
    rig.small.behaviour = () => ({ ran: 1, wants_body: true, failure: "it threw" });
    await assert.rejects(filter(makeExchange(), "a"), { code: "PLUGIN_FAILED" });
    assert.equal(rig.small.of(FRAME.CHUNK).length, 0);
    isAtRest();
  });

  /** The gateway has told the server that the event is over. */
  function cancelled(): Promise<void> {
    if (rig.small.of(FRAME.CANCEL).length > 0) return Promise.resolve();
    return new Promise((done) => {
      rig.small.onSeen = ({ type }) => {
        if (type === FRAME.CANCEL) done();
      };
    });
  }
});
