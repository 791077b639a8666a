/**
 * The certificate phase of a plugin behind a plugin server, with a real gateway and real handshakes: it knows who comes and
 * for which name, lets in or refuses, asks for the client's certificate, and forbids sessions to be resumed.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import tls from "node:tls";
import { generate } from "selfsigned";
import { freePorts } from "../../helpers/free-port.ts";
import { type Gateway, projectRoot, startGateway } from "../../helpers/start-gateway.ts";

const SERVER = join(projectRoot, "test/integration/plugin-host/handshake-plugin.ts");
const COMMAND = `${process.execPath} --import tsx ${SERVER}`;

/** How long a line of the log may take on a busy machine. */
const LOG_MS_MAX = 60_000;

interface Answer {
  readonly certificates: number;
  readonly verify: string;
  readonly seen: readonly string[];
  /** What a client may resume with. */
  readonly session: Buffer | undefined;
  readonly isReused: boolean;
}

let gateway: Gateway;
let port: number;
let client: { cert: string; key: string };

before(async () => {
  const made = await generate([{ name: "commonName", value: "client.test" }], { keyType: "ec" });
  client = { cert: made.cert, key: made.private };
  [port] = (await freePorts(1)) as [number];
  gateway = await startGateway({
    settings: {
      proxy_listen: `127.0.0.1:${port} ssl`,
      plugins: "t-handshake",
      pluginserver_names: "native",
      pluginserver_native_start_cmd: COMMAND,
      pluginserver_native_query_cmd: `${COMMAND} -dump`,
      pluginserver_native_query_timeout: "60000",
      pluginserver_native_ready_timeout: "60000",
    },
    config: {
      _format_version: "3.0",
      services: [{ name: "s", url: "http://127.0.0.1:1", routes: [{ name: "r", paths: ["/"] }] }],
      plugins: [{ name: "t-handshake" }],
    },
  });
});
after(() => gateway?.stop());

/** One request over a connection of its own, for the name of a server. */
async function ask(servername: string, options: tls.ConnectionOptions = {}): Promise<Answer> {
  const limits = { rejectUnauthorized: false, maxVersion: "TLSv1.2" } as const;
  const socket = tls.connect({ port, host: "127.0.0.1", servername, ...limits, ...options });
  await new Promise((resolve, reject) =>
    socket.once("secureConnect", resolve).once("error", reject),
  );
  const session = socket.getSession();
  const isReused = socket.isSessionReused();
  socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += chunk;
  const body = text.slice(text.indexOf("\r\n\r\n") + 4);
  return { ...(JSON.parse(body) as Omit<Answer, "session" | "isReused">), session, isReused };
}

describe("the certificate phase over the native protocol", () => {
  it("tells the plugin who comes and for which name", async () => {
    const { seen, certificates, verify } = await ask("plain.test", client);
    assert.ok(seen.includes("plain.test from 127.0.0.1"), seen.join());
    assert.deepEqual([certificates, verify], [0, "NONE"], "nobody asked for it");
  });

  it("asks a client for its certificate where the plugin wants that", async () => {
    const shown = await ask("ask.test", client);
    assert.deepEqual([shown.certificates, shown.verify], [1, "FAILED:by the plugin"]);
    const none = await ask("ask.test");
    assert.deepEqual([none.certificates, none.verify], [0, "NONE"]);
  });

  it("ends the handshake where the plugin fails, and says whose fault it was", async () => {
    await assert.rejects(ask("refused.test"), /alert/);
    const isSaid = (): boolean => /"plugin":"t-handshake".*not this one/.test(gateway.errorLog());
    const until = performance.now() + LOG_MS_MAX;
    while (!isSaid()) {
      assert.ok(performance.now() < until, gateway.errorLog());
      await new Promise((next) => setTimeout(next, 10));
    }
  });

  it("gives no session to resume with where the plugin does not want it", async () => {
    for (const [name, isReused] of [
      ["plain.test", true],
      ["once.test", false],
    ] as const) {
      const { session } = await ask(name);
      const again = await ask(name, session === undefined ? {} : { session });
      assert.equal(again.isReused, isReused, name);
    }
  });
});
