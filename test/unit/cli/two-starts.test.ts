/**
 * Two who do something to one prefix at once: two starts, a stop while it starts, numbers that came back.
 *
 * Method: the real command line with its real processes; a query command that takes its time holds a start where it is.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runningPid } from "../../../core/cli/process.ts";
import { claimStart, startingPid } from "../../../core/cli/start-claim.ts";
import { dragoman, listensNowhere, runVerb } from "../../helpers/start-gateway.ts";
import { shows } from "../../helpers/shows.ts";

let folder = "";
let prefix = "";
let env: Record<string, string> = {};
before(() => {
  folder = mkdtempSync(join(tmpdir(), "two-starts-"));
  prefix = join(folder, "prefix");
  env = listensNowhere(prefix);
});
after(() => rmSync(folder, { recursive: true }));

/** A start that goes on until it is given up. */
async function slowStart(): Promise<{ child: ChildProcess; ended: Promise<number | null> }> {
  const asked = join(folder, "asked");
  rmSync(asked, { force: true });
  const slow = {
    KONG_PLUGINS: "bundled,slow",
    KONG_PLUGINSERVER_NAMES: "slow",
    KONG_PLUGINSERVER_SLOW_START_CMD: "true",
    KONG_PLUGINSERVER_SLOW_QUERY_CMD: `touch ${asked}; exec sleep 600`,
    KONG_PLUGINSERVER_SLOW_QUERY_TIMEOUT: "120000",
  };
  const child = spawn(dragoman, ["start"], { env: { ...process.env, ...env, ...slow } });
  const ended = new Promise<number | null>((done) => child.once("exit", done));
  await shows("it waits for the query command", () => existsSync(asked));
  return { child, ended };
}

describe("a start while another one is under way", () => {
  it("is refused, and leaves the settings of the other alone", async () => {
    const first = await slowStart();
    const settings = readFileSync(join(prefix, ".kong_env"), "utf8");
    const second = await runVerb(["start"], { ...env, KONG_LOG_LEVEL: "crit" });
    const why = `Error: Kong is being started in ${prefix} already (process ${first.child.pid})`;
    assert.equal(second.output.split("\n")[0], why);
    assert.equal(second.code, 1);
    assert.equal(readFileSync(join(prefix, ".kong_env"), "utf8"), settings);
    first.child.kill("SIGTERM");
    assert.equal(await first.ended, 1);
    assert.equal(startingPid(prefix), undefined);
  });
});

describe("stop while a gateway is being started", () => {
  it("ends that, and returns when nothing of it is left", async () => {
    const { ended } = await slowStart();
    const { code, output } = await runVerb(["stop"], env);
    assert.equal(output, "Kong stopped\n");
    assert.equal(code, 0);
    assert.ok(readFileSync(join(prefix, "logs/error.log"), "utf8").trim().endsWith('"stopped"}'));
    assert.equal(await ended, 1);
    assert.equal(runningPid(prefix), undefined);
    assert.equal((await runVerb(["stop"], env)).code, 1);
  });
});

describe("a number that came back", () => {
  it("in the pid file or in a claim is no other gateway where it is this very process", () => {
    mkdirSync(join(prefix, "pids"), { recursive: true });
    for (const file of ["nginx.pid", "start.pid"]) {
      writeFileSync(join(prefix, "pids", file), `${process.pid}\n`);
    }
    assert.equal(runningPid(prefix), undefined);
    const release = claimStart(prefix);
    assert.equal(existsSync(join(prefix, "pids/start.pid")), true);
    release();
    assert.equal(existsSync(join(prefix, "pids/start.pid")), false);
    rmSync(join(prefix, "pids/nginx.pid"));
  });

  it("in a claim counts for nothing where its process is gone", () => {
    for (const text of ["999999999", "nonsense", ""]) {
      writeFileSync(join(prefix, "pids/start.pid"), text);
      assert.equal(startingPid(prefix), undefined, text);
      claimStart(prefix)();
    }
  });

  it("is given back once: what another one holds since is left alone", () => {
    const release = claimStart(prefix);
    release();
    writeFileSync(join(prefix, "pids/start.pid"), "another's\n");
    release();
    assert.equal(readFileSync(join(prefix, "pids/start.pid"), "utf8"), "another's\n");
  });
});
