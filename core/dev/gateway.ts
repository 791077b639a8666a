/**
 * The gateway of `plugin dev`: a process of the ordinary command line, `run`, with settings in a file of its own.
 *
 * A new version of the plugin comes in by the gateway's reload: it asks the new plugin server what it offers, checks the
 * configuration by its schema, and changes over without losing a request, or says what is wrong and goes on as before.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { reasonOf } from "./gateway-log.ts";
import { runProgram } from "./steps.ts";
import { ToolFailed } from "./tool-failed.ts";

/** How long the gateway may take to start, and to reload, in milliseconds. */
const READY_LIMIT_MS = 30_000;
/** How long it may take to stop before it is killed. */
const STOP_LIMIT_MS = 5000;
/** Lines that it said, for the case that it does not start. */
const LAST_LINES = 20;

interface GatewayOptions {
  /** URL of the file that was started as this program. */
  readonly entry: string;
  readonly root: string;
  /** A folder of its own, short: sockets lie in it. */
  readonly prefix: string;
  readonly upstream: string;
  onLine(line: string): void;
  onLost(how: string): void;
}

/** The program that runs now, to be started again. */
function programWords(entry: string, root: string): string[] {
  if (!entry.endsWith(".ts")) return [process.execPath, join(root, "bin", "dragoman")];
  const tsx = pathToFileURL(createRequire(entry).resolve("tsx")).href;
  return [process.execPath, "--import", tsx, fileURLToPath(entry)];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === "object" && address !== null ? address.port : 0),
      );
    });
  });
}

/** A plugin and the config that it gets. */
export interface OfferedPlugin {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * `start` once, then any number of reloads, one at a time; `stop` at any time. Its settings are no one else's.
 */
export class DevGateway {
  proxyPort = 0;
  adminPort = 0;
  readonly #options: GatewayOptions;
  readonly #words: string[];
  #child: ChildProcess | null = null;
  #exited: Promise<void> = Promise.resolve();
  #lines: string[] = [];
  /** Waits for a word of the gateway. */
  #heard: ((line: string) => void) | null = null;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#words = programWords(options.entry, options.root);
  }

  #configure(socket: string, plugins: readonly OfferedPlugin[]): string {
    const { prefix, upstream } = this.#options;
    const config = {
      _format_version: "3.0",
      services: [{ name: "upstream", url: upstream, routes: [{ name: "all", paths: ["/"] }] }],
      plugins,
    };
    writeFileSync(join(prefix, "kong.json"), JSON.stringify(config));
    const lines = [
      `prefix = ${prefix}`,
      "database = off",
      `declarative_config = ${join(prefix, "kong.json")}`,
      `proxy_listen = 127.0.0.1:${this.proxyPort}`,
      `admin_listen = 127.0.0.1:${this.adminPort}`,
      "admin_gui_listen = off",
      "status_listen = off",
      "nginx_worker_processes = 1",
      "admin_access_log = off",
      `plugins = ${["bundled", ...plugins.map((one) => one.name)].join(",")}`,
      "pluginserver_names = dev",
      "pluginserver_dev_protocol = Dragoman:1",
      `pluginserver_dev_socket = ${socket}`,
    ];
    const file = join(prefix, "kong.conf");
    writeFileSync(file, `${lines.join("\n")}\n`);
    return file;
  }

  /** @param socket where the plugin server answers. @throws {ToolFailed} with what it said, where it does not start */
  async start(socket: string, plugins: readonly OfferedPlugin[]): Promise<void> {
    this.proxyPort = await freePort();
    this.adminPort = await freePort();
    const file = this.#configure(socket, plugins);
    const [program = "", ...args] = [...this.#words, "run", "-c", file];
    const child = spawn(program, args, {
      env: ownEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => this.#onLine(line));
    }
    let isReady = false;
    this.#exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        const how = signal ?? `exit code ${code}`;
        this.#heard?.(`exit: ${how}`);
        if (isReady && this.#child !== null) this.#options.onLost(how);
        resolve();
      });
    });
    const line = await this.#wait((one) => one === "Kong started" || one.startsWith("exit: "));
    if (line !== "Kong started") {
      throw new ToolFailed(`the gateway did not start (${line}):\n${reasonOf(this.#lines)}`);
    }
    isReady = true;
  }

  #onLine(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LAST_LINES) this.#lines.shift();
    this.#heard?.(line);
    this.#options.onLine(line);
  }

  #wait(isIt: (line: string) => boolean): Promise<string> {
    return new Promise((resolve) => {
      const done = (line: string): void => {
        clearTimeout(timer);
        this.#heard = null;
        resolve(line);
      };
      const timer = setTimeout(() => done(`silent for ${READY_LIMIT_MS} ms`), READY_LIMIT_MS);
      this.#heard = (line) => {
        if (isIt(line)) done(line);
      };
    });
  }

  /** Change over to another plugin server. @throws {ToolFailed} with the gateway's reason; it goes on as before then */
  async reload(socket: string, plugins: readonly OfferedPlugin[]): Promise<void> {
    const file = this.#configure(socket, plugins);
    const words = [...this.#words, "reload", "-c", file, "-p", this.#options.prefix];
    this.#lines = [];
    const answer = this.#wait((line) => /\breloaded\b|\breload failed\b|^exit: /.test(line));
    const { code, output } = await runProgram({ title: "", words, cwd: this.#options.root });
    if (code !== 0) throw new ToolFailed(output.trim());
    const line = await answer;
    if (!/\breloaded\b/.test(line)) throw new ToolFailed(reasonOf(this.#lines));
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    child.kill("SIGTERM");
    const hard = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
    await this.#exited;
    clearTimeout(hard);
  }
}

/** Without settings of other gateways: this one has its own. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const isSetting = ([name]: [string, unknown]): boolean => /^(?:KONG|DRAGOMAN)_/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter((entry) => !isSetting(entry)));
}
