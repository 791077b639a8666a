/** Plugin server processes: asked, started, watched, restarted, replaced, ended. Real processes, written for the test. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { PluginServerSettings } from "../../../core/config/plugin-servers.ts";
import { InvalidSetting } from "../../../core/errors.ts";
import type { PluginServerNotice } from "../../../core/plugin-host/notices.ts";
import { LINES_PER_WINDOW, WINDOW_MS } from "../../../core/plugin-host/output-lines.ts";
import { DELAY_MS } from "../../../core/plugin-host/restart-delay.ts";
import { PluginServerSupervisor } from "../../../core/plugin-host/supervisor.ts";
import { scratch, serverSettings, testLog } from "./remote.ts";
import { isAlive } from "../../helpers/is-alive.ts";

/** A server that does what its first argument says; it listens where its second says and writes its pid down. */
const SERVER = `
const [how, socket, pidFile] = process.argv.slice(2);
const fs = require("node:fs");
fs.appendFileSync(pidFile, process.pid + "\\n");
if (how === "exit") process.exit(3);
if (how === "stubborn") process.on("SIGTERM", () => {});
if (how === "parent") require("node:child_process").spawn("sleep", ["60"], { stdio: "ignore" }).on("spawn", function () {
  fs.appendFileSync(pidFile + ".child", this.pid + "\\n");
});
if (how === "flood") setInterval(() => { for (let n = 0; n < 200; n++) console.log("flood " + "x".repeat(200)); }, 1);
if (how === "talk") { console.log("one line"); console.error("another"); }
if (how !== "deaf") require("node:net").createServer((s) => s.on("error", () => {})).listen(socket);
setTimeout(() => process.exit(0), 60000);
`;

const infoOf = (name: string): Record<string, unknown> => ({
  Name: name,
  Version: "1.0",
  Priority: 1,
  Phases: ["access"],
  Schema: { name, fields: [] },
});

let folder: ReturnType<typeof scratch>;
let supervisor: PluginServerSupervisor;
let notices: PluginServerNotice[];
let lines: { level: string; fields: unknown; message: string }[];

beforeEach(() => {
  folder = scratch();
  notices = [];
  lines = [];
  writeFileSync(join(folder.path, "server.cjs"), SERVER);
});
afterEach(async () => {
  await supervisor?.stop();
  folder.remove();
});

const pidFile = (): string => join(folder.path, "pids");
const pids = (file = pidFile()): number[] =>
  existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];

function supervise(how: string, given: Partial<PluginServerSettings> = {}): PluginServerSupervisor {
  const command = `${process.execPath} ${join(folder.path, "server.cjs")} ${how}`;
  const settings = serverSettings({
    name: "test",
    socket: folder.socket,
    start_cmd: `${command} ${folder.socket} ${pidFile()}`,
    query_cmd: `echo '${JSON.stringify([infoOf("one")])}'`,
    ...given,
  });
  supervisor = new PluginServerSupervisor([settings], {
    log: testLog(lines),
    isWanted: () => true,
    notify: (notice) => notices.push(notice),
  });
  return supervisor;
}

/** @param limitMs far longer than a busy machine takes: no figure is asserted here */
async function until(what: string, holds: () => boolean, limitMs = 60_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    assert.ok(performance.now() < end, `${what} within ${limitMs} ms`);
    await sleep(5);
  }
}

const stateIs = (state: string) => (): boolean => supervisor.states()[0]!.state === state;

/** Waits before each start after an end, as logged, in milliseconds. */
const restartDelays = (): number[] =>
  lines.flatMap(({ fields }) => (fields as { restartDelayMs?: number }).restartDelayMs ?? []);

describe("query commands", () => {
  const rows: [string, string, RegExp][] = [
    ["nothing", "true", /test.*printed nothing/],
    ["no JSON", "echo usage", /test.*printed no JSON/],
    ["an empty list", "echo '[]'", /test.*lists no plugin/],
    [
      "a long trace",
      `node -e 'Error.stackTraceLimit = 50; (function deep(n) { n ? deep(n - 1) : missing() })(40)'`,
      /test.*printed nothing.*status 1 and says: ReferenceError: missing is not defined\)$/,
    ],
    ["no command", "no-such-command-anywhere", /test.*printed nothing.*not found/],
    ["too much", "yes | head -c 3000000", /test.*more than 1048576 bytes/],
  ];
  for (const [what, command, message] of rows) {
    it(`that give ${what} refuse the start and name the server`, async () => {
      supervise("plain", { query_cmd: command });
      await assert.rejects(supervisor.query(), (cause) => {
        assert.ok(cause instanceof InvalidSetting);
        assert.match(cause.message, message);
        assert.ok(cause.message.length < 1000);
        return true;
      });
    });
  }

  it("is not taken with rules for a plugin that it does not have", async () => {
    const rules = { policy: {}, read: {}, write: null };
    const query_cmd = `echo '${JSON.stringify([infoOf("my-auth"), infoOf("other")])}'`;
    await supervise("plain", { query_cmd, plugins: { my_auth: rules } }).query();
    await assert.rejects(
      supervise("plain", { query_cmd, plugins: { my_auht: rules } }).query(),
      (cause) =>
        cause instanceof InvalidSetting &&
        cause.message ===
          "pluginserver_test_plugin_my_auht_*: plugin server test has no such plugin (it has my-auth, other)",
    );
  });

  it("may warn before they answer, and exit as they like", async () => {
    const list = JSON.stringify([infoOf("one"), infoOf("two")]);
    supervise("plain", {
      query_cmd: `echo warning: '[old]'; echo '${list}'; echo >&2 noise; exit 3`,
    });
    const [info] = await supervisor.query();
    assert.equal(info!.protocol, "MsgPack:1");
    assert.deepEqual(
      info!.plugins.map(({ name }) => name),
      ["one", "two"],
    );
  });
});

describe("a supervised process", () => {
  it("is ready when its socket accepts connections, and is gone after stop", async () => {
    supervise("talk").start();
    await until("ready", stateIs("ready"));
    assert.equal(supervisor.isReady, true);
    assert.deepEqual(notices.at(-1), {
      type: "plugin-server",
      server: "test",
      process: 0,
      state: "up",
    });
    await until(
      "its words in the log",
      () => lines.filter((l) => l.message === "plugin server says").length === 2,
    );
    const pid = supervisor.states()[0]!.pid!;
    await supervisor.stop();
    assert.equal(isAlive(pid), false);
  });

  it("that is killed is started again at once, again and again", async () => {
    supervise("plain").start();
    for (let n = 0; n < 3; n++) {
      await until("ready", stateIs("ready"));

      const { pid } = supervisor.states()[0]!;
      process.kill(pid!, "SIGKILL");
      await until("gone", () => supervisor.states()[0]!.pid !== pid);
      await until("the next is started", () => pids().length === n + 2);
    }
    assert.equal(supervisor.states()[0]!.restarts, 3);
    assert.deepEqual(restartDelays(), [0, 0, 0]);
  });

  it("that does not come up is tried less often, counts as failed, and the log says so once", async () => {
    supervise("exit").start();
    await until("first end", stateIs("backoff"));
    assert.match(supervisor.states()[0]!.lastError!, /ended with status 3/);
    await until("it is tried again", () => pids().length === 2);
    assert.ok(restartDelays()[0]! >= DELAY_MS, "not before a second");
    assert.equal(lines.filter(({ level }) => level === "error").length, 1);
  });

  it("whose command does not exist has failed", async () => {
    supervise("plain", { start_cmd: "no-such-command-anywhere" }).start();
    await until("failed", stateIs("failed"));
    assert.match(supervisor.states()[0]!.lastError!, /command not found/);
  });

  it("that never listens is not ready, and does not hold up anything", async () => {
    supervise("deaf").start();
    await until("started", () => pids().length === 1);
    await sleep(100);
    assert.equal(supervisor.isReady, false);
    assert.equal(supervisor.states()[0]!.state, "starting");
  });

  it("ends with all that it has forked", async () => {
    supervise("parent").start();
    await until("ready", stateIs("ready"));
    await until("fork", () => pids(`${pidFile()}.child`).length === 1);
    const [child] = pids(`${pidFile()}.child`);
    assert.ok(isAlive(child!));
    await supervisor.stop();
    await until("the child's end", () => !isAlive(child!));
  });

  it("that ignores SIGTERM is killed", async () => {
    supervise("stubborn").start();
    await until("ready", stateIs("ready"));
    const { pid } = supervisor.states()[0]!;
    await supervisor.stop();
    assert.equal(isAlive(pid!), false);
  });

  it("that writes without end is drained, and the log stays small", async () => {
    const beganMs = performance.now();
    supervise("flood").start();
    const countOf = (text: string): number =>
      lines.filter(({ message }) => message === text).length;
    await until("it says so", () => countOf("plugin server writes more than is logged") > 0);
    const windows = Math.ceil((performance.now() - beganMs) / WINDOW_MS) + 1;
    const said = countOf("plugin server says");
    assert.ok(said > 0 && said <= windows * LINES_PER_WINDOW, `${said} lines`);
  });

  it("takes over the socket of a process that was left behind", async () => {
    const orphan = net.createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => orphan.listen(folder.socket, resolve));
    supervise("plain").start();
    await until("ready", stateIs("ready"));
    assert.equal(pids().length, 1);
    orphan.close();
  });

  it("refuses to start where its socket cannot be", () => {
    writeFileSync(folder.socket, "not a socket");
    assert.throws(() => supervise("plain").start(), /test.*no socket/);
    assert.throws(
      () => supervise("plain", { socket: "/no/such/folder/s" }).start(),
      /does not exist/,
    );
    assert.throws(
      () => supervise("plain", { socket: `/tmp/${"x".repeat(120)}` }).start(),
      /longer than 107/,
    );
  });

  it("is replaced after so many events, once the workers have nothing under way", async () => {
    supervise("plain", { eventsMax: 10 }).start();
    await until("ready", stateIs("ready"));
    const report = { type: "plugin-server", server: "test", process: 0 } as const;
    supervisor.onReport({ ...report, what: "events", events: 9 });
    supervisor.onReport({ ...report, what: "events", events: 2 });
    assert.equal(notices.at(-1)!.state, "drain");
    assert.equal(pids().length, 1, "not before the workers say so");
    for (let n = notices.length; n > 0; n--)
      supervisor.onReport({ ...report, what: "drained", events: 0 });
    await until("the next", () => pids().length === 2);
  });

  it("is replaced when it needs more memory than it may", async () => {
    supervise("plain", { memoryBytesMax: 1024 }).start();
    await until("ready", stateIs("ready"));
    await until("replaced", () => notices.some(({ state }) => state === "drain"));
  });

  it("is replaced when nothing comes back any more", async () => {
    supervise("plain").start();
    await until("ready", stateIs("ready"));
    supervisor.onReport({
      type: "plugin-server",
      server: "test",
      process: 0,
      what: "stuck",
      events: 0,
    });
    await until("the next", () => pids().length === 2);
  });
});

describe("several processes of one server", () => {
  it("have a socket each", async () => {
    const command = `${process.execPath} ${join(folder.path, "server.cjs")} plain {socket} ${pidFile()}`;
    supervise("plain", { processes: 2, start_cmd: command });
    const [info] = await supervisor.query();
    assert.deepEqual(info!.sockets, [`${folder.socket}.1`, `${folder.socket}.2`]);
    supervisor.start();
    await until("both ready", () => supervisor.isReady);
    assert.equal(supervisor.states().length, 2);
  });

  it("are refused where the command cannot be told its socket", async () => {
    supervise("plain", { processes: 2 });
    await assert.rejects(supervisor.query(), /test.*\{socket\}/);
  });
});

describe("a server that somebody else starts", () => {
  const server = net.createServer();
  after(() => server.close());

  it("is watched and not touched", async () => {
    supervise("plain", { start_cmd: null }).start();
    assert.equal(supervisor.isReady, false);
    const told = (): (typeof lines)[number] | undefined =>
      lines.find(({ message }) => message.includes("without start_cmd"));
    await until("told that nobody is there", () => told() !== undefined);
    assert.deepEqual(told()?.fields, { socketPath: folder.socket });
    await new Promise<void>((resolve) => server.listen(folder.socket, resolve));
    await until("ready", stateIs("ready"));
    await supervisor.stop();
    assert.ok(existsSync(folder.socket));
  });
});
