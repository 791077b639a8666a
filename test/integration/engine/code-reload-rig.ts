/** A gateway of two workers with a plugin server whose code is a file, and requests that come all the time. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SHOWS_MS } from "../../helpers/shows.ts";
import { type Gateway, projectRoot, startGateway } from "../../helpers/start-gateway.ts";

/** Reloads under load in `npm test`; RELOADS=100 for the long version. */
export const RELOADS = Number(process.env.RELOADS ?? 4);
const CLIENTS = 3;

export interface Upstream {
  readonly port: number;
  close(): void;
}

export async function startUpstream(): Promise<Upstream> {
  const server = http.createServer((request, response) => {
    request.resume();
    setTimeout(() => response.end("ok"), Math.random() < 0.1 ? 30 : 0); // some are between two phases
  });
  server.keepAliveTimeout = 0; // no connection ends while a request is on its way
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

interface Seen {
  readonly bad: string[];
  readonly versions: Map<string, number>;
}

export function ask(
  gateway: Gateway,
  agent: http.Agent,
): Promise<{ status: number; version: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get(`${gateway.proxyUrl}/`, { agent }, (response) => {
      response.resume();
      response.once("error", reject);
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          version: String(response.headers["x-version"] ?? "none"),
        }),
      );
    });
    request.once("error", reject);
  });
}

/** Requests without a pause until `isOver`. */
export async function load(gateway: Gateway, isOver: () => boolean): Promise<Seen> {
  const seen: Seen = { bad: [], versions: new Map() };
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  const client = async (): Promise<void> => {
    while (!isOver()) {
      const { status, version } = await ask(gateway, agent);
      if (status !== 200 || version === "none") seen.bad.push(`${status} ${version}`);
      seen.versions.set(version, (seen.versions.get(version) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  agent.destroy();
  return seen;
}

export interface Rig {
  gateway: Gateway;
  folder: string;
  write(version: string): void;
  act(action: string, query?: string): Promise<{ status: number; message: string }>;
  view(): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** On a busy machine a server may start for longer than an event waits for it; what it does then is not the subject here. */
async function servesItsFirst(gateway: Gateway): Promise<void> {
  const agent = new http.Agent();
  const until = performance.now() + SHOWS_MS;
  for (;;) {
    const { status, version } = await ask(gateway, agent);
    if (version === "1") break;
    assert.ok(
      status >= 500 && performance.now() < until,
      `${status} ${version}\n${gateway.errorLog()}`,
    );
  }
  agent.destroy();
}

/** Where the new code listens: protocols of ours take the socket that they are given, Kong's name it in the start command. */
const TAKES_SOCKET: readonly string[] = ["native", "grpc"];

export async function startRig(
  protocol: "msgpack" | "protobuf" | "native" | "grpc",
  upstream: Upstream,
  settings: (file: string) => Record<string, string> = () => ({}),
): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), "code-"));
  const file = join(folder, "code");
  const socket = join(folder, "s.sock");
  const write = (version: string): void => writeFileSync(file, `${version}\n`);
  write("1");
  const helper = join(projectRoot, "test/helpers/versioned-server.ts");
  const program = `${process.execPath} --import tsx ${helper} ${protocol} ${file}`;
  const at = TAKES_SOCKET.includes(protocol) ? "{socket}" : socket;
  const gateway = await startGateway({
    settings: {
      plugins: "bundled,t-version",
      pluginserver_names: "code",
      pluginserver_code_socket: socket,
      pluginserver_code_start_cmd: `${program} ${at}`,
      pluginserver_code_query_cmd: `${program} ${socket} -dump`,
      pluginserver_code_start_timeout: "60000",
      pluginserver_code_query_timeout: "60000",
      nginx_worker_processes: "2",
      ...settings(file),
    },
    config: {
      _format_version: "3.0",
      services: [
        {
          name: "s",
          url: `http://127.0.0.1:${upstream.port}`,
          routes: [{ name: "r", paths: ["/"] }],
        },
      ],
      plugins: [{ name: "t-version" }],
    },
  });
  await servesItsFirst(gateway); // it has read its code: from now on the file is the next one's
  const admin = async (path: string, method = "GET"): Promise<Response> =>
    fetch(`${gateway.adminUrl}/plugin-servers/code${path}`, { method });
  return {
    gateway,
    folder,
    write,
    act: async (action, query = "") => {
      const response = await admin(`/${action}${query}`, "POST");
      const { message } = (await response.json()) as { message: string };
      return { status: response.status, message };
    },
    view: async () => (await (await admin("")).json()) as Record<string, unknown>,
    stop: async () => {
      await gateway.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
