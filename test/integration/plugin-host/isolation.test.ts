/** What a started plugin server gets of the machine, looked at from within: a process that writes down what it finds. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Isolation, NO_ISOLATION } from "../../../core/config/plugin-isolation.ts";
import { InvalidSetting } from "../../../core/errors.ts";
import { SupervisedProcess } from "../../../core/plugin-host/supervised-process.ts";
import { scratch, testLog } from "./remote.ts";

let folder: ReturnType<typeof scratch>;
let started: SupervisedProcess | null = null;

beforeEach(() => {
  folder = scratch();
});
afterEach(async () => {
  await started?.stop();
  started = null;
  folder.remove();
});

function processWith(isolation: Partial<Isolation>, report: string): SupervisedProcess {
  started = new SupervisedProcess({
    server: "test",
    process: 0,
    command: `/bin/sh -c '{ ${report}; } > ${join(folder.path, "new")}; mv ${join(folder.path, "new")} ${join(folder.path, "report")}; exec sleep 60'`,
    socketPath: folder.socket,
    isolation: { ...NO_ISOLATION, ...isolation },
    log: testLog(),
    onUp() {},
    onDown() {},
  });
  return started;
}

/** What the process writes with the given commands of a shell. */
async function reportOf(isolation: Partial<Isolation>, report: string): Promise<string> {
  processWith(isolation, report).start();
  const file = join(folder.path, "report");
  const until = performance.now() + 240_000;
  while (!existsSync(file)) {
    assert.ok(performance.now() < until, `it reports (${started?.lastError})`);
    await new Promise((next) => setTimeout(next, 5));
  }
  return readFileSync(file, "utf8");
}

describe("a plugin server that is kept apart", () => {
  it("gets the variables that are named, and the place of its socket", async () => {
    process.env.ISOLATION_SECRET = "s";
    process.env.ISOLATION_OPEN_A = "a";
    const env = await reportOf({ env: ["PATH", "ISOLATION_OPEN_*"] }, "env");
    assert.doesNotMatch(env, /SECRET/);
    assert.match(env, /^ISOLATION_OPEN_A=a$/m);
    assert.match(env, new RegExp(`^DRAGOMAN_PLUGIN_SERVER_SOCKET=${folder.socket}$`, "m"));
  });

  it("gets all of them where nothing is said", async () => {
    process.env.ISOLATION_SECRET = "s";
    assert.match(await reportOf({}, "env"), /^ISOLATION_SECRET=s$/m);
  });

  it("starts in its folder, with its limits and its priority", async () => {
    const limits = { cwd: folder.path, nice: 7, memoryBytesMax: 512 * 1024 * 1024, filesMax: 99 };
    const report = await reportOf(limits, "pwd; nice; ulimit -v; ulimit -n");
    assert.deepEqual(report.trim().split("\n"), [
      realpathSync(folder.path),
      "7",
      String(512 * 1024),
      "99",
    ]);
  });

  it("is another user where the gateway may do that", async (t) => {
    if (process.getuid?.() !== 0) return t.skip("only root may start processes of others");
    const { chmodSync } = await import("node:fs");
    chmodSync(folder.path, 0o777);
    assert.equal((await reportOf({ user: "nobody" }, "id -un")).trim(), "nobody");
  });

  it("is not started as a user that there is not", () => {
    assert.throws(
      () => processWith({ user: "nobody-of-that-name" }, "true").start(),
      (cause) => cause instanceof InvalidSetting && /there is no user/.test(cause.message),
    );
    started = null;
  });

  it("is not started in a folder that there is not", () => {
    const nowhere = join(folder.path, "nowhere");
    assert.throws(
      () => processWith({ cwd: nowhere }, "true").start(),
      (cause) =>
        cause instanceof InvalidSetting &&
        cause.message === `plugin server test cannot start: there is no folder ${nowhere}`,
    );
    started = null;
  });
});
