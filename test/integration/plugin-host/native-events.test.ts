/** Events over the native protocol: what a plugin server is sent, and what becomes of what it answers. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { GatewayError } from "../../../core/errors.ts";
import { EXIT } from "../../../core/pdk/exit.ts";
import { OutBuffer } from "../../../core/plugin-host/native/out-buffer.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { type NativeRemote, nativeRemote } from "./native-remote.ts";
import { FRAME, SmallNative, write } from "./native-small-server.ts";
import { hasty, pluginConfig, scratch, serverSettings, until } from "./remote.ts";

let folder: ReturnType<typeof scratch>;
let small: SmallNative;
let host: NativeRemote;
const plugin = pluginConfig("p1", { message: "one", unset: null });
/** Limit of an event, in milliseconds: far longer than a busy machine takes. */
const EVENT_MS = 29_000;

beforeEach(async () => {
  folder = scratch();
  small = new SmallNative(folder.socket);
  await small.listen();
  host = nativeRemote(serverSettings({ eventTimeoutMs: EVENT_MS }), [folder.socket]);
});
afterEach(async () => {
  host.close();
  await small.die();
  folder.remove();
});

const codeOf = (outcome: unknown): string | null => (outcome as GatewayError | null)?.code ?? null;
const text = (value: unknown): string => (value as Buffer).latin1Slice();

describe("an event", () => {
  it("carries the request, and its writes are done in order", async () => {
    small.behaviour = () => ({
      ran: 1,
      writes: [
        write.setRequestHeader("x-a", "1"),
        write.setRequestHeader("x-a", "Grüße"),
        write.setHeader("x_b", "2"),
        write.call("kong.service.request.set_path", { text: "/other" }),
      ],
    });
    const x = makeExchange("GET", "/a?b=c", { host: "h.test", "x-in": "1" });
    assert.equal(await host.run(plugin, "access", x), null);
    const [event] = small.of(FRAME.EVENT);
    assert.equal(text(event!.headers), "host: h.test\r\nx-in: 1\r\n");
    assert.equal(text(event!.target), "/a?b=c");
    assert.equal(text(event!.host), "h.test");
    assert.deepEqual(
      [event!.phase, event!.instances, event!.id, event!.method, event!.deadline_ms],
      [0x20, [1], x.id, "GET", EVENT_MS],
    );
    assert.deepEqual(x.requestHeaders.getAll("x-a"), [Buffer.from("Grüße").latin1Slice()]);
    assert.equal(x.responseHeaders.get("x-b"), "2");
    assert.equal(x.upstream.path, "/other");
  });

  it("starts one instance for many events, and reuses the connection", async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => host.run(plugin)));
    assert.deepEqual(new Set(outcomes), new Set([null]));
    assert.equal(small.of(FRAME.START).length, 1);
    assert.equal(small.connections.size, 1);
    const [start] = small.of(FRAME.START);
    assert.deepEqual(JSON.parse(text(start!.config)), {
      message: "one",
      __key__: "plugins:small:::::ws",
      __plugin_id: "p1",
      __ws_id: "ws",
      __seq__: 1,
    });
  });

  it("leaves with those that begin in the same turn, in one write", async (t) => {
    await host.run(plugin);
    const written = t.mock.method(OutBuffer.prototype, "clear"); // once behind each write
    let begun = 0;
    const all: Promise<unknown>[] = [];
    await new Promise<void>((done) => {
      // each as the callback of a socket of its own would begin it
      const next = (): void => {
        all.push(host.run(plugin));
        if (++begun < 20) process.nextTick(next);
        else done();
      };
      next();
    });
    await Promise.all(all);
    assert.equal(written.mock.callCount(), 2); // the first has nobody to wait for
  });

  it("ends with EXIT, by a write and by a call", async () => {
    small.behaviour = () => ({
      ran: 1,
      writes: [write.call("kong.response.exit", { integer: 403 }, { text: "no" })],
    });
    const x = makeExchange();
    assert.equal(await host.run(plugin, "access", x), EXIT);
    assert.equal(x.answer!.status, 403);
    small.behaviour = async ({ call }) => {
      await call("kong.response.exit", [{ integer: 402 }]);
      return { ran: 1, failure: "nothing runs behind an exit" };
    };
    const second = makeExchange();
    assert.equal(await host.run(plugin, "access", second), EXIT);
    assert.equal(second.answer!.status, 402);
    await until(() => small.of(FRAME.CANCEL).length === 1);
    assert.equal(small.of(FRAME.CANCEL)[0]!.reason, 4);
  });

  it("fails with what the plugin threw; its writes are done", async () => {
    small.behaviour = () => ({ ran: 1, failure: "boom", writes: [write.setHeader("x-a", "1")] });
    const x = makeExchange();
    const outcome = await host.run(plugin, "access", x);
    assert.equal(codeOf(outcome), "PLUGIN_FAILED");
    assert.match((outcome as Error).message, /small: boom/);
    assert.equal(x.responseHeaders.get("x-a"), "1");
  });

  it("gets the answers of calls, after what it wrote before them", async () => {
    let result: unknown;
    small.behaviour = async ({ call }) => {
      result = await call(
        "kong.request.get_header",
        [{ text: "x-new" }],
        [write.setRequestHeader("x-new", "here")],
      );
      return { ran: 1 };
    };
    assert.equal(await host.run(plugin), null);
    assert.deepEqual(result, { value: { text: "here" } });
  });

  it("is over when the PDK refuses a call, and the plugin server is told why", async () => {
    small.behaviour = async ({ call }) => {
      await call("kong.service.request.set_path", [{ text: "no slash" }]);
      return { ran: 1 };
    };
    assert.equal(codeOf(await host.run(plugin)), "PDK_ERROR");
    await until(() => small.of(FRAME.CANCEL).length === 1);
    assert.deepEqual(small.of(FRAME.CANCEL)[0], { reason: 3, message: "path must start with /" });
  });

  it("waits for a body that has not arrived", async () => {
    let result: unknown;
    small.behaviour = async ({ call, event }) => {
      assert.equal(event.body_state ?? 0, 0);
      result = await call("kong.request.get_raw_body");
      return { ran: 1 };
    };
    const x = makeExchange("POST", "/", {}, "hello", { bodyLater: true });
    assert.equal(await host.run(plugin, "access", x), null);
    assert.deepEqual(result, { value: { bytes: Buffer.from("hello") } });
  });

  it("gets no time beyond its limit, and nobody else pays for it", async () => {
    small.behaviour = ({ event }) => (event.deadline_ms === EVENT_MS ? { ran: 1 } : null);
    const hanging = host.run(hasty(pluginConfig("p2")));
    assert.equal(await host.run(plugin), null);
    assert.equal(codeOf(await hanging), "PLUGIN_SERVER_TIMEOUT");
    await until(() => small.of(FRAME.CANCEL).length === 1);
    assert.equal(small.of(FRAME.CANCEL)[0]!.reason, 1);
  });

  it("names entities by number, and sends each once", async () => {
    const x = (): ReturnType<typeof makeExchange> => {
      const made = makeExchange();
      made.route = route;
      made.service = service;
      return made;
    };
    const route = { id: "r", name: "orders", tags: null };
    const service = { id: "s" };
    await host.run(plugin, "access", x());
    await host.run(plugin, "access", x());
    const entities = small.of(FRAME.ENTITY);
    assert.equal(entities.length, 2);
    const json = JSON.parse(text(entities[0]!.json)) as Record<string, unknown>;
    assert.deepEqual(Object.keys(json).sort(), ["id", "name", "ws_id"]);
    const [first, second] = small.of(FRAME.EVENT);
    assert.deepEqual([first!.route, first!.service], [1, 2]);
    assert.deepEqual([second!.route, second!.service], [1, 2]);
    assert.notEqual(first!.request, second!.request);
  });
});
