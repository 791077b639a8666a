/** Events of a plugin server that answers, breaks, lies, hangs and comes back: the worker's side over a real socket. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT } from "../../../core/pdk/exit.ts";
import type { GatewayError } from "../../../core/errors.ts";
import { LATE_ANSWER_MS } from "../../../core/plugin-host/limits.ts";
import {
  hasty,
  pluginConfig,
  type Remote,
  remote,
  scratch,
  serverSettings,
  until,
} from "./remote.ts";
import { SmallServer } from "./small-server.ts";

let folder: ReturnType<typeof scratch>;
let small: SmallServer;
let host: Remote;
const plugin = pluginConfig("p1", { message: "one", unset: null });

beforeEach(async () => {
  folder = scratch();
  small = new SmallServer(folder.socket);
  await small.listen();
  host = remote(serverSettings({}), [folder.socket]);
});
afterEach(async () => {
  host.close();
  await small.die();
  folder.remove();
});

const codeOf = (outcome: unknown): string | null => (outcome as GatewayError | null)?.code ?? null;
const countOf = (method: string): number =>
  small.seen.filter((one) => (one as [string])[0] === method).length;

describe("an event", () => {
  it("runs the plugin and its PDK calls, and reuses instance and connection", async () => {
    small.behaviour = async ({ call }) => {
      const host = await call("kong.request.get_header", "host");
      await call("kong.response.set_header", "x-a", `Grüße ${host}`);
      assert.equal(await call("kong.request.get_header", "none"), undefined);
    };
    for (let n = 0; n < 3; n++) assert.equal(await host.run(plugin), null);
    assert.deepEqual(host.calls.slice(0, 2), [
      ["kong.request.get_header", "host"],
      ["kong.response.set_header", "x-a", "Grüße example.com"],
    ]);
    assert.equal(host.calls.length, 9);
    assert.equal(countOf("plugin.StartInstance"), 1);
    assert.equal(small.sockets.size, 2, "one connection beside the sentinel");
    const { config } = small.instances[0]!;
    assert.deepEqual(config, {
      message: "one",
      __key__: "plugins:small::::ws".replace("::::ws", ":::::ws"),
      __plugin_id: "p1",
      __ws_id: "ws",
      __seq__: 1,
    });
  });

  it("starts one instance however many events need it at once", async () => {
    small.onStart = () => sleep(30);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => host.run(plugin)));
    assert.deepEqual(new Set(outcomes), new Set([null]));
    assert.equal(countOf("plugin.StartInstance"), 1);
  });

  it("ends with EXIT, and the plugin gets its answer", async () => {
    let ended: unknown = "never";
    small.behaviour = async ({ call }) => {
      await call("kong.response.exit", 403, "no");
      ended = await call("kong.response.set_header", "x", "late").catch(
        (cause: Error) => cause.message,
      );
    };
    assert.equal(await host.run(plugin), EXIT);
    assert.equal(await host.run(plugin), EXIT);
    assert.equal(ended, "the event is over");
    assert.ok(
      !host.calls.some(([name]) => name === "kong.response.set_header"),
      "nothing after an exit counts",
    );
  });

  it("fails with the PDK's error, and the plugin is told when all is over", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const turns = async (n: number): Promise<void> => {
      for (; n > 0; n--) await new Promise((resolve) => setImmediate(resolve));
    };
    let told = "";
    small.behaviour = async ({ call }) => {
      await call("kong.service.set_upstream").catch((cause: Error) => {
        told = cause.message;
      });
    };
    assert.equal(codeOf(await host.run(plugin)), "PDK_ERROR");
    t.mock.timers.tick(LATE_ANSWER_MS - 1);
    await turns(50);
    assert.equal(told, "", "nothing of it runs on behind the error");
    t.mock.timers.tick(1);
    while (told === "") await turns(1);
    assert.equal(told, "host must be a string");
  });

  it("gets nil from functions that there are not, as in Kong", async () => {
    let got: unknown = "nothing";
    small.behaviour = async ({ call }) => {
      got = await call("kong.constructor");
    };
    assert.equal(await host.run(plugin), null);
    assert.equal(got, undefined);
  });

  it("waits for a PDK function that waits, and does not count that as the server's time", async () => {
    const eventTimeoutMs = 1500;
    host.close();
    host = remote(serverSettings({ eventTimeoutMs }), [folder.socket]);
    host.pdk["kong.request.get_raw_body"] = (_, most) =>
      most === 0 ? sleep(eventTimeoutMs + 200, Buffer.from([1, 0xff])) : null;
    let body: unknown;
    small.behaviour = async ({ call }) => {
      body = await call("kong.request.get_raw_body");
    };
    assert.equal(await host.run(plugin), null);
    assert.deepEqual(body, Buffer.from([1, 0xff]));
  });

  it("gets no time beyond its limit, and nobody else pays for it", async () => {
    small.behaviour = ({ instance }) =>
      instance.config.hang === true ? new Promise<void>(() => {}) : undefined;
    const hanging = host.run(hasty(pluginConfig("p2", { hang: true })));
    assert.equal(await host.run(plugin), null);
    assert.equal(codeOf(await hanging), "PLUGIN_SERVER_TIMEOUT");
    assert.equal(await host.run(plugin), null);
  });

  it("may make so many calls and no more", async () => {
    small.behaviour = async ({ call }) => {
      for (;;) await call("kong.request.get_header", "host");
    };
    assert.equal(codeOf(await host.run(plugin)), "PLUGIN_PROTOCOL_ERROR");
  });
});

describe("a server that breaks its protocol", () => {
  const rows: [string, (bytes: Buffer) => Buffer, string][] = [
    ["half an answer, then nothing", (b) => b.subarray(0, 9), "PLUGIN_SERVER_TIMEOUT"],
    [
      "an answer to another call",
      (b) => Buffer.from([0x94, 1, 99, ...b.subarray(3)]),
      "PLUGIN_PROTOCOL_ERROR",
    ],
    ["an answer twice", (b) => Buffer.concat([b, b]), "PLUGIN_PROTOCOL_ERROR"],
    ["an empty list", () => Buffer.from([0x90]), "PLUGIN_PROTOCOL_ERROR"],
    ["HTTP", () => Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), "PLUGIN_PROTOCOL_ERROR"],
    ["a length of 4 GiB", () => Buffer.from([0xc6, 255, 255, 255, 255]), "PLUGIN_PROTOCOL_ERROR"],
  ];
  for (const [what, change, code] of rows) {
    it(`${what}: that call fails, once, and the next is good`, async () => {
      let runs = 0;
      let isBroken = true;
      small.behaviour = ({ answer, lastAnswer }) => {
        runs++;
        if (isBroken) answer(change(lastAnswer()));
      };
      const isSilent = code === "PLUGIN_SERVER_TIMEOUT";
      assert.equal(codeOf(await host.run(isSilent ? hasty(plugin) : plugin)), code);
      isBroken = false;
      assert.equal(await host.run(plugin), null);
      // on a busy machine a short limit may be over before the server has read the event
      assert.ok(
        runs === 2 || (isSilent && runs < 2),
        "no event is run twice: the plugin may have acted",
      );
    });
  }

  it("a closed connection in the middle of an event: failed, not repeated", async () => {
    let runs = 0;
    small.behaviour = async ({ call, socket }) => {
      runs++;
      await call("kong.request.get_header", "host");
      if (runs === 1) socket().destroy();
    };
    assert.equal(codeOf(await host.run(plugin)), "PLUGIN_PROTOCOL_ERROR");
    assert.equal(await host.run(plugin), null);
    assert.equal(runs, 2);
  });

  it("an answer that dribbles in is as good as any", async () => {
    small.behaviour = async ({ lastAnswer, answer, socket }) => {
      const bytes = lastAnswer();
      for (const byte of bytes.subarray(0, -1)) {
        socket().write(Buffer.of(byte));
        await sleep(1);
      }
      answer(bytes.subarray(-1));
    };
    assert.equal(await host.run(plugin), null);
  });

  it("an error text is the log's, and the connection stays in use", async () => {
    small.behaviour = () => {
      throw new Error("secret");
    };
    assert.equal(codeOf(await host.run(plugin)), "PLUGIN_FAILED");
    assert.equal(codeOf(await host.run(plugin)), "PLUGIN_FAILED");
    assert.equal(small.sockets.size, 2);
  });
});

describe("instances", () => {
  it("are started again when the server has forgotten them, before the plugin did anything", async () => {
    assert.equal(await host.run(plugin), null);
    small.forgetInstances();
    assert.equal(await host.run(plugin), null);
    assert.equal(countOf("plugin.StartInstance"), 2);
  });

  it("of a changed config are new, and the old one is closed after its last event", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const ran: unknown[] = [];
    small.behaviour = async ({ instance }) => {
      ran.push(instance.config.message);
      if (instance.config.message === "one") await held;
    };
    const old = host.run(plugin);
    await until(() => ran.length > 0);
    assert.equal(await host.run(pluginConfig("p1", { message: "two" })), null);
    await sleep(20);
    assert.equal(small.instances.length, 2, "the old one still runs");
    release();
    assert.equal(await old, null);
    await until(() => small.instances.length <= 1);
    assert.deepEqual(ran, ["one", "two"]);
    assert.equal(small.instances[0]!.config.message, "two");
  });

  it("of a config that was loaded anew are new, as in Kong", async () => {
    assert.equal(await host.run(pluginConfig("p1", { a: 1 })), null);
    assert.equal(await host.run(pluginConfig("p1", { a: 1 })), null);
    assert.equal(countOf("plugin.StartInstance"), 2);
    await until(() => small.instances.length <= 1);
  });

  it("of configs that are no more are closed, and come back for a request that began before", async () => {
    assert.equal(await host.run(plugin), null);
    host.server.endpoints[0]!.instances.retire("small", new Set());
    await until(() => small.instances.length === 0);
    assert.equal(await host.run(plugin), null);
    await until(() => small.instances.length === 0);
  });

  it("that cannot be started fail every event that waits, and are tried again by the next", async () => {
    small.onStart = () => {
      throw new Error("cannot start");
    };
    const outcomes = await Promise.all([host.run(plugin), host.run(plugin)]);
    assert.deepEqual(outcomes.map(codeOf), ["PLUGIN_FAILED", "PLUGIN_FAILED"]);
    small.onStart = () => {};
    assert.equal(await host.run(plugin), null);
  });
});

describe("a server that dies", () => {
  // Goal: an instance id of one life is never used in the next. Method: the new process numbers from 0 again, and
  // another plugin config takes 0 there.
  it("takes its instances along: ids of the next life are not mistaken for them", async () => {
    const other = pluginConfig("p2", { message: "two" });
    const ran: unknown[] = [];
    small.behaviour = ({ instance }) => {
      ran.push(instance.config.message);
    };
    assert.equal(await host.run(plugin), null);
    await small.die();
    await small.listen();
    assert.equal(await host.run(other), null);
    assert.equal(await host.run(plugin), null);
    assert.deepEqual(ran, ["one", "two", "one"]);
  });

  it("lets requests wait until it is back", async () => {
    assert.equal(await host.run(plugin), null);
    await small.die();
    const waiting = Array.from({ length: 10 }, () => host.run(plugin));
    await sleep(200);
    await small.listen();
    assert.deepEqual(
      await Promise.all(waiting),
      Array.from({ length: 10 }, () => null),
    );
  });

  it("lets them wait for so long and no longer, and then says 503", async () => {
    await small.die();
    host.close();
    host = remote(serverSettings({ readyTimeoutMs: 150 }), [folder.socket]);
    const outcome = await host.run(plugin);
    assert.equal(codeOf(outcome), "PLUGIN_SERVER_UNREACHABLE");
    assert.equal((outcome as GatewayError).status, 503);
    await small.listen();
  });

  it("stops requests only where the settings do not say otherwise", async () => {
    await small.die();
    host.close();
    host = remote(serverSettings({ readyTimeoutMs: 100, onFailure: "open" }), [folder.socket]);
    assert.equal(await host.run(plugin), null);
    await small.listen();
  });
});

describe("bounds", () => {
  it("so many events at a time, so many in the queue, and the rest fails at once", async () => {
    let running = 0;
    let most = 0;
    small.behaviour = async () => {
      most = Math.max(most, ++running);
      await sleep(20);
      running--;
    };
    host.close();
    host = remote(serverSettings({ concurrencyMax: 2, queueMax: 3 }), [folder.socket]);
    const outcomes = await Promise.all(Array.from({ length: 7 }, () => host.run(plugin)));
    assert.equal(most, 2);
    assert.deepEqual(
      outcomes.map(codeOf).sort(),
      ["PLUGIN_SERVER_BUSY", "PLUGIN_SERVER_BUSY", null, null, null, null, null].sort(),
    );
  });

  it("a drained process gets nothing new, and says when it has nothing under way", async () => {
    let release = (): void => {};
    small.behaviour = () =>
      new Promise<void>((resolve) => {
        release = resolve;
      });
    const under = host.run(plugin);
    await until(() => countOf("plugin.HandleEvent") > 0);
    host.server.onNotice({ type: "plugin-server", server: "test", process: 0, state: "drain" });
    const later = host.run(plugin);
    await sleep(30);
    assert.equal(countOf("plugin.HandleEvent"), 1);
    assert.equal(host.reports.length, 0);
    release();
    assert.equal(await under, null);
    assert.equal(host.reports[0]?.what, "drained");
    small.behaviour = () => {};
    host.server.onNotice({ type: "plugin-server", server: "test", process: 0, state: "up" });
    assert.equal(await later, null);
  });
});
