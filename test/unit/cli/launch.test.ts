/**
 * Starting a primary in the background: ready, failed, gone, silent.
 *
 * Method: stand-ins for the bundle's primary.cjs in a folder of their own, each one way to behave.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { launchPrimary } from "../../../core/cli/launch.ts";
import { runningPid, signalGateway, waitForExit } from "../../../core/cli/process.ts";
import { loadSettings } from "../../../core/config/load.ts";
import { isAlive } from "../../helpers/is-alive.ts";

let folder = "";
let prefix = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "launch-"));
  prefix = join(folder, "prefix");
  mkdirSync(join(prefix, "logs"), { recursive: true });
  mkdirSync(join(prefix, "pids"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Launch a stand-in; it finds its prefix in `prefix`, and writes its number where a primary does. */
function launch(code: string, limitS = 30): Promise<void> {
  const head = `const { writeFileSync } = require("node:fs"); const prefix = process.argv[2];
    writeFileSync(prefix + "/started", String(process.pid));`;
  writeFileSync(join(folder, "primary.cjs"), `${head}\n${code}`);
  const entry = pathToFileURL(join(folder, "code/cli.cjs")).href;
  const env = { KONG_LIMIT_START_TIMEOUT: String(limitS) };
  return launchPrimary(loadSettings({ env, prefix }).settings, entry);
}

function startedPid(): number {
  return Number(readFileSync(join(prefix, "started"), "utf8"));
}

describe("launchPrimary", () => {
  it("returns when the gateway is ready, and leaves it running without holding it", async () => {
    await launch(`writeFileSync(prefix + "/pids/nginx.pid", process.pid + "\\n");
      process.on("SIGQUIT", () => process.exit(0));
      setInterval(() => {}, 1000); process.send({ type: "ready" });`);
    const pid = startedPid();
    assert.equal(runningPid(prefix), pid);
    assert.equal(signalGateway(prefix, "SIGQUIT"), pid);
    assert.equal(await waitForExit(prefix, 5000), true);
    assert.throws(() => signalGateway(prefix, "SIGTERM"), {
      message: `nginx not running in prefix: ${prefix}`,
    });
  });

  it("throws the gateway's reason, and ends what is left of it", async () => {
    await assert.rejects(
      launch(`process.send({ type: "failed", message: "port 8000 is in use" });
        setInterval(() => {}, 1000);`),
      { code: "COMMAND_FAILED", message: "port 8000 is in use" },
    );
    assert.equal(isAlive(startedPid()), false);
  });

  it("says where to look when the gateway dies before it answers", async () => {
    await assert.rejects(launch(`console.error("boom"); process.exit(7);`), {
      message: `the gateway ended (exit code 7) before it answered, see ${prefix}/logs/error.log`,
    });
    assert.match(readFileSync(join(prefix, "logs/error.log"), "utf8"), /boom/);
  });

  it("gives up on one that says nothing, and kills it even if it does not want to end", async () => {
    await assert.rejects(
      launch(`process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);`, 1),
      { message: "the gateway did not answer within 1 s (limit_start_timeout)" },
    );
    assert.equal(isAlive(startedPid()), false);
  });
});

describe("runningPid", () => {
  it("does not take a number of a process that is gone, or somebody else's", async () => {
    const file = join(prefix, "pids/nginx.pid");
    assert.equal(runningPid(prefix), undefined);
    for (const text of ["999999", "", "nonsense", "1"]) {
      writeFileSync(file, `${text}\n`);
      assert.equal(runningPid(prefix), undefined, text);
    }
    if (existsSync("/proc/self/cmdline")) {
      const { spawn } = await import("node:child_process");
      const stranger = spawn("sleep", ["30"]);
      try {
        writeFileSync(file, `${stranger.pid}\n`);
        while (!readFileSync(`/proc/${stranger.pid}/cmdline`, "utf8").startsWith("sleep")) {
          await sleep(5); // between fork and exec it still looks like us
        }
        assert.equal(runningPid(prefix), undefined);
      } finally {
        stranger.kill();
      }
    }
  });
});
