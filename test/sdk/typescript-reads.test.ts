/** What plugins read, as the TypeScript SDK tells a gateway that asks for it, and only such a one. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { definePlugin, type Plugin } from "../../plugin-sdk/typescript/index.ts";
import { encode, type Message } from "../../plugin-sdk/typescript/wire/codec.ts";
import { FRAME } from "../../plugin-sdk/typescript/wire/messages.ts";
import { pluginOf } from "../../plugin-servers/typescript/kong-pdk-module.ts";
import { accessEvent, NativeClient } from "../helpers/native-client.ts";
import { base, connected } from "../helpers/sdk-server.ts";

/** A client that asked for reads. */
async function asking(plugin: Plugin): Promise<NativeClient> {
  const { socket } = await connected(plugin);
  const client = new NativeClient(socket);
  after(() => client.destroy());
  await client.hello({ wants_reads: true });
  await client.start(1, plugin.name);
  return client;
}

describe("reads", () => {
  const reader = definePlugin({
    ...base,
    name: "reader",
    async access(kong) {
      kong.request.getHeader("X-User");
      kong.request.getForwardedHost();
      kong.request.getQueryArg("caf\u00e9 x");
      kong.response.setHeader("x-a", "1");
      await kong.request.getForwardedPath();
      await kong.ctx.shared.get("k");
      kong.client.getIp();
      void kong.version;
    },
  });
  const expected = [
    "kong.request.get_header X-User",
    "kong.request.get_forwarded_host",
    "kong.request.get_query_arg caf\u00e9 x",
    "kong.ctx.shared.get k",
    "kong.client.get_ip",
    "kong.version",
  ];

  /** Runs an event, answering what it asks. */
  async function run(client: NativeClient, event: Message = {}): Promise<Message> {
    client.event(1, accessEvent({ instances: [1], ...event }));
    for (;;) {
      const { type, message } = await client.next();
      if (type === "Done") return message;
      client.send(1, FRAME.RESULT, "Result", { value: { text: "/" } });
    }
  }

  it("are named in order, without what was asked of the gateway", async () => {
    const client = await asking(reader);
    assert.deepEqual((await run(client)).reads, expected);
    assert.deepEqual((await run(client)).reads, expected, "each event begins anew");
  });

  it("are not named to a gateway that does not ask", async () => {
    const { client } = await connected(reader);
    await client.start(1, "reader");
    assert.equal((await run(client)).reads, undefined);
  });

  it("are bounded", async () => {
    const many = definePlugin({
      ...base,
      name: "many",
      access(kong) {
        for (let n = 0; n < 2000; n++) kong.request.getHeader("x".repeat(500));
      },
    });
    const { reads } = await run(await asking(many));
    assert.equal((reads as string[]).length, 1000);
    assert.equal((reads as string[])[0]!.length, 200);
  });

  it("come with each chunk of a body", async () => {
    const filter = definePlugin({
      ...base,
      name: "filter",
      body_filter(kong) {
        if (kong.response.isLastChunk()) kong.response.getStatus();
      },
    });
    const client = await asking(filter);
    client.event(1, accessEvent({ instances: [1], phase: 0x400, status: 200 }));
    assert.equal((await client.next()).message.wants_body, true);
    for (const [isLast, reads] of [
      [false, ["kong.response.is_last_chunk"]],
      [true, ["kong.response.is_last_chunk", "kong.response.get_status"]],
    ] as const) {
      client.send(1, FRAME.CHUNK, "Chunk", { data: Buffer.from("x"), is_last: isLast });
      assert.deepEqual((await client.next()).message.reads, reads);
    }
  });

  it("are those of a kong-pdk plugin, too", async () => {
    class Plugin {
      async access(kong: { request: Record<string, (name: string) => Promise<unknown>> }) {
        await kong.request.get_header!("x-user");
        await kong.request.getQueryArg!("a");
      }
    }
    const options = { swallowsExceptions: false, warn: () => {} };
    const plugin = pluginOf({ Plugin: Plugin as never }, "pdk-reader", options);
    const { reads } = await run(await asking(plugin));
    assert.deepEqual(reads, ["kong.request.get_header x-user", "kong.request.get_query_arg a"]);
  });
});

it("Hello.wants_reads is one byte behind its tag", () => {
  assert.equal(encode("Hello", { wants_reads: true }), "\x48\x01");
});
