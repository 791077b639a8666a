/**
 * Plugins on Kong's own SDKs, unmodified: asked, started, called, killed and called again, without a gateway around.
 *
 * Where a toolchain is missing its rows are skipped with a line that says so, and fail where CI is set.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { PluginServerSettings } from "../../../core/config/plugin-servers.ts";
import { EXIT } from "../../../core/pdk/exit.ts";
import { MSGPACK_1 } from "../../../core/plugin-host/msgpack/session.ts";
import type { PluginServerInfo } from "../../../core/plugin-host/plugin-info.ts";
import { PROTOBUF_1 } from "../../../core/plugin-host/protobuf/session.ts";
import { PluginServerSupervisor } from "../../../core/plugin-host/supervisor.ts";
import { ensureGo } from "../../../scripts/ensure-go.mjs";
import { ensureJavascript } from "../../../scripts/ensure-javascript.mjs";
import { ensurePython } from "../../../scripts/ensure-python.mjs";
import { ensured } from "../../helpers/toolchains.ts";
import { pluginConfig, type Remote, remote, scratch, serverSettings, testLog } from "./remote.ts";

const cache = join(import.meta.dirname, "../../../.cache");

const JAVASCRIPT = `
class Plugin {
  constructor(config) { this.config = config; }
  async access(kong) {
    const name = await kong.request.getHeader("host");
    await kong.response.setHeader("x-sdk", this.config.greeting + " " + name);
    if (this.config.exit) await kong.response.exit(403, "no");
  }
}
module.exports = { Plugin, Schema: [{ greeting: { type: "string" } }], Version: "1.0.0", Priority: 5 };
`;

const PYTHON = `
Schema = ({"greeting": {"type": "string"}},)
version = "1.0.0"
priority = 5

class Plugin(object):
    def __init__(self, config):
        self.config = config
    def access(self, kong):
        name, err = kong.request.get_header("host")
        kong.response.set_header("x-sdk", "%s %s" % (self.config["greeting"], name))
        if self.config.get("exit"):
            kong.response.exit(403, "no")
`;

interface Sdk {
  readonly title: string;
  readonly toolchain: string;
  ensure(): Promise<0 | 1 | 2>;
  /** Writes plugins into the folder; gives commands and socket. */
  settings(folder: string): Partial<PluginServerSettings>;
  readonly plugins: readonly string[];
  readonly canExit: boolean;
}

function pythonSdk(title: string, flag: string): Sdk {
  return {
    title,
    toolchain: "python",
    ensure: ensurePython,
    plugins: ["one", "two"],
    canExit: true,
    settings(folder) {
      const plugins = join(folder, "plugins");
      mkdirSync(plugins);
      for (const name of ["one", "two"]) writeFileSync(join(plugins, `${name}.py`), PYTHON);
      const command = `${cache}/python/bin/kong-python-pluginserver -d ${plugins} -p ${folder} --socket-name s.socket`;
      return { start_cmd: `${command} ${flag}`, query_cmd: `${command} --dump-all-plugins` };
    },
  };
}

const SDKS: readonly Sdk[] = [
  {
    title: "kong-pdk for JavaScript",
    toolchain: "javascript",
    ensure: ensureJavascript,
    plugins: ["one", "two"],
    canExit: true,
    settings(folder) {
      const plugins = join(folder, "plugins");
      mkdirSync(plugins);
      for (const name of ["one", "two"]) writeFileSync(join(plugins, `${name}.js`), JAVASCRIPT);
      const command = `${cache}/javascript/kong-js-pluginserver -d ${plugins} -p ${folder} --sock-name s.socket`;
      return { start_cmd: command, query_cmd: `${command} --dump-all-plugins` };
    },
  },
  pythonSdk("kong-pdk for Python, threads", ""),
  pythonSdk("kong-pdk for Python, gevent", "-g"),
  {
    title: "go-pdk",
    toolchain: "go",
    ensure: ensureGo,
    plugins: ["hello-go"],
    canExit: false,
    settings(folder) {
      const command = `${cache}/go/bin/hello-go -kong-prefix ${folder}`;
      const socket = join(folder, "hello-go.socket");
      return { start_cmd: command, query_cmd: `${command} -dump`, socket };
    },
  },
];

for (const sdk of SDKS) {
  describe(sdk.title, () => {
    let folder: ReturnType<typeof scratch>;
    let supervisor: PluginServerSupervisor;
    let info: PluginServerInfo;
    let host: Remote;
    let isMissing = false;

    before(async () => {
      const there = await ensured(sdk.toolchain, sdk.ensure);
      if (there !== 0) {
        assert.ok(there === 2 && process.env.CI === undefined, `${sdk.title} cannot be installed`);
        isMissing = true;
        return;
      }
      folder = scratch();
      const settings = serverSettings({
        socket: folder.socket,
        readyTimeoutMs: 60_000,
        eventTimeoutMs: 60_000,
        ...sdk.settings(folder.path),
      });
      const notify = (notice: Parameters<Remote["server"]["onNotice"]>[0]): number => {
        host?.server.onNotice(notice);
        return 1;
      };
      supervisor = new PluginServerSupervisor([settings], {
        log: testLog(),
        isWanted: () => true,
        notify,
      });
      [info] = (await supervisor.query()) as [PluginServerInfo];
      host = remote(
        settings,
        info.sockets,
        info.protocol === PROTOBUF_1.name ? PROTOBUF_1 : MSGPACK_1,
      );
      host.pdk["kong.service.request.set_header"] = () => null;
      supervisor.start();
    });
    after(async () => {
      if (isMissing) return;
      host.close();
      await supervisor.stop();
      folder.remove();
    });

    /** Runs `body` unless the toolchain is missing. */
    const row = (name: string, body: () => Promise<void>): void => {
      it(name, async (t) => {
        if (isMissing) t.skip(`no toolchain for ${sdk.title}`);
        else await body();
      });
    };
    const greeter = (n = 0): ReturnType<typeof pluginConfig> =>
      pluginConfig(`p${n}`, { greeting: "Grüße" }, sdk.plugins[n]);

    row("tells what it offers", async () => {
      assert.deepEqual(info.plugins.map(({ name }) => name).sort(), sdk.plugins);
      for (const plugin of info.plugins) assert.deepEqual(plugin.phases, ["access"]);
    });

    row("runs each of its plugins with its own configuration", async () => {
      for (const n of sdk.plugins.keys()) {
        host.calls.length = 0;
        assert.equal(await host.run(greeter(n)), null);
        assert.equal(host.calls.length, 2);
        assert.equal(host.calls[0]![0], "kong.request.get_header");
        assert.match(String(host.calls[1]![2]), /^Grüße/);
      }
    });

    row("answers in place of the Service, many times, and nothing piles up", async () => {
      if (!sdk.canExit) return;
      const config = pluginConfig("exit", { greeting: "Hi", exit: true }, sdk.plugins[0]);
      for (let n = 0; n < 20; n++) assert.equal(await host.run(config), EXIT);
      assert.equal(await host.run(greeter()), null);
    });

    // Goal: a kill costs the events under way and nothing else. Method: kill it while events come all the time.
    row(
      "that is killed takes along what is under way, and the next events wait for it",
      async () => {
        const config = greeter();
        assert.equal(await host.run(config), null);
        const outcomes: unknown[] = [];
        let isOver = false;
        const client = async (): Promise<void> => {
          while (!isOver) {
            outcomes.push(await host.run(config));
            await sleep(1);
          }
        };
        const clients = Array.from({ length: 4 }, client);
        await sleep(100);
        const before = outcomes.length;
        process.kill(supervisor.states()[0]!.pid!, "SIGKILL");
        while (outcomes.length < before + 40) await sleep(10);
        isOver = true;
        await Promise.all(clients);
        const failed = outcomes.filter((outcome) => outcome !== null);
        assert.ok(failed.length <= 4, `${failed.length} failed`);
        assert.equal(await host.run(config), null);
        assert.equal(supervisor.states()[0]!.restarts, 1);
      },
    );
  });
}
