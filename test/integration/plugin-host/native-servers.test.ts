/** Servers of the native protocol that are asked over their connection, live elsewhere, come and go; phases of a worker. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { InvalidSetting } from "../../../core/errors.ts";
import { PHASE } from "../../../core/phases/phases.ts";
import type { RemotePluginInfo } from "../../../core/plugin-host/plugin-info.ts";
import { readQueryAnswer } from "../../../core/plugin-host/query-answer.ts";
import { PluginServerSupervisor } from "../../../core/plugin-host/supervisor.ts";
import { projectRoot } from "../../helpers/start-gateway.ts";
import { type NativeRemote, nativeRemote } from "./native-remote.ts";
import { FRAME, SmallNative, write } from "./native-small-server.ts";
import { pluginConfig, scratch, serverSettings, testLog } from "./remote.ts";

let folder: ReturnType<typeof scratch>;
let small: SmallNative;
let host: NativeRemote | null = null;
const plugin = pluginConfig("p1");

beforeEach(() => {
  folder = scratch();
  small = new SmallNative(folder.socket);
});
afterEach(async () => {
  host?.close();
  host = null;
  await small.die();
  folder.remove();
});

function supervisor(given: Parameters<typeof serverSettings>[0]): PluginServerSupervisor {
  const settings = serverSettings({ query_cmd: "", protocol: "Dragoman:1", ...given });
  return new PluginServerSupervisor([settings], {
    log: testLog(),
    isWanted: () => true,
    notify: () => 1,
  });
}

describe("a server without a query command", () => {
  it("is started first and says what it offers", async () => {
    const start = `${process.execPath} --import tsx ${join(projectRoot, "test/helpers/native-plugins.ts")}`;
    const own = supervisor({ socket: folder.socket, start_cmd: start, readyTimeoutMs: 60_000 });
    try {
      const [info] = await own.query();
      assert.equal(info!.protocol, "Dragoman:1");
      assert.deepEqual(info!.plugins.map(({ name }) => name).sort(), [
        "t-gate",
        "t-headers",
        "t-upper",
      ]);
      const upper = info!.plugins.find(({ name }) => name === "t-upper")!;
      assert.deepEqual([...upper.phases].sort(), ["body_filter", "header_filter"]);
      const [state] = own.states();
      own.start();
      assert.equal(own.states()[0]!.pid, state!.pid, "it is not started again");
    } finally {
      await own.stop();
    }
  });

  it("that says nothing in time refuses the start, in a sentence", async () => {
    await assert.rejects(supervisor({ socket: folder.socket, readyTimeoutMs: 200 }).query(), {
      name: "InvalidSetting",
      message: /plugin server test has not said within 200 ms what plugins it offers \(ENOENT\)/,
    });
  });
});

describe("a server on another machine", () => {
  it("is asked and used over TCP", async () => {
    small.hello = {
      ...small.hello,
      plugins: [{ name: "small", priority: -3, version: "1.0", phases: ["access"], schema: "{}" }],
    };
    const address = await small.listenOnPort();
    const [info] = await supervisor({ socket: address }).query();
    assert.deepEqual(
      info!.plugins.map(({ name, priority }) => [name, priority]),
      [["small", -3]],
    );
    host = nativeRemote(serverSettings({ socket: address }), [address]);
    assert.equal(await host.run(plugin), null);
  });

  it("cannot be started, and needs an address", async () => {
    const address = await small.listenOnPort();
    small.hello = { ...small.hello, plugins: [{ ...PLUGIN, schema: "{}" }] };
    for (const given of [
      { socket: address, start_cmd: "sleep 1" },
      { socket: "tcp://nowhere" },
      { socket: "tls://host:99999" },
    ]) {
      await assert.rejects(supervisor(given).query(), InvalidSetting, given.socket);
    }
  });
});

const PLUGIN = { name: "small", priority: 1, version: "1.0", phases: ["access"] };

describe("a query answer", () => {
  it("gives the best protocol of several, and older gateways read the other one", () => {
    const answer = {
      Protocol: "ProtoBuf:1",
      Protocols: ["Other:9", "ProtoBuf:1", "Dragoman:1"],
      Plugins: [
        { Name: "p", Priority: 1, Version: "1.0", Phases: ["access", "body_filter"], Schema: {} },
      ],
    };
    const read = (given: object): ReturnType<typeof readQueryAnswer> =>
      readQueryAnswer("s", JSON.stringify(given), () => true);
    assert.equal(read(answer).protocol, "Dragoman:1");
    assert.deepEqual(read(answer).plugins[0]!.phases, ["access", "body_filter"]);
    const older = read({ ...answer, Protocols: ["Other:9"] });
    assert.equal(older.protocol, "ProtoBuf:1");
    assert.deepEqual(older.ignoredPhases, ["p: body_filter"]);
  });
});

describe("phases of a worker", () => {
  const info: RemotePluginInfo = {
    name: "small",
    priority: 1,
    version: "1.0",
    phases: ["init_worker", "configure", "access"],
    schema: {},
  };

  it("init_worker runs on each connection before any other event, configure with the instances of all configs", async () => {
    await small.listen();
    host = nativeRemote(serverSettings({}), [folder.socket], [info]);
    const second = pluginConfig("p2");
    host.server.configure("small", [plugin, second]);
    small.behaviour = async ({ event, call }) => {
      if (event.phase !== PHASE.init_worker) return { ran: 1 };
      assert.deepEqual(await call("kong.node.get_hostname"), { value: { text: "node.test" } });
      return { ran: 0 };
    };
    const configured = new Promise<void>((done) => {
      small.onSeen = ({ message }) => {
        if (message.phase === PHASE.configure) done();
      };
    });
    assert.equal(await host.run(plugin), null);
    await configured;
    const seen = small.of(FRAME.EVENT);
    assert.deepEqual([seen[0]!.phase, seen[0]!.plugin], [PHASE.init_worker, "small"]);
    const configure = seen.find(({ phase }) => phase === PHASE.configure)!;
    const numbers = small.of(FRAME.START).map(({ instance }) => instance);
    assert.deepEqual(configure.configs, numbers);
    assert.equal(numbers.length, 2);
  });

  it("a plugin that fails in init_worker is logged, and the server serves", async () => {
    await small.listen();
    host = nativeRemote(serverSettings({}), [folder.socket], [info]);
    small.behaviour = ({ event }) =>
      event.phase === PHASE.init_worker
        ? { failure: "no disk", writes: [write.setHeader("x", "not here")] }
        : { ran: 1 };
    assert.equal(await host.run(plugin), null);
    assert.ok(host.records.some(({ fields }) => fields.phase === "init_worker"));
  });
});
