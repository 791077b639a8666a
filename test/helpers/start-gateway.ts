/**
 * Starts the gateway as a person does, `dragoman start` with settings, on ports of its own and in a folder of its own.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePorts } from "./free-port.ts";

export const projectRoot = resolve(import.meta.dirname, "../..");
export const dragoman = join(projectRoot, "bin/dragoman");

/** A verb that takes longer hangs, also on a busy machine, and is killed. */
const VERB_MS_MAX = 300_000;

export interface VerbResult {
  readonly code: number;
  /** Both outputs, in the order in which they came. */
  readonly output: string;
}

/** Run one verb of the command line to its end. */
export function runVerb(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<VerbResult> {
  return new Promise((done) => {
    const options = { env: { ...process.env, ...env }, timeout: VERB_MS_MAX, cwd: projectRoot };
    const child = execFile(dragoman, words, options, (error) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      done({ code, output });
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text: string) => {
        output += text;
      });
    }
  });
}

export interface Gateway {
  readonly proxyPort: number;
  readonly adminPort: number;
  readonly statusPort: number;
  readonly prefix: string;
  /** "http://127.0.0.1:port" */
  readonly proxyUrl: string;
  readonly adminUrl: string;
  readonly env: Readonly<Record<string, string>>;
  verb(...words: string[]): Promise<VerbResult>;
  errorLog(): string;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** Declarative configuration, as text or as what becomes JSON. */
  readonly config?: string | object;
  /** Settings by Kong's names in lower case: `{ log_level: "debug" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Start a gateway; it takes requests when this is done.
 *
 * @throws {Error} with everything that the gateway printed, where it did not start
 */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const [proxyPort, adminPort, statusPort] = (await freePorts(3)) as [number, number, number];
  const folder = mkdtempSync(join(tmpdir(), "dragoman-"));
  const prefix = join(folder, "prefix");
  const settings: Record<string, string> = {
    prefix,
    database: "off",
    proxy_listen: `127.0.0.1:${proxyPort}`,
    admin_listen: `127.0.0.1:${adminPort}`,
    status_listen: `127.0.0.1:${statusPort}`,
    admin_gui_listen: "off",
    nginx_worker_processes: "1",
    ...options.settings,
  };
  if (options.config !== undefined) {
    const { config } = options;
    settings.declarative_config = join(folder, "kong.yml");
    const text = typeof config === "string" ? config : JSON.stringify(config);
    writeFileSync(settings.declarative_config, text);
  }
  const env = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`KONG_${name.toUpperCase()}`, value]),
  );
  const errorLog = (): string => readFileSync(join(prefix, "logs/error.log"), "utf8");
  const { code, output } = await runVerb(["start"], env);
  if (code !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`dragoman start ended with ${code}:\n${output}`);
  }
  return {
    proxyPort,
    adminPort,
    statusPort,
    prefix,
    proxyUrl: `http://127.0.0.1:${proxyPort}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    env,
    verb: (...words) => runVerb(words, env),
    errorLog,
    async stop() {
      await runVerb(["stop"], env);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Environment of a gateway that listens nowhere, with one worker: for what concerns starts and ends alone. */
export function listensNowhere(prefix: string): Record<string, string> {
  return {
    KONG_PREFIX: prefix,
    KONG_PROXY_LISTEN: "off",
    KONG_ADMIN_LISTEN: "off",
    KONG_STATUS_LISTEN: "off",
    KONG_ADMIN_GUI_LISTEN: "off",
    KONG_NGINX_WORKER_PROCESSES: "1",
  };
}
