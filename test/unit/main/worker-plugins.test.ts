/** The phases without a request: in the order of priorities, and a plugin that fails does not keep the others from running. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WorkerPlugins } from "../../../core/main/worker-plugins.ts";
import type { RemoteDeps } from "../../../core/plugin-host/remote-server.ts";
import type { LoadedPlugin } from "../../../core/plugins/bundled.ts";
import type { PluginHandler } from "../../../core/runloop/handler.ts";
import type { Snapshot } from "../../../core/store/snapshot.ts";
import { recordingLog } from "../../helpers/make-node.ts";

/** Plugins by priority, in an order that is not theirs; the one of 500 fails. */
const PRIORITIES = { late: 1, failing: 500, early: 1000 };

function makePlugins() {
  const { log, records } = recordingLog();
  const ran: unknown[] = [];
  const loaded = Object.entries(PRIORITIES).map(([name, priority]): [string, LoadedPlugin] => {
    const run = (what: unknown): void => {
      ran.push([name, what]);
      if (name === "failing") throw new Error("no");
    };
    const handler: PluginHandler = {
      name,
      priority,
      version: "1.0",
      init_worker: () => run("init_worker"),
      configure: (configs) => run(configs),
    };
    return [name, { handler } as LoadedPlugin];
  });
  const plugins = new WorkerPlugins(new Map(loaded), [], new Set(), { log } as RemoteDeps);
  return { plugins, ran, records };
}

describe("WorkerPlugins", () => {
  it("runs init_worker of the highest priority first, failures or not", async () => {
    const { plugins, ran, records } = makePlugins();
    await plugins.initWorker();
    assert.deepEqual(ran, [
      ["early", "init_worker"],
      ["failing", "init_worker"],
      ["late", "init_worker"],
    ]);
    assert.equal(records.length, 1);
  });

  it("gives configure the configs in force, null where a plugin has none", async () => {
    const { plugins, ran } = makePlugins();
    const rows = [
      { name: "late", enabled: true, config: { a: 1 } },
      { name: "late", enabled: true, config: { a: 2 } },
      { name: "early", enabled: false, config: {} },
    ];
    await plugins.configure({ plugins: new Map(rows.entries()) } as unknown as Snapshot);
    assert.deepEqual(ran, [
      ["early", null],
      ["failing", null],
      ["late", [{ a: 1 }, { a: 2 }]],
    ]);
  });
});
