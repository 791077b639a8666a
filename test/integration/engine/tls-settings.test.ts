/** Settings of TLS listeners, from `kong.conf` to what a client is offered: DHE ciphers, session tickets. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import tls from "node:tls";
import { generate } from "selfsigned";
import { loadSettings } from "../../../core/config/load.ts";
import { createTlsServer } from "../../../core/listener/tls-server.ts";
import { listenerTls } from "../../../core/main/tls-settings.ts";

const DHE = "DHE-RSA-AES128-GCM-SHA256";
let folder = "";
const servers: net.Server[] = [];
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "tls-settings-"));
  const made = await generate([{ name: "commonName", value: "a.test" }], { keySize: 2048 });
  writeFileSync(join(folder, "cert.pem"), made.cert);
  writeFileSync(join(folder, "key.pem"), made.private);
});
after(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A listener with these settings, by Kong's names. */
async function start(changes: Record<string, string>): Promise<number> {
  const given = {
    ssl_cert: join(folder, "cert.pem"),
    ssl_cert_key: join(folder, "key.pem"),
    ssl_protocols: "TLSv1.2",
    ...changes,
  };
  const env = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [`KONG_${name.toUpperCase()}`, value]),
  );
  const { settings } = loadSettings({ env, prefix: folder });
  const server = createTlsServer(listenerTls(settings), false, (socket) => {
    socket.on("error", () => {});
    socket.end("done");
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  return (server.address() as net.AddressInfo).port;
}

async function connect(port: number, options: tls.ConnectionOptions = {}) {
  const socket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  await new Promise((resolve, reject) =>
    socket.once("secureConnect", resolve).once("error", reject),
  );
  const isReused = socket.isSessionReused();
  const ticket = socket.getTLSTicket();
  const cipher = socket.getCipher().name;
  const session = socket.getSession();
  socket.resume();
  await new Promise((closed) => socket.once("close", closed));
  return { isReused, ticket, cipher, session };
}

describe("ssl_dhparam", () => {
  for (const [what, changes] of [
    ["is there by itself with Mozilla's intermediate suite", {}],
    ["may be a predefined group", { ssl_dhparam: "ffdhe2048" }],
    [
      "serves ciphers of one's own",
      { ssl_cipher_suite: "custom", ssl_ciphers: DHE, ssl_dhparam: "ffdhe2048" },
    ],
  ] as const) {
    it(what, async () => {
      const { cipher } = await connect(await start(changes), { ciphers: DHE });
      assert.equal(cipher, DHE);
    });
  }

  it("is needed for DHE ciphers of one's own", async () => {
    const port = await start({ ssl_cipher_suite: "custom", ssl_ciphers: `${DHE}:AES128-SHA` });
    await assert.rejects(connect(port, { ciphers: DHE }));
  });
});

describe("ssl_session_tickets", () => {
  it("lets a client come back with its ticket", async () => {
    const port = await start({});
    const { session, ticket } = await connect(port);
    assert.ok(ticket !== undefined && session !== undefined);
    assert.equal((await connect(port, { session })).isReused, true);
  });

  it("gives none when off", async () => {
    const port = await start({ ssl_session_tickets: "off" });
    const { session, ticket } = await connect(port);
    assert.equal(ticket, undefined);
    assert.ok(session !== undefined);
    assert.equal((await connect(port, { session })).isReused, false);
  });

  it("gives one for as long as ssl_session_timeout says", async () => {
    const { settings } = loadSettings({
      env: { KONG_SSL_SESSION_TIMEOUT: "10m", KONG_SSL_CERT: "", KONG_SSL_CERT_KEY: "" },
      prefix: folder,
    });
    const made = { ssl_cert: [join(folder, "cert.pem")], ssl_cert_key: [join(folder, "key.pem")] };
    assert.equal(listenerTls({ ...settings, ...made }).sessionTimeoutS, 600);
  });
});
