/**
 * A configuration that is posted while a reload is under way: what was told as taken is in force when both are over.
 *
 * Method: a real gateway whose reload waits for a plugin server, which comes up when the test lets it.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { shows } from "../../helpers/shows.ts";
import { type Gateway, runVerb, startGateway } from "../../helpers/start-gateway.ts";

/** Listens, and says nothing: there is no plugin config that would ask it. */
const SILENT_SERVER = `require("node:net").createServer().listen(process.argv[2])`;

let folder = "";
let gateway: Gateway;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "posted-"));
  gateway = await startGateway();
});
after(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function post(name: string): Promise<number> {
  const services = [{ name, url: "http://127.0.0.1:9", routes: [{ paths: ["/"] }] }];
  const answer = await fetch(`${gateway.adminUrl}/config`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ _format_version: "3.0", services }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function serviceNames(): Promise<string[]> {
  const answer = await fetch(`${gateway.adminUrl}/services`, { headers: { connection: "close" } });
  const { data } = (await answer.json()) as { data: { name: string }[] };
  return data.map(({ name }) => name);
}

const hasReloaded = (): boolean => gateway.errorLog().includes('"msg":"reloaded"');

describe("a configuration that is posted during a reload", () => {
  it("is in force when the reload is over, and after a restart", async () => {
    assert.equal(await post("first"), 201);
    const [told, go, program] = ["told", "go", "server.cjs"].map((name) => join(folder, name));
    const socket = join(folder, "late.sock");
    writeFileSync(program!, SILENT_SERVER);
    const plugin = `{"Name":"late","Phases":["access"],"Version":"1","Priority":1,"Schema":{"name":"late","fields":[{"config":{"type":"record","fields":[]}}]}}`;
    const late = `echo > ${told}; while [ ! -e ${go} ]; do sleep 0.05; done; exec node ${program} ${socket}`;
    const reload = await runVerb(["reload"], {
      ...gateway.env,
      KONG_PLUGINS: "bundled,late",
      KONG_PLUGINSERVER_NAMES: "late",
      KONG_PLUGINSERVER_LATE_SOCKET: socket,
      KONG_PLUGINSERVER_LATE_QUERY_CMD: `echo '[${plugin}]'`,
      KONG_PLUGINSERVER_LATE_START_CMD: `sh -c '${late}'`,
    });
    assert.equal(reload.code, 0, reload.output);
    await shows("the reload waits for its plugin server", () => existsSync(told!));
    assert.equal(await post("second"), 201);
    writeFileSync(go!, "");
    await shows("the reload is over", hasReloaded);
    assert.deepEqual(await serviceNames(), ["second"]);
    const restart = await gateway.verb("restart");
    assert.equal(restart.code, 0, restart.output);
    assert.deepEqual(await serviceNames(), ["second"]);
  });
});
