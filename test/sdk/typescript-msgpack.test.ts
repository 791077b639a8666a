/** MsgPack:1 of the plugin server for JavaScript: what Kong sends, what it must never be hurt by. msgpackr is the other side. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { Packr } from "msgpackr";
import { PluginServer } from "../../plugin-sdk/typescript/server/plugin-server.ts";
import { pluginOf } from "../../plugin-servers/typescript/kong-pdk-module.ts";
import { EVENTS_MAX, MESSAGE_BYTES_MAX } from "../../plugin-servers/typescript/msgpack/limits.ts";
import { NESTING_MAX, pack, Unpackable } from "../../plugin-servers/typescript/msgpack/pack.ts";
import { msgpackProtocol } from "../../plugin-servers/typescript/msgpack/protocol.ts";
import { MsgpackServer } from "../../plugin-servers/typescript/msgpack/server.ts";
import { EndFinder, Malformed, unpack } from "../../plugin-servers/typescript/msgpack/unpack.ts";
import { NativeClient } from "../helpers/native-client.ts";
import { seededRandom } from "../helpers/seed.ts";

const packr = new Packr({ useRecords: false, mapsAsObjects: true });

interface Kong {
  readonly request: Record<string, (...args: unknown[]) => Promise<unknown>>;
  readonly response: Record<string, (...args: unknown[]) => Promise<unknown>>;
}

/** Handlers by what the configuration says. */
const DOES: Record<string, (kong: Kong) => unknown> = {
  nothing: () => undefined,
  read: async ({ request, response }) => {
    const host = await request.getHeader!("host");
    await response.set_header!("x-host", host);
  },
  many: ({ request }) => Promise.all([request.getMethod!(), request.getPath!()]),
  unawaited: ({ request, response }) => {
    void request.getMethod!();
    void response.setHeader!("x", "1");
    void response.exit!(401);
    void request.getPath!(); // never said
  },
  "unawaited-end": ({ request, response }) => {
    void request.getMethod!();
    void response.setHeader!("x", "1");
  },
  exit: async ({ request, response }) => {
    await response.exit!(201, "bye", { x: "y" });
    await request.getMethod!(); // never comes back
    throw new Error("it went on");
  },
  throw: () => {
    throw new Error("broken: no plugin instance");
  },
  deep: async ({ response }) => {
    const deep: unknown[] = [];
    deep.push(deep);
    await response.set_header!("x", deep);
  },
  catch: async ({ request, response }) => {
    try {
      await request.getHeader!("host");
    } catch (cause) {
      await response.set_header!("x-error", (cause as Error).name, (cause as Error).message);
    }
  },
};

class Plugin {
  readonly #config: { do?: string };
  constructor(config: unknown) {
    this.#config = config as { do?: string };
    if (this.#config.do === "refuse") throw new Error("not like this");
  }
  access(kong: Kong): unknown {
    return DOES[this.#config.do ?? "nothing"]!(kong);
  }
}

const scratch = mkdtempSync(join(tmpdir(), "msgpack-"));
const servers: PluginServer[] = [];
after(async () => {
  for (const server of servers) await server.close("the test is over", 0);
  rmSync(scratch, { recursive: true, force: true });
});

async function serving(swallowsExceptions = false) {
  const warn = (): void => {};
  const made = Plugin as unknown as new (config: unknown) => Record<string, unknown>;
  const plugin = pluginOf({ Plugin: made, Version: "1.0" }, "p", { swallowsExceptions, warn });
  const socket = join(scratch, `${servers.length}.sock`);
  const guests = msgpackProtocol({ plugins: [plugin], swallowsExceptions, warn });
  const server = new PluginServer({ plugins: [plugin], socket, guests, complain: () => {} });
  servers.push(server);
  await server.listen();
  return { server, socket, plugin };
}

type Reply = [type: number, id: number, error: string | null, result: Record<string, unknown>];

/** A gateway's connection, one call at a time. */
class Client {
  readonly socket: Socket;
  readonly #replies: Reply[] = [];
  #bytes = Buffer.alloc(0);
  #arrived = (): void => {};
  #id = 0;
  readonly closed: Promise<unknown>;

  constructor(path: string) {
    this.socket = createConnection(path);
    this.socket.on("error", () => {});
    this.closed = once(this.socket, "close");
    this.socket.on("data", (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      for (;;) {
        const end = new EndFinder().find(this.#bytes);
        if (this.#bytes.length === 0 || end < 0) break;
        this.#replies.push(packr.unpack(this.#bytes.subarray(0, end)) as Reply);
        this.#bytes = this.#bytes.subarray(end);
      }
      this.#arrived();
    });
  }

  async reply(): Promise<Reply> {
    while (this.#replies.length === 0) {
      await new Promise<void>((done) => {
        this.#arrived = done;
      });
    }
    return this.#replies.shift()!;
  }

  request(method: string, ...args: unknown[]): Buffer {
    return packr.pack([0, ++this.#id, method, args]);
  }

  async call(method: string, ...args: unknown[]): Promise<Reply> {
    this.socket.write(this.request(`plugin.${method}`, ...args));
    const reply = await this.reply();
    assert.deepEqual([reply[0], reply[1]], [1, this.#id]);
    return reply;
  }

  async start(what: string): Promise<number> {
    const [, , error, status] = await this.call("StartInstance", {
      Name: "p",
      Config: JSON.stringify({ do: what, __seq__: 3 }),
    });
    assert.equal(error, null);
    return status.Id as number;
  }

  begin(instance: number): Promise<Reply> {
    return this.call("HandleEvent", { InstanceId: instance, EventName: "access" });
  }
}

describe("MsgPack:1", () => {
  it("packs and unpacks as msgpackr does, whatever the value, and finds its end wherever it is cut", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: "grapheme" }),
        fc.integer(),
        fc.double({ noNaN: true }).map((n) => n + 0),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("any"), { maxLength: 20 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,40}$/), tie("any"), {
          maxKeys: 20,
          noNullPrototype: true,
        }),
      ),
    })).any;
    const property = fc.property(value, fc.nat(), (given, cut) => {
      const bytes = pack(given);
      assert.deepEqual(packr.unpack(bytes), given);
      assert.deepEqual(unpack(packr.pack(given)), given);
      const finder = new EndFinder();
      if (cut % bytes.length > 0) {
        assert.equal(finder.find(bytes.subarray(0, cut % bytes.length)), -1);
      }
      assert.equal(finder.find(Buffer.concat([bytes, Buffer.of(1)])), bytes.length);
    });
    fc.assert(property, { seed: seededRandom("MsgPack:1").seed, numRuns: 500 });
  });

  it("has bytes, long texts and lists, and numbers of every size", () => {
    const values = [
      Buffer.alloc(70_000, 7),
      "x".repeat(70_000),
      Array.from({ length: 70_000 }, () => 1),
      255,
      256,
      65_536,
      2 ** 32,
      2 ** 53,
      -1,
      -33,
      -129,
      -40_000,
      -(2 ** 31) - 1,
      1.5,
    ];
    for (const given of values) assert.deepEqual(unpack(pack(given)), given);
    for (const given of values) assert.deepEqual(unpack(packr.pack(given)), given);
    assert.equal(unpack(pack(() => 1)), null);
    // a header's bytes need not be UTF-8
    const latin1 = Buffer.from([0xa2, 0x63, 0xe9]);
    assert.deepEqual(pack(unpack(latin1)), latin1);
    const itself: unknown[] = [];
    itself.push(itself);
    assert.throws(() => pack(itself), Unpackable);
    assert.throws(() => unpack(Buffer.alloc(NESTING_MAX + 9, 0x91)), Malformed);
    assert.throws(() => unpack(Buffer.of(0xdd, 255, 255, 255, 255)), Malformed);
  });

  it("runs an event over Steps, on any connection, beside the native protocol on the same socket", async () => {
    const { socket } = await serving();
    const [one, two] = [new Client(socket), new Client(socket)];
    const native = new NativeClient(socket);
    await native.hello();
    const instance = await one.start("read");
    assert.equal(instance, 0);
    const asked = await one.begin(instance);
    assert.deepEqual(asked[3], {
      Data: { Method: "kong.request.get_header", Args: ["host"] },
      EventId: 0,
    });
    const set = await two.call("StepMultiMap", { EventId: 0, Data: "h.test" });
    assert.deepEqual(set[3].Data, {
      Method: "kong.response.set_header",
      Args: ["x-host", "h.test"],
    });
    assert.deepEqual((await one.call("Step", { EventId: 0 }))[3], { Data: "ret", EventId: 0 });
    assert.equal((await one.call("Step", { EventId: 0 }))[2], "event id 0 not found");
    native.socket.destroy();
  });

  it("answers calls that are made at a time in their order", async () => {
    const client = new Client((await serving()).socket);
    const first = await client.begin(await client.start("many"));
    const second = await client.call("Step", { EventId: 0, Data: "GET" });
    assert.deepEqual(
      [first, second].map(([, , , { Data }]) => (Data as { Method: string }).Method),
      ["kong.request.get_method", "kong.request.get_path"],
    );
    assert.equal((await client.call("Step", { EventId: 0, Data: "/" }))[3].Data, "ret");
  });

  // Goal: a plugin that waits for nothing, exits and returns must not let the request pass.
  it("says calls that a plugin does not wait for in their order, also those after which it was over at once", async () => {
    const { socket, server } = await serving();
    const client = new Client(socket);
    for (const [what, last] of [
      ["unawaited", "kong.response.exit"],
      ["unawaited-end", "ret"],
    ] as const) {
      const said: unknown[] = [];
      let [, , error, result] = await client.begin(await client.start(what));
      for (let i = 0; i < 4 && error === null && result.Data !== "ret"; i++) {
        said.push((result.Data as { Method: string }).Method);
        [, , error, result] = await client.call("Step", { EventId: result.EventId });
      }
      assert.equal(error, null, what);
      if (last === "ret") said.push(result.Data);
      assert.deepEqual(said, ["kong.request.get_method", "kong.response.set_header", last]);
      assert.equal(server.eventCount, 0);
    }
  });

  it("ends with an exit, and says so to a gateway that asks", async () => {
    const { socket, server } = await serving();
    const client = new Client(socket);
    const exit = await client.begin(await client.start("exit"));
    assert.deepEqual(exit[3].Data, {
      Method: "kong.response.exit",
      Args: [201, "bye", { x: "y" }],
    });
    assert.equal((await client.call("Step", { EventId: 0 }))[3].Data, "ret");
    assert.equal(server.eventCount, 0);
  });

  it("gives a plugin the error of a StepError, as kong-pdk words it", async () => {
    const client = new Client((await serving()).socket);
    await client.begin(await client.start("catch"));
    const [, , , { Data }] = await client.call("StepError", { EventId: 0, Data: "nope" });
    assert.deepEqual((Data as { Args: string[] }).Args, [
      "x-error",
      "PDKError",
      "PDK method kong.request.get_header failed: nope",
    ]);
  });

  it("says an exception as an error, which never reads as a lost instance; or swallows it where it is told to", async () => {
    const client = new Client((await serving()).socket);
    const [, , error] = await client.begin(await client.start("throw"));
    assert.equal(error, "broken: no such instance");
    const swallowing = new Client((await serving(true)).socket);
    const reply = await swallowing.begin(await swallowing.start("throw"));
    assert.deepEqual([reply[2], reply[3].Data], [null, "ret"]);
  });

  it("says what it does not have, in kong-pdk's words", async () => {
    const client = new Client((await serving()).socket);
    const gone = { InstanceId: 99, EventName: "access" };
    assert.equal((await client.call("HandleEvent", gone))[2], "no plugin instance #99");
    assert.equal((await client.call("CloseInstance", 99))[2], "no plugin instance #99");
    assert.equal((await client.call("Fly", 1))[2], "method Fly not implemented");
    assert.match((await client.call("StartInstance", { Name: "q", Config: "{}" }))[2]!, /"q"/);
    assert.equal(
      (await client.call("StartInstance", { Name: "p", Config: '{"do":"refuse"}' }))[2],
      "not like this",
    );
    assert.match((await client.call("StartInstance", { Name: "p", Config: "{" }))[2]!, /JSON/);
    const id = await client.start("nothing");
    assert.match(
      (await client.call("HandleEvent", { InstanceId: id, EventName: "log" }))[2]!,
      /no phase log/,
    );
    assert.equal((await client.call("CloseInstance", id))[3].Name, "p");
    assert.match((await client.begin(id))[2]!, /^no plugin instance/);
    client.socket.write(client.request("foo.Bar"));
    assert.equal((await client.reply())[2], "RPC for foo is not supported");
  });

  it("takes a message byte by byte, and two at once one after the other", async () => {
    const { socket } = await serving();
    const client = new Client(socket);
    const id = await client.start("nothing");
    const event = { InstanceId: id, EventName: "access" };
    for (const byte of client.request("plugin.HandleEvent", event)) {
      client.socket.write(Buffer.of(byte));
    }
    assert.equal((await client.reply())[3].Data, "ret");
    client.socket.write(
      Buffer.concat([1, 2, 3].map(() => client.request("plugin.HandleEvent", event))),
    );
    const ids = [await client.reply(), await client.reply(), await client.reply()].map(
      ([, n]) => n,
    );
    assert.deepEqual(ids, [3, 4, 5]);
  });

  it("survives garbage, messages over the limit, lost connections and calls that cannot be sent", async () => {
    const { socket } = await serving();
    const steady = new Client(socket);
    const read = await steady.start("read");
    const long = Buffer.alloc(6);
    long.set([0x94, 0xc6]);
    long.writeUInt32BE(0xffffffff, 2);
    const garbage = [
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      Buffer.of(0x94, 0xc1),
      Buffer.of(0x94, 1, 1, 0xc0, 0xc0),
      packr.pack([0, 1, 7, []]),
      Buffer.from([0xdc, 0, 0]),
      Buffer.concat([long, Buffer.alloc(MESSAGE_BYTES_MAX)]),
    ];
    for (const bytes of garbage) {
      const client = new Client(socket);
      client.socket.write(bytes);
      await client.closed;
    }
    const lost = new Client(socket);
    await lost.begin(read); // in the middle of an event
    lost.socket.destroy();
    const half = new Client(socket);
    half.socket.end(half.request("plugin.GetStatus").subarray(0, 5));
    await half.closed;
    assert.match((await steady.begin(await steady.start("deep")))[2]!, /too deeply/);
    assert.equal(
      ((await steady.begin(read))[3].Data as { Method: string }).Method,
      "kong.request.get_header",
    );
  });

  it("keeps no more events than the limit: those that Kong gave up are dropped", () => {
    const warn = (): void => {};
    const made = Plugin as unknown as new (config: unknown) => Record<string, unknown>;
    const plugin = pluginOf({ Plugin: made, Version: "1.0" }, "p", {
      swallowsExceptions: false,
      warn,
    });
    const server = new MsgpackServer({ plugins: [plugin], swallowsExceptions: false, warn });
    server.handle("plugin.StartInstance", [{ Name: "p", Config: '{"do":"read"}' }], () => true);
    for (let i = 0; i < EVENTS_MAX + 10; i++) {
      server.handle("plugin.HandleEvent", [{ InstanceId: 0, EventName: "access" }], () => true);
    }
    assert.equal(server.eventCount, EVENTS_MAX);
    let answer = "";
    server.handle("plugin.Step", [{ EventId: 3 }], (error) => {
      answer = String(error);
      return true;
    });
    assert.equal(answer, "event id 3 not found");
  });

  it("finishes what is under way when it drains, and closes what is silent", async () => {
    const { server, socket } = await serving();
    const [silent, busy] = [new Client(socket), new Client(socket)];
    const id = await busy.start("nothing");
    busy.socket.write(busy.request("plugin.HandleEvent", { InstanceId: id, EventName: "access" }));
    assert.equal((await busy.reply())[3].Data, "ret");
    await server.close();
    await Promise.all([silent.closed, busy.closed]);
  });
});
