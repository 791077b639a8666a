/** Events that were still in the gateway when their plugin server's process died: the next process serves them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PluginProtocolError } from "../../../core/errors.ts";
import { nativeRig } from "./native-rig.ts";
import { FRAME } from "./native-small-server.ts";
import { pluginConfig } from "./remote.ts";

const plugin = pluginConfig("p1");
const rig = nativeRig(async ({ host }) => assert.equal(await host.run(plugin), null));

const events = (): number => rig.small.of(FRAME.EVENT).length;

/** The kernel takes nothing more for the process; the gateway will hear of it in a later turn of the loop. */
function cut(): void {
  for (const { socket } of rig.small.connections) socket.destroy();
}

describe("a process that dies before an event was written", () => {
  it("loses neither the one that is alone nor those that wait for a common write", async () => {
    for (const count of [1, 5]) {
      const before = events();
      cut();
      const outcomes = await Promise.all(Array.from({ length: count }, () => rig.host.run(plugin)));
      assert.deepEqual(outcomes, Array(count).fill(null));
      assert.equal(events() - before, count, "each ran once");
    }
    assert.equal(rig.host.server.counts().find(({ phase }) => phase === "access")?.sentFailures, 0);
  });

  it("has still lost what was written: nobody knows whether it ran", async () => {
    rig.small.behaviour = () => {
      cut();
      return null;
    };
    const outcome = await rig.host.run(plugin);
    assert.ok(outcome instanceof PluginProtocolError, String(outcome));
    assert.equal(events(), 2, "and it was not sent again");
  });
});
