/**
 * When a process of a plugin server is replaced for the sake of its socket.
 *
 * Method: real sockets in a fresh folder, a process that is only an object, and a clock that the test moves.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it, type TestContext } from "node:test";
import type { PluginServerSettings } from "../../../core/config/plugin-servers.ts";
import { Recycling } from "../../../core/plugin-host/recycling.ts";
import { ASIDE, hasSocketAt } from "../../../core/plugin-host/socket-file.ts";
import type { SupervisedProcess } from "../../../core/plugin-host/supervised-process.ts";
import { NO_LOG } from "../../../core/telemetry/log.ts";

let folder = "";
let path = "";
let listener: Server;
let recycled = 0;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "recycling-"));
  path = join(folder, "a.sock");
  listener = createServer().listen(path);
  await once(listener, "listening");
  recycled = 0;
});
afterEach(() => {
  listener.close();
  rmSync(folder, { recursive: true });
});

/** Looks at a process whose socket is `path`; `pass` lets time for several looks pass. */
function watched(t: TestContext): { pass(): void } {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const process = {
    pid: 1,
    state: "ready",
    socketPath: path,
    get hasSocket() {
      return hasSocketAt(path);
    },
    recycle: () => void recycled++,
  };
  const server = { name: "a", memoryBytesMax: 0, eventsMax: 0 } as PluginServerSettings;
  const one = new Recycling(server, 0, process as SupervisedProcess, NO_LOG, () => 0);
  t.after(() => one.stop());
  return { pass: () => t.mock.timers.tick(15_000) };
}

describe("a process whose socket", () => {
  it("is there is left alone", (t) => {
    watched(t).pass();
    assert.equal(recycled, 0);
  });

  it("is gone is started anew", (t) => {
    const { pass } = watched(t);
    unlinkSync(path);
    pass();
    assert.equal(recycled, 1);
  });

  it("is a file by now is started anew", (t) => {
    const { pass } = watched(t);
    unlinkSync(path);
    writeFileSync(path, "");
    pass();
    assert.equal(recycled, 1);
  });

  it("was set aside for that of new settings is left alone", (t) => {
    const { pass } = watched(t);
    renameSync(path, path + ASIDE);
    pass();
    assert.equal(recycled, 0);
  });
});
