/** The TypeScript SDK's server on a real socket: the whole conversation, and peers that do not keep to it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import {
  by,
  definePlugin,
  EventCancelled,
  method,
  type Plugin,
  PluginServer,
  string,
} from "../../plugin-sdk/typescript/index.ts";
import type { Message } from "../../plugin-sdk/typescript/wire/codec.ts";
import { FRAME } from "../../plugin-sdk/typescript/wire/messages.ts";
import { decodeValue } from "../../plugin-sdk/typescript/wire/value.ts";
import { accessEvent, NativeClient } from "../helpers/native-client.ts";

const folder = mkdtempSync(join(tmpdir(), "sdk-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let sockets = 0;
const base = { version: "1.0.0", priority: 10 } as const;

/** A server with these plugins and a client that said hello; both end with the test. */
async function connected(plugins: Plugin | readonly Plugin[], concurrency = 0) {
  const socket = join(folder, `${++sockets}.sock`);
  const list = Array.isArray(plugins) ? plugins : [plugins as Plugin];
  const lines: string[] = [];
  const server = new PluginServer({
    plugins: list,
    socket,
    concurrency,
    complain: (line) => void lines.push(line),
  });
  await server.listen();
  const client = new NativeClient(socket);
  after(() => {
    client.destroy();
    return server.close("test", 0);
  });
  const hello = await client.hello();
  return { server, client, hello, socket, lines };
}

/** Writes of a Done as texts: operation, name, value or arguments. */
function writesOf(message: Message): string[] {
  const writes = (message.writes ?? []) as {
    op?: number;
    name?: Buffer;
    value?: Buffer;
    number?: number;
    args?: Message[];
  }[];
  return writes.map(({ op = 0, name, value, number, args }) =>
    [op, name, value, number, args && JSON.stringify(args)]
      .filter((one) => one !== undefined)
      .join(" "),
  );
}

describe("PluginServer", () => {
  it("says hello at once, with what the query command prints", async () => {
    const plugin = definePlugin({
      ...base,
      name: "hello",
      config: { greeting: string({ default: "hi" }) },
      access() {},
      log() {},
    });
    const { hello } = await connected(plugin, 7);
    const [info] = hello.plugins as { schema: Buffer }[];
    assert.deepEqual(
      { ...info, schema: JSON.parse(String(info!.schema)) },
      {
        name: "hello",
        priority: 10,
        version: "1.0.0",
        phases: ["access", "log"],
        schema: {
          name: "hello",
          fields: [
            {
              config: { type: "record", fields: [{ greeting: { type: "string", default: "hi" } }] },
            },
          ],
        },
      },
    );
    assert.equal(hello.concurrency_max, 7);
    assert.equal(hello.pid, process.pid);
  });

  it("answers an event with what was written, reads showing it", async () => {
    const seen: unknown[] = [];
    const plugin = definePlugin({
      ...base,
      name: "hello",
      config: { greeting: string({ required: true }) },
      access(kong, config) {
        seen.push(
          kong.request.getHeader("X_Client_Id"),
          kong.request.getPath(),
          kong.request.getQueryArg("page"),
        );
        kong.service.request.setHeader("X-Client-Id", config.greeting);
        seen.push(kong.request.getHeader("x-client-id"));
        kong.response.setHeader("x-served-by", "sdk");
      },
    });
    const { client } = await connected(plugin);
    assert.deepEqual(await client.start(1, "hello", { greeting: "good night", __seq__: 3 }), {
      stream: 0,
      type: "Started",
      message: { instance: 1 },
    });
    client.event(5, accessEvent());
    const done = await client.next();
    assert.deepEqual(seen, ["client-42", "/orders/7", "2", "good night"]);
    assert.equal(done.stream, 5);
    assert.equal(done.type, "Done");
    assert.deepEqual(writesOf(done.message), ["1 X-Client-Id good night", "4 x-served-by sdk"]);
    assert.equal(done.message.ran, 1);
  });

  it("refuses a configuration that does not fit, and a plugin that is not there", async () => {
    const plugin = definePlugin({
      ...base,
      name: "hello",
      config: { greeting: string({ required: true }) },
      access() {},
    });
    const { client } = await connected(plugin);
    const missing = await client.start(1, "hello", {});
    assert.deepEqual(missing.message, {
      instance: 1,
      message: "config.greeting: required field missing",
    });
    const unknown = await client.start(2, "other", {});
    assert.equal(unknown.type, "StartFailed");
    client.event(1, accessEvent({ instances: [2] }));
    assert.match(String((await client.next()).message.failure), /no instance 2/);
  });

  it("asks with a Call, writes before it going along, and runs other events meanwhile", async () => {
    const plugin = definePlugin({
      ...base,
      name: "asks",
      async access(kong) {
        kong.response.setHeader("x-before", "1");
        const [secret, consumer] = await Promise.all([
          kong.vault.get("{vault://env/x}"),
          kong.client.loadConsumer("bob", true),
        ]);
        kong.response.setHeader("x-after", `${secret} ${consumer?.username} ${kong.lastError}`);
      },
    });
    const { client } = await connected(plugin);
    await client.start(1, "asks");
    client.event(1, accessEvent());
    client.event(2, accessEvent());
    const calls = [await client.next(), await client.next()];
    for (const [i, call] of calls.entries()) {
      assert.equal(call.type, "Call");
      assert.equal(call.stream, i + 1);
      assert.equal(call.message.method, "kong.vault.get");
      assert.deepEqual(writesOf(call.message), ["4 x-before 1"]);
    }
    client.send(2, FRAME.RESULT, "Result", { value: { text: "s3cret" } });
    assert.deepEqual((await client.next()).message, {
      method: "kong.client.load_consumer",
      args: [{ text: "bob" }, { boolean: true }],
    });
    client.send(2, FRAME.RESULT, "Result", { error: "no such consumer" });
    const done = await client.next();
    assert.equal(done.stream, 2);
    assert.deepEqual(writesOf(done.message), ["4 x-after s3cret undefined no such consumer"]);
  });

  it("ends a handler whose call is refused, and takes the stream's number again", async () => {
    let caught: unknown;
    const plugin = definePlugin({
      ...base,
      name: "asks",
      async access(kong) {
        try {
          await kong.call("kong.service.request.enable_tls");
        } catch (cause) {
          caught = cause;
          kong.response.setHeader("x-late", "1");
        }
      },
    });
    const { client, server } = await connected(plugin);
    await client.start(1, "asks");
    client.event(1, accessEvent());
    await client.next("Call");
    client.send(1, FRAME.CANCEL, "Cancel", { reason: 3, message: "not in access" });
    client.event(1, accessEvent());
    assert.equal((await client.next()).type, "Call", "nothing is sent for the cancelled event");
    assert.ok(caught instanceof EventCancelled);
    assert.equal(caught.reason, "refused");
    assert.equal(caught.message, "not in access");
    assert.equal(server.eventCount, 1);
  });

  it("makes one failed event of an exception, with its trace in the log", async () => {
    const plugin = definePlugin({
      ...base,
      name: "throws",
      access(kong) {
        kong.response.setHeader("x-before", "1");
        throw new RangeError("on purpose");
      },
      log: () => Promise.reject(new Error("later")),
    });
    const { client } = await connected(plugin);
    await client.start(1, "throws");
    client.event(9, accessEvent());
    const log = await client.next();
    assert.equal(log.stream, 9);
    assert.match(String(log.message.message), /^RangeError: on purpose\n {4}at /);
    assert.deepEqual([log.message.level, log.message.plugin], ["err", "throws"]);
    const done = await client.next();
    assert.equal(done.message.failure, "on purpose");
    assert.deepEqual(writesOf(done.message), ["4 x-before 1"]);
    client.event(9, accessEvent({ phase: 0x2000 }));
    assert.equal((await client.next("Done")).message.failure, "later");
  });

  it("ends at an exit, even one that the plugin catches, and runs no plugin behind it", async () => {
    const ran: string[] = [];
    const first = definePlugin({ ...base, name: "first", access: () => void ran.push("first") });
    const second = definePlugin({
      ...base,
      name: "second",
      access(kong) {
        try {
          kong.response.exit(403, { message: "no" }, { "x-why": "because" });
        } catch {
          kong.response.setHeader("x-late", "1");
        }
      },
    });
    const third = definePlugin({ ...base, name: "third", access: () => void ran.push("third") });
    const { client } = await connected([first, second, third]);
    for (const [i, name] of ["first", "second", "third"].entries()) await client.start(i + 1, name);
    client.event(1, accessEvent({ instances: [1, 2, 3] }));
    const { message } = await client.next("Done");
    assert.deepEqual(ran, ["first"]);
    assert.equal(message.ran, 2);
    const [next, exit] = message.writes as { op?: number; name?: Buffer; args?: Message[] }[];
    assert.equal(next!.op, 8);
    assert.equal(String(exit!.name), "kong.response.exit");
    assert.equal((message.writes as unknown[]).length, 2);
  });

  it("shows a plugin what the one before it in the event wrote", async () => {
    const seen: unknown[] = [];
    const writer = definePlugin({
      ...base,
      name: "writer",
      async access(kong) {
        kong.service.request.setHeader("x-a", ["1", "2"]);
        kong.service.request.setMethod("PUT");
        kong.service.request.setQuery({ b: ["x y", true], a: 1 });
        kong.ctx.shared.set("k", { n: [1, 2] });
        kong.client.authenticate({ id: "c-1", username: "ann" }, null);
      },
    });
    const reader = definePlugin({
      ...base,
      name: "reader",
      async access(kong) {
        seen.push(
          kong.request.getHeaders()["x-a"],
          kong.request.getMethod(),
          kong.request.getRawQuery(),
          kong.request.getQuery(),
        );
        seen.push(
          await kong.ctx.shared.get("k"),
          kong.client.getConsumer(),
          kong.client.getCredential(),
        );
      },
    });
    const { client } = await connected([writer, reader]);
    await client.start(1, "writer");
    await client.start(2, "reader");
    client.event(1, accessEvent({ instances: [1, 2] }));
    assert.equal((await client.next()).type, "Done");
    assert.deepEqual(seen, [
      ["1", "2"],
      "PUT",
      "a=1&b=x%20y&b",
      { a: ["1"], b: ["x y"] },
      { n: [1, 2] },
      { id: "c-1", username: "ann" },
      undefined,
    ]);
  });

  it("keeps kong.ctx.plugin until the request is forgotten", async () => {
    const seen: unknown[] = [];
    const plugin = definePlugin({
      ...base,
      name: "ctx",
      access(kong) {
        kong.ctx.plugin.began = new Date(5);
      },
      log: (kong) => void seen.push(kong.ctx.plugin.began),
    });
    const { client } = await connected(plugin);
    await client.start(1, "ctx");
    client.event(1, accessEvent({ request: 77 }));
    assert.equal((await client.next()).message.keeps_context, true);
    client.event(1, accessEvent({ request: 77, phase: 0x2000 }));
    await client.next();
    client.send(0, FRAME.FORGET, "Forget", { requests: [77] });
    client.event(1, accessEvent({ request: 77, phase: 0x2000 }));
    assert.equal((await client.next()).message.keeps_context, undefined);
    assert.deepEqual(seen, [new Date(5), undefined]);
  });

  it("passes a body chunk by chunk, changed, held, or as it came", async () => {
    const upper = definePlugin({
      ...base,
      name: "upper",
      body_filter(kong) {
        const chunk = kong.response.getChunk();
        if (chunk?.includes("same")) return;
        kong.response.setChunk(chunk?.toString().toUpperCase());
      },
    });
    const whole = definePlugin({
      ...base,
      name: "whole",
      body_filter(kong) {
        const body = kong.response.getRawBody();
        if (body !== undefined)
          kong.response.setRawBody(
            `${createHash("sha1").update(body).digest("hex")} ${body.length}`,
          );
      },
    });
    const { client } = await connected([upper, whole]);
    await client.start(1, "upper");
    await client.start(2, "whole");
    const event = accessEvent({ phase: 0x400, instances: [1], status: 200 });
    client.event(3, event);
    assert.deepEqual((await client.next()).message, { ran: 1, wants_body: true });
    const chunk = async (stream: number, data: string, is_last = false): Promise<Message> => {
      client.send(stream, FRAME.CHUNK, "Chunk", { data, is_last });
      return (await client.next("ChunkDone")).message;
    };
    assert.deepEqual(await chunk(3, "hello"), { data: Buffer.from("HELLO") });
    assert.deepEqual(await chunk(3, "the same"), { is_unchanged: true });
    assert.deepEqual(await chunk(3, "x".repeat(70_000)), { data: Buffer.from("X".repeat(70_000)) });
    assert.deepEqual(await chunk(3, "", true), { is_last: true });
    client.event(3, { ...event, instances: [1, 2] });
    await client.next("Done");
    assert.deepEqual(await chunk(3, "a".repeat(300)), {});
    const last = await chunk(3, "b", true);
    const digest = createHash("sha1")
      .update(`${"A".repeat(300)}B`)
      .digest("hex");
    assert.deepEqual(last, { data: Buffer.from(`${digest} 301`), is_last: true });
  });

  it("runs init_worker and configure without a request, with the configs in force", async () => {
    const seen: unknown[] = [];
    const plugin = definePlugin({
      ...base,
      name: "setup",
      config: { n: string() },
      init_worker: (kong) => void seen.push(kong.node.getId()),
      configure: (_kong, configs) => void seen.push(configs),
      access(kong) {
        seen.push(kong.version);
      },
    });
    const { client } = await connected(plugin);
    client.event(1, { phase: 1, plugin: "setup" });
    assert.deepEqual((await client.next()).message, {});
    await client.start(1, "setup", { n: "one" });
    await client.start(2, "setup", { n: "two" });
    client.event(1, { phase: 0x8000, plugin: "setup", configs: [1, 2] });
    assert.deepEqual((await client.next()).message, {});
    assert.deepEqual(seen, ["node-1", [{ n: "one" }, { n: "two" }]]);
  });

  it("tells conditions, a cache key, and how long an answer may be used again", async () => {
    const plugin = definePlugin({
      ...base,
      name: "cached",
      config: { ms: string() },
      when: () => ({ access: method("GET", "HEAD") }),
      cacheKey: () => [by.header("authorization"), by.route()],
      access(kong) {
        kong.cache(1500);
      },
    });
    const { client } = await connected(plugin);
    const { message } = await client.start(1, "cached");
    assert.deepEqual(message, {
      instance: 1,
      conditions: [{ phases: 0x20, condition: { method_in: { list: ["GET", "HEAD"] } } }],
      cache_key: { parts: [{ kind: 4, name: "authorization" }, { kind: 7 }] },
    });
    client.event(1, accessEvent());
    assert.equal((await client.next()).message.cache_ms, 1500);
  });

  it("opens and closes what a plugin config needs, and logs on the stream", async () => {
    const seen: string[] = [];
    const plugin = definePlugin({
      ...base,
      name: "state",
      config: { url: string() },
      start: async (config, meta) => ({ url: config.url, id: meta.pluginId }),
      stop: (_config, state) => void seen.push(`stopped ${state.url} ${state.id}`),
      access(kong, _config, state) {
        kong.log.warn("at ", { url: state.url }, 1, undefined, "x");
      },
    });
    const { client } = await connected(plugin);
    await client.start(1, "state", { url: "redis://x", __plugin_id: "p-1" });
    client.event(1, accessEvent());
    const line = await client.next();
    assert.deepEqual(line, {
      stream: 1,
      type: "LogLine",
      message: { level: "warn", message: 'at {"url":"redis://x"}1nilx', plugin: "state" },
    });
    client.send(0, FRAME.STOP, "Stop", { instance: 1 });
    client.send(0, FRAME.PING, "Ping", { token: 7n });
    assert.deepEqual((await client.next("Ping")).message, { token: 7n });
    assert.deepEqual(seen, ["stopped redis://x p-1"]);
  });

  it("closes a connection that is out of step, and goes on serving others", async () => {
    const plugin = definePlugin({ ...base, name: "hello", access() {} });
    const { client, socket, lines } = await connected(plugin);
    await client.start(1, "hello");
    const wrong: [string, (bad: NativeClient) => void][] = [
      ["another protocol", (bad) => bad.socket.write("GET / HTTP/1.1\r\n\r\n")],
      ["too long", (bad) => bad.socket.write(Buffer.from("DRAGOMAN\xff\xff\xff\xff", "latin1"))],
      [
        "before hello",
        (bad) => {
          bad.socket.write("DRAGOMAN");
          bad.event(1, accessEvent());
        },
      ],
      [
        "no message",
        (bad) => {
          bad.socket.write("DRAGOMAN\x07\0\0\0\0\0\0\0\x01\x0a\xff", "latin1");
        },
      ],
    ];
    for (const [name, misbehave] of wrong) {
      const bad = new NativeClient(socket);
      misbehave(bad);
      await bad.closed();
      assert.ok(lines.length > 0, name);
    }
    client.event(1, accessEvent());
    assert.equal((await client.next()).type, "Done");
    client.event(0, accessEvent());
    await client.closed();
  });

  it("drains: says so, finishes what is under way, closes, removes the socket", async () => {
    let finish = (): void => {};
    const plugin = definePlugin({
      ...base,
      name: "slow",
      access: () =>
        new Promise<void>((done) => {
          finish = done;
        }),
    });
    const { client, server, socket } = await connected(plugin);
    await client.start(1, "slow");
    client.event(1, accessEvent());
    client.send(0, FRAME.PING, "Ping", { token: 1n });
    await client.next("Ping");
    const closed = server.close("stopping");
    assert.deepEqual((await client.next()).message, { reason: "stopping" });
    finish();
    assert.equal((await client.next()).type, "Done");
    await client.closed();
    await closed;
    assert.equal(existsSync(socket), false);
  });

  it("replaces a socket file that was left behind", async () => {
    const plugin = definePlugin({ ...base, name: "hello", access() {} });
    const socket = join(folder, "stale.sock");
    writeFileSync(socket, "");
    const server = new PluginServer({ plugins: [plugin], socket });
    await server.listen();
    after(() => server.close("test", 0));
    const client = new NativeClient(socket);
    after(() => client.destroy());
    assert.ok(await client.hello());
  });

  it("says that there is no common version, and ends", async () => {
    const plugin = definePlugin({ ...base, name: "hello", access() {} });
    const { socket } = await connected(plugin);
    const client = new NativeClient(socket);
    client.socket.write("DRAGOMAN");
    client.send(0, FRAME.HELLO, "Hello", { protocol_versions: [9] });
    assert.match(String((await client.next("Draining")).message.reason), /version/);
    await client.closed();
  });

  it("sends values of every kind", async () => {
    const plugin = definePlugin({
      ...base,
      name: "values",
      async access(kong) {
        kong.ctx.shared.set(
          "k",
          (await kong.call("kong.nginx.get_ctx", [
            1,
            2.5,
            "ü",
            Buffer.of(255),
            null,
            { a: true },
          ])) as never,
        );
      },
    });
    const { client } = await connected(plugin);
    await client.start(1, "values");
    client.event(1, accessEvent());
    const call = await client.next("Call");
    const [value] = call.message.args as Message[];
    const list = ((value!.list as Message).list as Message[]).map((one) => Object.keys(one)[0]);
    assert.deepEqual(list, ["integer", "number", "text", "bytes", undefined, "map"]);
    client.send(1, FRAME.RESULT, "Result", { value: value! });
    const done = await client.next("Done");
    const [write] = done.message.writes as { args: Message[] }[];
    assert.equal(write!.args.length, 2);
    assert.equal(decodeValue(""), undefined);
  });
});
