/**
 * New code for plugin servers of a gateway under load: no request fails, whatever the new code is worth. Over MsgPack:1 the
 * start command names its path itself, over the native protocol it takes the socket that it is given.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Gateway, projectRoot, startGateway } from "../../helpers/start-gateway.ts";

/** Reloads under load in `npm test`; RELOADS=100 for the long version. */
const RELOADS = Number(process.env.RELOADS ?? 4);
const CLIENTS = 3;
/** How long a change may take to show, in milliseconds; a busy machine is slow. */
const SHOWS_MS = 60_000;

let upstream: http.Server;
let upstreamPort = 0;

before(async () => {
  upstream = http.createServer((request, response) => {
    request.resume();
    setTimeout(() => response.end("ok"), Math.random() < 0.1 ? 30 : 0); // some are between two phases
  });
  upstream.keepAliveTimeout = 0; // no connection ends while a request is on its way
  await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  upstreamPort = (upstream.address() as AddressInfo).port;
});
after(() => upstream.close());

interface Seen {
  readonly bad: string[];
  readonly versions: Map<string, number>;
}

function ask(gateway: Gateway, agent: http.Agent): Promise<{ status: number; version: string }> {
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
async function load(gateway: Gateway, isOver: () => boolean): Promise<Seen> {
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

interface Rig {
  gateway: Gateway;
  folder: string;
  write(version: string): void;
  act(action: string, query?: string): Promise<{ status: number; message: string }>;
  view(): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

async function startRig(protocol: "msgpack" | "native"): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), "code-"));
  const file = join(folder, "code");
  const socket = join(folder, "s.sock");
  const write = (version: string): void => writeFileSync(file, `${version}\n`);
  write("1");
  const helper = join(projectRoot, "test/helpers/versioned-server.ts");
  const program = `${process.execPath} --import tsx ${helper} ${protocol} ${file}`;
  const at = protocol === "native" ? "{socket}" : socket;
  const gateway = await startGateway({
    settings: {
      plugins: "bundled,t-version",
      pluginserver_names: "code",
      pluginserver_code_socket: socket,
      pluginserver_code_start_cmd: `${program} ${at}`,
      pluginserver_code_query_cmd: `${program} ${socket} -dump`,
      nginx_worker_processes: "2",
    },
    config: {
      _format_version: "3.0",
      services: [
        {
          name: "s",
          url: `http://127.0.0.1:${upstreamPort}`,
          routes: [{ name: "r", paths: ["/"] }],
        },
      ],
      plugins: [{ name: "t-version" }],
    },
  });
  const agent = new http.Agent();
  assert.equal((await ask(gateway, agent)).version, "1"); // it has read its code: from now on the file is the next one's
  agent.destroy();
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

for (const protocol of ["msgpack", "native"] as const) {
  describe(`new code, ${protocol}`, () => {
    let rig: Rig;
    before(async () => {
      rig = await startRig(protocol);
    });
    after(() => rig?.stop());

    it(`comes ${RELOADS} times under load, and no request fails`, async () => {
      let isOver = false;
      const loading = load(rig.gateway, () => isOver);
      try {
        for (let n = 2; n < RELOADS + 2; n++) {
          rig.write(String(n));
          const { status, message } = await rig.act("reload");
          if (status !== 200) console.log(rig.gateway.errorLog());
          assert.equal(status, 200, `${n}: ${message}`);
          const agent = new http.Agent();
          assert.equal((await ask(rig.gateway, agent)).version, String(n));
          agent.destroy();
        }
      } finally {
        isOver = true;
      }
      const { bad, versions } = await loading;
      if (bad.length > 0) console.log(rig.gateway.errorLog());
      assert.deepEqual(bad, []);
      assert.ok(versions.size > 1, JSON.stringify([...versions]));
      const { processes } = await rig.view();
      assert.equal((processes as unknown[]).length, 1);
    });

    it("is refused with the reason where it is worth nothing, and requests go on as before", async () => {
      let isOver = false;
      const loading = load(rig.gateway, () => isOver);
      const refusals: string[] = [];
      const worthless = protocol === "native" ? ["crash"] : ["crash", "refuse", "phases"];
      for (const version of worthless) {
        rig.write(version);
        const { status, message } = await rig.act("reload");
        assert.equal(status, 409, message);
        refusals.push(message);
      }
      isOver = true;
      const { bad, versions } = await loading;
      assert.deepEqual(bad, []);
      assert.deepEqual([...versions.keys()], [String(RELOADS + 1)]);
      assert.match(refusals[0] ?? "", /ended with status 3/);
      if (protocol === "msgpack") {
        assert.match(refusals[1] ?? "", /takes no configuration/);
        assert.match(refusals[2] ?? "", /other phases/);
      }
      const { reload } = await rig.view();
      assert.equal((reload as { last: { outcome: string } }).last.outcome, "refused");
    });

    it("is tried with a share of the requests, and taken when a person says so", async () => {
      rig.write("tried");
      assert.equal((await rig.act("reload", "?canary=50%25")).status, 202);
      const until = performance.now() + SHOWS_MS;
      let seen = new Map<string, number>();
      while (seen.size < 2 && performance.now() < until) {
        let left = 60;
        ({ versions: seen } = await load(rig.gateway, () => left-- <= 0));
      }
      assert.deepEqual([...seen.keys()].sort(), [String(RELOADS + 1), "tried"].sort());
      const promoted = await rig.gateway.verb("plugin-server", "promote", "code");
      assert.deepEqual(promoted, { code: 0, output: "code: all requests go to the new code\n" });
      const again = await rig.gateway.verb("plugin-server", "promote", "code");
      assert.equal(again.code, 1);
      assert.match(again.output, /no new code is being tried/);
      const { output } = await rig.gateway.verb("plugin-server", "list");
      assert.match(output, /^code\t\S+:1\tready\tpid \d+\t0 restarts\n$/);
      let left = 20;
      const { versions, bad } = await load(rig.gateway, () => left-- <= 0);
      assert.deepEqual([[...versions.keys()], bad], [["tried"], []]);
    });

    it("leaves nothing behind but the processes and sockets of the code in force", async () => {
      const until = performance.now() + SHOWS_MS;
      const socketsOf = (): string[] =>
        readdirSync(rig.folder).filter((n) => n.startsWith("s.sock"));
      while (socketsOf().filter((n) => n.includes(".r")).length > 1) {
        assert.ok(performance.now() < until, String(socketsOf()));
        await new Promise((next) => setTimeout(next, 20));
      }
      const { processes } = await rig.view();
      const [{ socket }] = processes as [{ socket: string }];
      assert.ok(existsSync(socket));
    });
  });
}

describe("a canary that fails", () => {
  let rig: Rig;
  before(async () => {
    rig = await startRig("msgpack");
  });
  after(() => rig?.stop());

  it("is given up by itself", async () => {
    rig.write("fail");
    assert.equal((await rig.act("reload", "?canary=40&decide_after=60")).status, 202);
    const until = performance.now() + SHOWS_MS;
    for (;;) {
      let left = 60;
      await load(rig.gateway, () => left-- <= 0);
      const { reload } = await rig.view();
      const { last } = reload as { last: { outcome: string } };
      if (last.outcome === "rolled-back") break;
      assert.ok(performance.now() < until, JSON.stringify(reload));
    }
    let left = 20;
    const { versions, bad } = await load(rig.gateway, () => left-- <= 0);
    assert.deepEqual([[...versions.keys()], bad], [["1"], []]);
  });
});
