/**
 * A gateway's life by the command line: start, health, reload, quit; with its real processes.
 *
 * One gateway for all steps, in order, because a start of it is what costs time here.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runCommandLine } from "../../../core/cli/command-line.ts";
import { runningPid } from "../../../core/cli/process.ts";
import { freePorts } from "../../helpers/free-port.ts";
import { shows } from "../../helpers/shows.ts";

const HINT = "  Run with --v (verbose) or --vv (debug) for more details\n";
const entry = new URL("../../../core/cli/index.ts", import.meta.url).href;
let folder = "";
let prefix = "";
let admin = "";
let env: Record<string, string> = {};

async function dragoman(line: string, more: Record<string, string> = {}) {
  let stdout = "";
  let stderr = "";
  const streams = {
    stdout: (text: string) => {
      stdout += text;
    },
    stderr: (text: string) => {
      stderr += text;
    },
  };
  const surroundings = { env: { ...process.env, ...env, ...more }, streams, entry };
  const code = await runCommandLine(line.split(" "), surroundings);
  return { code, stdout, stderr };
}

/** A setting as the running gateway shows it. */
async function shownSetting(name: string): Promise<unknown> {
  const answer = await fetch(admin);
  const { configuration } = (await answer.json()) as { configuration: Record<string, unknown> };
  return configuration[name];
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "lifecycle-"));
  prefix = join(folder, "prefix");
  const [port] = await freePorts(1);
  admin = `http://127.0.0.1:${port}/`;
  env = {
    KONG_PREFIX: prefix,
    KONG_PROXY_LISTEN: "off",
    KONG_ADMIN_LISTEN: `127.0.0.1:${port}`,
    KONG_STATUS_LISTEN: "off",
    KONG_ADMIN_GUI_LISTEN: "off",
    KONG_NGINX_WORKER_PROCESSES: "1",
  };
});
after(async () => {
  if (runningPid(prefix) !== undefined) await dragoman("stop");
  rmSync(folder, { recursive: true });
});

describe("a gateway in the background", () => {
  it("answers when start returns", async () => {
    const declarative = join(folder, "kong.yml");
    writeFileSync(
      declarative,
      '_format_version: "3.0"\nservices:\n- name: a\n  url: http://a.test\n',
    );
    env.KONG_DECLARATIVE_CONFIG = declarative;
    assert.deepEqual(await dragoman("start"), { code: 0, stdout: "Kong started\n", stderr: "" });
    assert.equal((await fetch(`${admin}services/a`)).status, 200);
    const pid = Number(readFileSync(join(prefix, "pids/nginx.pid"), "utf8"));
    assert.equal(runningPid(prefix), pid);
    assert.deepEqual(await dragoman("health"), {
      code: 0,
      stdout: `nginx.......running\n\nKong is healthy at ${prefix}\n`,
      stderr: "",
    });
  });

  it("is not started twice", async () => {
    assert.deepEqual(await dragoman("start"), {
      code: 1,
      stdout: "",
      stderr: `Error: Kong is already running in ${prefix}\n${HINT}`,
    });
  });

  it("keeps its settings when it is given bad ones", async () => {
    const before = readFileSync(join(prefix, ".kong_env"), "utf8");
    const { code, stderr } = await dragoman("reload", { KONG_LOG_LEVEL: "loud" });
    assert.equal(code, 1);
    assert.match(stderr, /^Error: log_level has an invalid value: 'loud'/);
    assert.equal(readFileSync(join(prefix, ".kong_env"), "utf8"), before);
    assert.equal(await shownSetting("log_level"), "notice");
  });

  it("takes new settings by reload, over those it runs with", async () => {
    const result = await dragoman("reload", { KONG_HEADERS: "via" });
    assert.deepEqual(result, { code: 0, stdout: "Kong reloaded\n", stderr: "" });
    const isNew = async () => JSON.stringify(await shownSetting("headers")) === '["via"]';
    await shows("the new settings", isNew);
    assert.equal((await fetch(`${admin}services/a`)).status, 200);
  });

  it("is gone when quit returns, and leaves no number behind", async () => {
    const result = await dragoman("quit --timeout 120");
    assert.deepEqual(result, { code: 0, stdout: "Kong stopped (gracefully)\n", stderr: "" });
    assert.equal(existsSync(join(prefix, "pids/nginx.pid")), false);
    await assert.rejects(fetch(admin));
    assert.equal(
      (await dragoman("quit")).stderr,
      `Error: nginx not running in prefix: ${prefix}\n${HINT}`,
    );
  });

  it("leaves nothing running when it cannot start", async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
    const { port } = taken.address() as { port: number };
    try {
      const listen = { KONG_ADMIN_LISTEN: `127.0.0.1:${port}` };
      const { code, stderr } = await dragoman("start", listen);
      assert.equal(code, 1);
      assert.match(stderr, /^Error: .*in use/);
      assert.equal(runningPid(prefix), undefined);
    } finally {
      taken.close();
    }
  });
});
