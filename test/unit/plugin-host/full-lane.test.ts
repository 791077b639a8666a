/** Very many events that end at once, one after the other: those that nobody has room for, and those that need no call. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Plugin } from "../../../core/entities/plugin.ts";
import { PluginServerBusy } from "../../../core/errors.ts";
import type {
  Outcome,
  PluginEvent,
  PluginProcess,
} from "../../../core/plugin-host/plugin-process.ts";
import { RemoteServer } from "../../../core/plugin-host/remote-server.ts";
import { serverSettings, testLog } from "../../integration/plugin-host/remote.ts";

/** More than the stack has frames for, were each rejected inside of the one before. */
const WAITING = 20_000;

type Event = PluginEvent<PluginProcess> & { outcome: Outcome };

/** An event that does nothing but count. */
function eventOf(server: () => RemoteServer, plugin: Plugin): Event {
  const event = {
    ...{ plugin, phase: "access", x: { id: "00" }, endpoint: null, preferred: null },
    ...{ isBackground: false, outcome: null as Outcome, policy: null, lane: null },
    ...{ isAdmitted: false, wasAsked: false },
    proceed() {},
    queue() {},
    drop() {},
    reject(cause: PluginServerBusy) {
      event.outcome = cause;
      server().onSettled(event as unknown as Event);
    },
  };
  return event as unknown as Event;
}

function serverOf(process: object, settings: Parameters<typeof serverSettings>[0]): RemoteServer {
  const info = {
    ...{ settings: serverSettings(settings), protocol: "Dragoman:1" },
    ...{ sockets: ["/nowhere"], plugins: [] },
  };
  const deps = {
    ...{ pdk: { call: () => null }, log: testLog(), workspaceId: "", nextSequence: () => 1 },
    gateway: { software: "", nodeId: "", hostname: "", kongVersion: "", kongVersionNum: 0 },
    report: () => {},
  };
  return new RemoteServer(info, deps, () => process as never);
}

const SLOW = { id: "1", name: "slow", config: {}, enabled: true, protocols: [] } as Plugin;

it("events that wait for their turn and then need no call all end", () => {
  const process = { isUp: true, hasRoom: true, active: 0, isDraining: false };
  const server = serverOf(process, { concurrencyMax: 1, queueMax: WAITING });
  const first = eventOf(() => server, SLOW);
  server.begin(first);
  let ended = 0;
  for (let n = 0; n < WAITING; n++) {
    const event = eventOf(() => server, SLOW);
    event.proceed = () => {
      ended++;
      server.onSettled(event);
    };
    server.begin(event);
  }
  server.onSettled(first);
  assert.equal(ended, WAITING);
});

it("a plugin's events that wait for its lane are refused when its server has no room for any", () => {
  const process = { isUp: true, hasRoom: true, active: 0, isDraining: false };
  const server = serverOf(process, {
    queueMax: 1,
    plugins: { slow: { policy: { concurrency: 1, queue: WAITING }, read: null, write: null } },
  });
  const other = { ...SLOW, id: "2", name: "other" } as Plugin;
  const first = eventOf(() => server, SLOW);
  server.begin(first);
  const waiting = Array.from({ length: WAITING }, () => eventOf(() => server, SLOW));
  for (const one of waiting) server.begin(one);
  process.hasRoom = false; // it reads nothing any more
  server.begin(eventOf(() => server, other)); // the one place of the queue
  server.onSettled(first);
  const refused = waiting.filter(({ outcome }) => outcome instanceof PluginServerBusy);
  assert.equal(refused.length, WAITING);
});
