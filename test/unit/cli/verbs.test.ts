/**
 * Verbs that need no running gateway: exit codes, outputs, files.
 *
 * Run in this process, but for the launcher's own tests, because each process costs half a second.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { runCommandLine } from "../../../core/cli/command-line.ts";

const DRAGOMAN = resolve(import.meta.dirname, "../../../bin/dragoman");
const HINT = "  Run with --v (verbose) or --vv (debug) for more details\n";
let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "verbs-"));
});
after(() => rmSync(folder, { recursive: true }));

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run a line in this process; `~/` stands for the folder of this test. */
async function dragoman(line: string, env: Record<string, string> = {}): Promise<Result> {
  let stdout = "";
  let stderr = "";
  const args = line.split(" ").filter(Boolean);
  const code = await runCommandLine(
    args.map((arg) => arg.replace(/^~/, folder)),
    {
      env: { KONG_PREFIX: join(folder, "prefix"), ...env },
      streams: {
        stdout: (text) => {
          stdout += text;
        },
        stderr: (text) => {
          stderr += text;
        },
      },
      entry: import.meta.url,
    },
  );
  return { code, stdout, stderr };
}

describe("dragoman", () => {
  it("shows its usage and fails without a verb", async () => {
    const { code, stderr } = await dragoman("");
    assert.equal(code, 1);
    assert.match(stderr, /^Usage: dragoman COMMAND \[OPTIONS\]\n/);
  });

  it("runs as a program, through a symbolic link as npm makes one", () => {
    const link = join(folder, "dragoman-link");
    symlinkSync(DRAGOMAN, link);
    const { status, stdout } = spawnSync(link, ["version"], { encoding: "utf8" });
    assert.deepEqual({ status, stdout }, { status: 0, stdout: "3.9.1\n" });
  });

  it("tells a wrong option in one line", async () => {
    assert.deepEqual(await dragoman("start --fast"), {
      code: 1,
      stdout: "",
      stderr: "dragoman: unrecognized parameter: fast\n",
    });
  });

  it("does not start with bad settings, and tells all of them", async () => {
    const env = { KONG_PREFIX: join(folder, "bad"), KONG_LOG_LEVEL: "loud", DRAGOMAN_ROLE: "boss" };
    assert.deepEqual(await dragoman("start", env), {
      code: 1,
      stdout: "",
      stderr:
        "Error: log_level has an invalid value: 'loud' (debug, info, notice, warn, error, crit, alert, emerg)\n" +
        `role has an invalid value: 'boss' (data_plane, control_plane, traditional)\n${HINT}`,
    });
  });

  it("names what can be had where a database is asked for", async () => {
    const { code, stderr } = await dragoman("start", { KONG_DATABASE: "postgres" });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^Error: database = postgres is not available in this version: only 'off'/,
    );
  });

  it("checks a file", async () => {
    writeFileSync(join(folder, "good.conf"), "log_level = debug\n");
    assert.deepEqual(await dragoman("check ~/good.conf"), {
      code: 0,
      stdout: `configuration at ${folder}/good.conf is valid\n`,
      stderr: "",
    });
    writeFileSync(join(folder, "bad.conf"), "role = boss\ndatabase = mysql\n");
    const { code, stderr } = await dragoman("check ~/bad.conf");
    assert.equal(code, 1);
    assert.equal(stderr.trimEnd().split("\n").length, 2);
    assert.match(stderr, /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[error\] role has an invalid value/);
  });

  it("prepares a prefix, in which nothing runs then", async () => {
    const prefix = join(folder, "prepared");
    const env = { KONG_PREFIX: prefix, KONG_PG_PASSWORD: "hush" };
    assert.deepEqual(await dragoman("prepare", env), { code: 0, stdout: "", stderr: "" });
    assert.equal(statSync(join(prefix, ".kong_env")).mode & 0o777, 0o600);
    assert.ok(statSync(join(prefix, "logs")).isDirectory());
    const certificate = join(prefix, "ssl/kong-default.crt");
    assert.match(readFileSync(certificate, "utf8"), /^-----BEGIN CERTIFICATE-----/);
    assert.deepEqual(await dragoman("health", env), {
      code: 1,
      stdout: "nginx.......not running\n\n",
      stderr: `Error: Kong is not running at ${prefix}\n${HINT}`,
    });
    assert.deepEqual(await dragoman("stop", env), {
      code: 1,
      stdout: "",
      stderr: `Error: nginx not running in prefix: ${prefix}\n${HINT}`,
    });
  });

  it("does not print secrets at --vv", async () => {
    const env = { KONG_PG_PASSWORD: "hush-hush", KONG_DATABASE: "postgres" };
    const { stdout, stderr } = await dragoman("start --vv", env);
    assert.match(stdout, /\[debug\] pg_password = "\*+"/);
    assert.doesNotMatch(stdout + stderr, /hush/);
  });

  it("writes an example once", async () => {
    const path = join(folder, "kong.yml");
    assert.deepEqual(await dragoman("config init ~/kong.yml"), { code: 0, stdout: "", stderr: "" });
    assert.match(readFileSync(path, "utf8"), /^_format_version: "3.0"$/m);
    assert.deepEqual(await dragoman("config init ~/kong.yml"), {
      code: 1,
      stdout: "",
      stderr: `Error: ${path} already exists.\nWill not overwrite it.\n${HINT}`,
    });
  });

  it("looks up references", async () => {
    const env = { SOME_SECRET: "hello" };
    assert.equal((await dragoman("vault get env/some-secret", env)).stdout, "hello\n");
    assert.deepEqual(await dragoman("vault get nope/x", env), {
      code: 1,
      stdout: "",
      stderr: `Error: could not find vault (nope)\n${HINT}`,
    });
  });

  it("makes the pair of a cluster, with a key for its owner only", async () => {
    assert.equal((await dragoman("hybrid gen_cert ~/c.crt ~/c.key")).code, 0);
    assert.match(readFileSync(join(folder, "c.key"), "utf8"), /^-----BEGIN PRIVATE KEY-----/);
    assert.equal(statSync(join(folder, "c.key")).mode & 0o777, 0o600);
    assert.equal((await dragoman("hybrid gen_cert ~/c.crt ~/c.key")).code, 1);
  });
});
