/**
 * Starts that cannot be, or are given up: one line that says why, nothing left running, and a log that tells of it.
 *
 * Method: the real command line with its real processes.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileLimitWarning } from "../../../core/cli/file-limit.ts";
import { runningPid } from "../../../core/cli/process.ts";
import { dragoman, listensNowhere, runVerb } from "../../helpers/start-gateway.ts";
import { isRunning, shows } from "../../helpers/shows.ts";

let folder = "";
let prefix = "";
let env: Record<string, string> = {};
before(() => {
  folder = mkdtempSync(join(tmpdir(), "wrong-starts-"));
  prefix = join(folder, "prefix");
  env = listensNowhere(prefix);
});
after(() => rmSync(folder, { recursive: true }));

const errorLog = (): string => readFileSync(join(prefix, "logs/error.log"), "utf8");

describe("a start that cannot be", () => {
  for (const setting of ["proxy_listen", "admin_listen", "status_listen"]) {
    it(`names the address and ${setting}, on the terminal and in the log`, async () => {
      const taken = createServer();
      await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
      const { port } = taken.address() as { port: number };
      const listen = { ...env, [`KONG_${setting.toUpperCase()}`]: `127.0.0.1:${port}` };
      const { code, output } = await runVerb(["start"], listen);
      taken.close();
      const why = `cannot listen on 127.0.0.1:${port} (${setting}): address already in use`;
      assert.equal(output.split("\n")[0], `Error: ${why}`);
      assert.equal(code, 1);
      assert.ok(errorLog().includes(`"reason":"${why}","msg":"the gateway could not be started"`));
      assert.equal(runningPid(prefix), undefined);
    });
  }

  it("ends with a sentence where no folder can be made", async () => {
    const { code, output } = await runVerb(["start"], { ...env, KONG_PREFIX: "/proc/dragoman/x" });
    assert.match(output, /^Error: could not create prefix directory \/proc\/dragoman\/x: ENOENT/);
    assert.equal(code, 1);
  });

  it("ends with a sentence where the prefix is a file", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    const { code, output } = await runVerb(["start"], { ...env, KONG_PREFIX: file });
    assert.equal(output.split("\n")[0], `Error: ${file} is not a directory`);
    assert.equal(code, 1);
  });

  // Method: the plugin is also in the configuration, which knows of it no more than that it is not there.
  const FOLDER = "EISDIR: illegal operation on a directory";
  for (const [file, why] of [
    ["logs/error.log", `could not open the log FILE: ${FOLDER}`],
    ["logs/access.log", `could not open the log FILE: ${FOLDER}`],
    ["pids/nginx.pid", `could not read FILE: ${FOLDER}, read`],
    ["config.cache.json", `could not read FILE: ${FOLDER}, read`],
  ] as const) {
    it(`names ${file} where that is a folder, without a stack`, async () => {
      const path = join(folder, "folders", file);
      mkdirSync(path, { recursive: true });
      const own = { ...env, KONG_PREFIX: join(folder, "folders"), KONG_DATABASE: "off" };
      const { code, output } = await runVerb(["start"], own);
      rmSync(join(folder, "folders"), { recursive: true });
      const lines = [`Error: ${why.replace("FILE", path)}`, "  Run with --v (verbose) or"];
      assert.ok(output.startsWith(lines.join("\n")), output);
      assert.equal(code, 1);
    });
  }

  it("says what is in the way of the folder for process ids, and that a name is too long", async () => {
    const file = join(folder, "in-the-way", "pids");
    mkdirSync(join(folder, "in-the-way"));
    writeFileSync(file, "");
    const one = await runVerb(["start"], { ...env, KONG_PREFIX: join(folder, "in-the-way") });
    assert.match(
      one.output,
      /^Error: could not prepare \S+: EEXIST: .*mkdir '\S+pids'\n {2}Run with/,
    );
    const long = join(folder, "x".repeat(300));
    const other = await runVerb(["start"], { ...env, KONG_PREFIX: long });
    assert.match(other.output, /^Error: could not read \S+: ENAMETOOLONG: .*\n {2}Run with/);
    assert.deepEqual([one.code, other.code], [1, 1]);
  });

  it("takes no file for a socket that is left over, and names the folder that is not there", async () => {
    const file = join(folder, "precious");
    writeFileSync(file, "kept");
    const nowhere = join(folder, "nowhere", "admin.sock");
    for (const [path, why] of [
      [file, "something that is no socket has that name"],
      [folder, "something that is no socket has that name"],
      [nowhere, "its folder does not exist"],
    ] as const) {
      const { code, output } = await runVerb(["start"], {
        ...env,
        KONG_ADMIN_LISTEN: `unix:${path}`,
      });
      assert.equal(output.split("\n")[0], `Error: cannot listen on ${path} (admin_listen): ${why}`);
      assert.equal(code, 1);
    }
    assert.equal(readFileSync(file, "utf8"), "kept");
  });

  it("names what plugin servers offer where an enabled plugin is not among it, and what may be why", async () => {
    const config = join(folder, "kong.yml");
    writeFileSync(config, "_format_version: '3.0'\nplugins: [{name: good-morning}]\n");
    const plugin = { Name: "good_morning", Priority: 1, Version: "1.0", Phases: [], Schema: {} };
    const { code, output } = await runVerb(["start"], {
      ...env,
      KONG_DECLARATIVE_CONFIG: config,
      KONG_PLUGINS: "bundled,good-morning",
      KONG_PLUGINSERVER_NAMES: "greeter",
      KONG_PLUGINSERVER_GREETER_START_CMD: "true",
      KONG_PLUGINSERVER_GREETER_QUERY_CMD: `echo "Error: no module x" >&2; echo '${JSON.stringify([plugin])}'`,
    });
    const why =
      "good-morning plugin is enabled but not installed; it is not in plugin_path, and " +
      "plugin server greeter offers good_morning (its query command says: Error: no module x)";
    assert.equal(output.split("\n")[0], `Error: ${why}`);
    assert.equal(code, 1);
  });

  it("leaves nothing behind when whoever asked for it goes away", async () => {
    const query = `echo $$ > ${join(folder, "draft")}; mv ${join(folder, "draft")} ${join(folder, "asked")}; exec sleep 600`;
    const slow = {
      KONG_PLUGINS: "bundled,slow",
      KONG_PLUGINSERVER_NAMES: "slow",
      KONG_PLUGINSERVER_SLOW_START_CMD: "true",
      KONG_PLUGINSERVER_SLOW_QUERY_CMD: query,
    };
    const child = spawn(dragoman, ["start"], { env: { ...process.env, ...env, ...slow } });
    const gone = new Promise((done) => child.once("exit", done));
    await shows("the query command runs", () => existsSync(join(folder, "asked")));
    child.kill("SIGTERM");
    await gone;
    await shows("the log tells", () => errorLog().includes("told to stop before it was ready"));
    await shows("it is gone", () => errorLog().trim().endsWith('"msg":"stopped"}'));
    assert.equal(existsSync(join(prefix, "pids/nginx.pid")), false);
    const asked = Number(readFileSync(join(folder, "asked"), "utf8"));
    await shows("the query command is gone", () => !isRunning(asked));
  });
});

describe("a gateway in the foreground", () => {
  it("goes on when nobody reads what it prints any more", async () => {
    const child = spawn(dragoman, ["run"], { env: { ...process.env, ...env } });
    const gone = new Promise((done) => child.once("exit", done));
    child.stdout.destroy();
    child.stderr.destroy();
    await shows("it is ready", () => runningPid(prefix) !== undefined);
    process.kill(child.pid!, "SIGHUP"); // it has something to say
    assert.equal((await runVerb(["health"], env)).code, 0);
    assert.equal((await runVerb(["stop"], env)).output, "Kong stopped\n");
    assert.equal(await gone, 0);
  });
});

describe("a number in the pid file", () => {
  it("is no gateway of this prefix where it is another's, or a program that only names the prefix", async () => {
    mkdirSync(join(prefix, "pids"), { recursive: true });
    const script = join(folder, "primary.cjs");
    writeFileSync(script, "process.stdout.write('up'); setInterval(() => {}, 1000);");
    for (const [command, args, isOurs] of [
      ["tail", ["-f", join(prefix, ".kong_env")], false],
      [process.execPath, [script, join(folder, "other")], false],
      [process.execPath, [script, prefix], true],
    ] as const) {
      mkdirSync(join(folder, "other"), { recursive: true });
      writeFileSync(join(prefix, ".kong_env"), "a line\n");
      const child = spawn(command, args);
      await new Promise((done) => child.stdout.once("data", done)); // it is what it will be
      writeFileSync(join(prefix, "pids/nginx.pid"), `${child.pid}\n`);
      assert.equal(runningPid(prefix) !== undefined, isOurs, `${command} ${args.join(" ")}`);
      const gone = new Promise((done) => child.once("exit", done));
      child.kill();
      await gone;
    }
  });
});

describe("the limit of open files", () => {
  it("is warned of where it is low", () => {
    const line = (soft: string) =>
      `Max cpu time  unlimited\nMax open files            ${soft}  9000  files\n`;
    assert.match(
      fileLimitWarning(line("1024")) ?? "",
      /^only 1024 files may be open \(ulimit -n\)/,
    );
    assert.equal(fileLimitWarning(line("4096")), undefined);
    assert.equal(fileLimitWarning(line("unlimited")), undefined);
    assert.equal(fileLimitWarning(""), undefined);
  });
});
