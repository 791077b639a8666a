/** Events of every phase on the TypeScript SDK's server: what plugins see of each other, bodies, contexts, conditions. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { by, definePlugin, method, string } from "../../plugin-sdk/typescript/index.ts";
import type { Message } from "../../plugin-sdk/typescript/wire/codec.ts";
import { FRAME } from "../../plugin-sdk/typescript/wire/messages.ts";
import { decodeValue } from "../../plugin-sdk/typescript/wire/value.ts";
import { accessEvent } from "../helpers/native-client.ts";
import { base, connected } from "../helpers/sdk-server.ts";

describe("events", () => {
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
      { a: ["1"], b: ["x y", true] },
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
