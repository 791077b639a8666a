/** A gateway in a folder and on ports of its own, started as a person starts it, and looked at from outside. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "../../scripts/steps.mjs";

const program = join(root, "bin", "dragoman");
/** How long the first good answer may take, in milliseconds. */
const READY_MS = 30_000;
/** Between two looks at something that another process does, in milliseconds. */
const LOOK_MS = 20;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Ports of this machine that nobody has now. */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((one) => new Promise((done) => one.once("listening", done))));
  const ports = servers.map((one) => one.address().port);
  await Promise.all(servers.map((one) => new Promise((done) => one.close(done))));
  return ports;
}

/** Megabytes of memory that a process has now; 0 where it is gone. */
export function residentMib(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

export function childrenOf(pid) {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

/** Sockets that a process holds. */
export function socketsOf(pid) {
  let count = 0;
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      if (readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("socket:")) count++;
    } catch {
      // closed since it was listed
    }
  }
  return count;
}

export class Gateway {
  proxyPort = 0;
  adminPort = 0;
  folder = mkdtempSync(join(tmpdir(), "endurance-"));
  socket = join(this.folder, "endurance.socket");
  #env = {};

  /**
   * Start it, and wait until it takes requests.
   *
   * @param {import("./servers.mjs").PluginServer} server its plugin server, under the name "p"
   * @param {object} config declarative, without format version
   * @param {Record<string, string>} [settings] Kong's names in lower case
   */
  async start(server, config, settings = {}) {
    [this.proxyPort, this.adminPort] = await freePorts(2);
    const file = join(this.folder, "kong.json");
    writeFileSync(file, JSON.stringify({ _format_version: "3.0", ...config }));
    const all = {
      prefix: join(this.folder, "prefix"),
      database: "off",
      declarative_config: file,
      proxy_listen: `127.0.0.1:${this.proxyPort}`,
      admin_listen: `127.0.0.1:${this.adminPort}`,
      status_listen: "off",
      admin_gui_listen: "off",
      nginx_worker_processes: "1",
      proxy_access_log: "off",
      admin_access_log: "off",
      plugins: `bundled,${server.plugins}`,
      pluginserver_names: "p",
      pluginserver_p_socket: this.socket,
      pluginserver_p_start_cmd: server.start(this.socket),
      pluginserver_p_query_cmd: server.query,
      ...settings,
    };
    for (const [name, value] of Object.entries(all)) this.#env[`KONG_${name.toUpperCase()}`] = value;
    const { code, output } = await run([program, "start"], { env: this.#env });
    if (code !== 0) throw new Error(`the gateway did not start: ${output}`);
  }

  /** Wait for a 200 on the path. @param {Record<string, string>} [headers] */
  async ready(path, headers = {}) {
    const until = performance.now() + READY_MS;
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${this.proxyPort}${path}`, { headers }).catch(() => null);
      await answer?.arrayBuffer();
      if (answer?.status === 200) return;
      if (performance.now() > until) throw new Error(`no good answer: ${answer?.status}\n${this.errorLog()}`);
      await sleep(LOOK_MS);
    }
  }

  async admin(path, method = "GET") {
    const response = await fetch(`http://127.0.0.1:${this.adminPort}${path}`, { method });
    const text = await response.text();
    return { status: response.status, text };
  }

  /** Process of the plugin server, as the gateway knows it. */
  async serverPid() {
    const { processes } = JSON.parse((await this.admin("/plugin-servers/p")).text);
    return processes[0].pid;
  }

  /** The primary and its workers, without what else they have started. */
  pids() {
    const primary = Number(readFileSync(join(this.folder, "prefix", "pids", "nginx.pid"), "utf8"));
    const isWorker = (pid) => /worker(?:-process)?\.[ct]/.test(readFileSync(`/proc/${pid}/cmdline`, "latin1"));
    const workers = childrenOf(primary).filter(isWorker);
    if (workers.length === 0) throw new Error("the gateway has no worker");
    return [primary, ...workers];
  }

  errorLog() {
    return readFileSync(join(this.folder, "prefix", "logs", "error.log"), "utf8").slice(-4000);
  }

  async stop() {
    await run([program, "stop"], { env: this.#env });
    rmSync(this.folder, { recursive: true, force: true });
  }
}
