/**
 * A reload of a server that always binds the same path needs a second name for a socket. Where the system refuses one, the
 * code before goes on, the primary lives on, and the next reload is possible.
 */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { probeSocket } from "../../../core/plugin-host/socket-file.ts";
import { PluginServerSupervisor } from "../../../core/plugin-host/supervisor.ts";
import { scratch, serverSettings, testLog } from "./remote.ts";

/** Listens at its first argument; where the file at its second exists, puts a folder at the path that stands in it first. */
const SERVER = `
const [socket, squat] = process.argv.slice(2);
const fs = require("node:fs");
if (fs.existsSync(squat)) fs.mkdirSync(fs.readFileSync(squat, "utf8") + "/in-the-way", { recursive: true });
require("node:net").createServer((s) => s.on("error", () => {})).listen(socket);
`;
const PLUGIN = { Name: "one", Version: "1.0", Priority: 1, Phases: ["access"] };
const AT_ONCE = { canaryShare: 0, decideAfterMs: 0 };
/** Far longer than a busy machine takes. */
const READY_MS = 60_000;

let folder: ReturnType<typeof scratch>;
let supervisor: PluginServerSupervisor;

beforeEach(async () => {
  folder = scratch();
  const program = join(folder.path, "server.cjs");
  writeFileSync(program, SERVER);
  const settings = serverSettings({
    name: "test",
    socket: folder.socket,
    start_cmd: `${process.execPath} ${program} ${folder.socket} ${join(folder.path, "squat")}`,
    query_cmd: `echo '${JSON.stringify([{ ...PLUGIN, Schema: { name: "one", fields: [] } }])}'`,
  });
  const deps = { log: testLog(), isWanted: () => true, notify: () => 0 };
  supervisor = new PluginServerSupervisor([settings], deps);
  await supervisor.query();
  supervisor.start();
  const end = performance.now() + READY_MS;
  while (!supervisor.isReady) {
    assert.ok(performance.now() < end, `ready within ${READY_MS} ms`);
    await sleep(5);
  }
});
afterEach(async () => {
  await supervisor.stop();
  folder.remove();
});

describe("a socket that gets no second name", () => {
  // Method: a folder that is not empty stands where the link would be.
  it("leaves the code before where it is, when that has to move aside", async () => {
    const inTheWay = `${folder.socket}.r0`;
    mkdirSync(join(inTheWay, "in-the-way"), { recursive: true });
    const refused = await supervisor.reload("test", AT_ONCE);
    assert.equal(refused?.outcome, "refused");
    assert.match(refused.message, /its socket cannot be given a second name \(/);
    assert.ok(statSync(folder.socket).isSocket());
    assert.equal(await probeSocket(folder.socket), true);
    rmSync(inTheWay, { recursive: true });
    assert.equal((await supervisor.reload("test", AT_ONCE))?.outcome, "switched");
  });

  it("refuses the new code that would need it", async () => {
    const inTheWay = `${folder.socket}.r1`;
    writeFileSync(join(folder.path, "squat"), inTheWay);
    const refused = await supervisor.reload("test", AT_ONCE);
    assert.equal(refused?.outcome, "refused");
    assert.ok(statSync(inTheWay).isDirectory());
    assert.equal(await probeSocket(folder.socket), true);
    rmSync(join(folder.path, "squat"));
    assert.equal((await supervisor.reload("test", AT_ONCE))?.outcome, "switched");
  });
});
