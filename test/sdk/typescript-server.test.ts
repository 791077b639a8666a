/** The TypeScript SDK's server on a real socket: the conversation, and peers that do not keep to it. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import {
  definePlugin,
  EventCancelled,
  PluginServer,
  string,
} from "../../plugin-sdk/typescript/index.ts";
import type { Message } from "../../plugin-sdk/typescript/wire/codec.ts";
import { FRAME } from "../../plugin-sdk/typescript/wire/messages.ts";
import { accessEvent, NativeClient } from "../helpers/native-client.ts";
import { base, connected, folder, writesOf } from "../helpers/sdk-server.ts";

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

  it("closes what a start opened that was stopped before it was done, and tells of neither", async () => {
    const seen: string[] = [];
    let opened = (_state: string): void => {};
    const plugin = definePlugin({
      ...base,
      name: "slow",
      start: () =>
        new Promise<string>((done) => {
          opened = done;
        }),
      stop: (_config, state) => void seen.push(`stopped ${state}`),
      access() {},
    });
    const { client } = await connected(plugin);
    client.send(0, FRAME.START, "Start", { instance: 1, plugin: "slow", config: "{}" });
    client.send(0, FRAME.STOP, "Stop", { instance: 1 });
    client.send(0, FRAME.PING, "Ping", { token: 1n });
    assert.equal((await client.next()).type, "Ping");
    opened("pool");
    client.send(0, FRAME.PING, "Ping", { token: 2n });
    assert.equal((await client.next()).type, "Ping");
    assert.deepEqual(seen, ["stopped pool"]);
  });
});

describe("a call that the gateway would not take", () => {
  // Goal: it fails for the plugin, and neither the connection nor other events. Method: a small limit in the hello.
  it("fails before it is sent, and what was written stays", async () => {
    const asker = definePlugin({
      ...base,
      name: "asker",
      async access(kong) {
        kong.response.setHeader("x-a", "1");
        const large = kong.client.loadConsumer("c".repeat(5000));
        const cause = await large.then(
          () => null,
          (thrown: Error) => thrown,
        );
        kong.response.setHeader("x-why", cause?.message ?? "none");
      },
    });
    const { socket } = await connected(asker);
    const client = new NativeClient(socket);
    after(() => client.destroy());
    await client.hello({ frame_bytes_max: 4096 });
    await client.start(1, asker.name);
    client.event(1, accessEvent({ instances: [1] }));
    const { type, message } = await client.next();
    assert.equal(type, "Done");
    const writes = message.writes as readonly { value: Buffer }[];
    assert.deepEqual(
      writes.map(({ value }) => value.toString()),
      ["1", "the call is longer than the gateway takes"],
    );
  });
});
