/** A configuration on its way into a worker: it is paced by the turns of the worker's loop, and swapped whole. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Settings } from "../../../core/config/settings.ts";
import { Incoming } from "../../../core/main/incoming.ts";
import type { GatewayState } from "../../../core/proxy/rooms.ts";
import type { Runtime } from "../../../core/runloop/runtime.ts";
import { RowSecrets } from "../../../core/store/secrets.ts";
import type { Row } from "../../../core/store/snapshot.ts";
import { recordingLog } from "../../helpers/make-node.ts";

const SETTINGS = { router_flavor: "traditional_compatible" } as unknown as Settings;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function makeIncoming() {
  const { log } = recordingLog();
  const seen = { taken: 0, ready: [] as GatewayState[] };
  const incoming = new Incoming({
    settings: SETTINGS,
    log,
    runtime: { log } as unknown as Runtime,
    handlers: new Map(),
    secrets: new RowSecrets({ env: {}, enabled: ["bundled"], envPrefix: "" }, log),
    onTaken: () => {
      seen.taken++;
    },
    onReady: (state) => {
      seen.ready.push(state);
    },
  });
  return { incoming, seen };
}

function route(name: string): Row {
  return { id: name, name, protocols: ["http"], paths: [`/${name}`] } as unknown as Row;
}

describe("Incoming", () => {
  // Goal: a primary that answers at once cannot fill a turn of the loop with rows. Method: look for the answer in the
  // turn in which the rows came, microtasks included, and in the one after.
  it("says that it has taken rows only after the loop has turned", async () => {
    const { incoming, seen } = makeIncoming();
    incoming.rows({ entity: "routes", base: route("a"), rows: [{}] });
    incoming.rows({ entity: "routes", base: null, rows: [{ id: "b", paths: ["/b"] }] });
    await Promise.resolve();
    await new Promise<void>((resolve) => process.nextTick(resolve));
    assert.equal(seen.taken, 0);
    await turn();
    assert.equal(seen.taken, 2, "one answer a message");
  });

  it("brings all rows that came before the swap into force at once, and later ones with the next", async () => {
    const { incoming, seen } = makeIncoming();
    incoming.rows({ entity: "routes", base: route("a"), rows: [{}] });
    incoming.rows({ entity: "routes", base: null, rows: [{ id: "b", paths: ["/b"] }] });
    const first = incoming.swap("1".repeat(32), 1);
    incoming.rows({ entity: "routes", base: route("c"), rows: [{}] });
    assert.equal(seen.ready.length, 0);
    await first;
    await incoming.swap("2".repeat(32), 2);
    const names = seen.ready.map(({ snapshot }) => [...snapshot.routes.keys()].join(" "));
    assert.deepEqual(names, ["a b", "c"]);
  });
});
