/**
 * Reloads that change plugin servers: new ones that do not start leave the old ones serving, those that do take over.
 *
 * Method: a stand-in for a plugin server that answers its query, and tells its number to whoever connects to its socket.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isAlive } from "../../helpers/is-alive.ts";
import { type Gateway, runVerb, startGateway } from "../../helpers/start-gateway.ts";
import { shows } from "../../helpers/shows.ts";

/** It removes its socket by name when it ends, as some real ones do. */
const SERVER = `
import net from "node:net";
import { rmSync } from "node:fs";
const [what, path] = process.argv.slice(2);
if (what === "query") {
  const plugin = { Name: "stand-in", Phases: ["access"], Version: "1", Priority: 1,
    Schema: { name: "stand-in", fields: [{ config: { type: "record", fields: [] } }] } };
  console.log(JSON.stringify([plugin]));
} else {
  net.createServer((socket) => socket.on("error", () => {}).write(String(process.pid))).listen(path);
  process.on("SIGTERM", () => { rmSync(path, { force: true }); process.exit(0); });
}`;

let folder = "";
let socketPath = "";
let gateway: Gateway;

function settings(arguments_: string): Record<string, string> {
  const program = `${process.execPath} ${join(folder, "server.mjs")}`;
  return {
    plugins: "bundled,stand-in",
    pluginserver_names: "one",
    pluginserver_one_socket: socketPath,
    pluginserver_one_start_cmd: `${program} ${arguments_}`,
    pluginserver_one_query_cmd: `${program} query`,
    pluginserver_one_query_timeout: "60000",
  };
}

function asEnvironment(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`KONG_${name.toUpperCase()}`, value]),
  );
}

/** The process behind the socket; it rejects where there is none. */
function served(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath);
    socket.once("error", reject);
    socket.once("data", (bytes) => {
      socket.destroy();
      resolve(Number(bytes.toString()));
    });
  });
}

describe("a reload that changes a plugin server", () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ps-reload-"));
    socketPath = join(folder, "one.sock");
    writeFileSync(join(folder, "server.mjs"), SERVER);
    gateway = await startGateway({ settings: settings(`serve ${socketPath}`) });
    await shows("the server starts", async () => (await served()) > 0);
  });
  after(async () => {
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("leaves the old one serving where the new one does not start", async () => {
    const old = await served();
    const env = { ...asEnvironment(settings("serve")), KONG_PLUGINSERVER_ONE_START_CMD: "false" };
    const { code, output } = await runVerb(["reload"], { ...gateway.env, ...env });
    assert.equal(code, 0, output);
    await shows("the reload fails", () => gateway.errorLog().includes("reload failed, going on"));
    assert.equal(await served(), old);
    assert.ok(isAlive(old));
  });

  it("ends the old one once the new one has its place", async () => {
    const old = await served();
    const env = asEnvironment(settings(`serve ${socketPath} changed`));
    const { code, output } = await runVerb(["reload"], { ...gateway.env, ...env });
    assert.equal(code, 0, output);
    await shows("the old one ends", () => !isAlive(old));
    // the old one removed the socket of the new one, which is started again for that
    await shows("another one serves", async () => (await served()) !== old);
  });
});
