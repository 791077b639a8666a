/**
 * A reference in the config of a plugin, from the environment of `dragoman start` to the plugin, in the gateway and behind
 * a plugin server: both see the secret, the Admin API tells the reference, and a vault entity counts when it comes.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, describe, it } from "node:test";
import { type Gateway, projectRoot, startGateway } from "../../helpers/start-gateway.ts";
import { shows } from "../../helpers/shows.ts";

const SDK = pathToFileURL(join(projectRoot, "plugin-sdk/typescript/index.ts")).href;
const BEHIND = `import { definePlugin, serve, string } from "${SDK}";
await serve([definePlugin({
  name: "behind", version: "1.0.0", priority: 10,
  config: { secret: string({ referenceable: true }) },
  access(kong, config) { kong.response.exit(200, String(config.secret)); },
})]);`;
const INSIDE = `export default {
  version: "1.0.0", priority: 10,
  schema: [{ secret: { type: "string", referenceable: true } }, { asks: { type: "string" } }],
  access({ secret, asks, $refs }, kong) {
    kong.response.exit(200, { secret, $refs, asked: kong.vault.get(asks ?? "{vault://env/none}") });
  },
};`;

const folder = mkdtempSync(join(tmpdir(), "secrets-"));
let gateway: Gateway;

function config(secret: string, vaults: readonly object[] = []): object {
  const route = (name: string, more: object = {}) => ({
    name,
    paths: [`/${name}`],
    plugins: [{ name, config: { secret, ...more } }],
  });
  return {
    _format_version: "3.0",
    vaults,
    routes: [route("inside", { asks: "{vault://my-vault/secret}" }), route("behind")],
  };
}

before(async () => {
  writeFileSync(join(folder, "server.mts"), BEHIND);
  writeFileSync(join(folder, "inside.mjs"), INSIDE);
  const command = `${process.execPath} --import tsx ${join(folder, "server.mts")}`;
  process.env.DRAGOMAN_TEST_SECRET = "s3cret";
  process.env.DRAGOMAN_OTHER_SECRET = "another";
  gateway = await startGateway({
    settings: {
      plugins: "bundled,inside,behind",
      plugin_path: folder,
      vault_env_prefix: "dragoman_",
      pluginserver_names: "outside",
      pluginserver_outside_start_cmd: command,
      pluginserver_outside_query_cmd: `${command} -dump`,
      pluginserver_outside_query_timeout: "60000",
      pluginserver_outside_start_timeout: "60000",
      pluginserver_outside_ready_timeout: "60000",
    },
    config: config("{vault://env/test-secret}"),
  });
});

after(async () => {
  delete process.env.DRAGOMAN_TEST_SECRET;
  delete process.env.DRAGOMAN_OTHER_SECRET;
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const text = async (url: string): Promise<string> => (await fetch(url)).text();
const inside = async (): Promise<Record<string, unknown>> =>
  JSON.parse(await text(`${gateway.proxyUrl}/inside`)) as Record<string, unknown>;

describe("a reference in the config of a plugin", { timeout: 600_000 }, () => {
  it("is the secret for a plugin, wherever it runs, and the reference for the Admin API", async () => {
    const secret = "{vault://env/test-secret}";
    assert.deepEqual(await inside(), { secret: "s3cret", $refs: { secret }, asked: null });
    assert.equal(await text(`${gateway.proxyUrl}/behind`), "s3cret");
    const told = await text(`${gateway.adminUrl}/plugins`);
    assert.equal(told.split(JSON.stringify(secret)).length, 3);
    assert.doesNotMatch(told, /s3cret|\$refs/);
  });

  it("is looked up in vault entities, and empty where it names nothing", async () => {
    const vault = { prefix: "my-vault", name: "env", config: { prefix: "dragoman_other_" } };
    const post = async (body: object): Promise<void> => {
      const headers = { "content-type": "application/json" };
      const request = { method: "POST", headers, body: JSON.stringify(body) };
      assert.equal((await fetch(`${gateway.adminUrl}/config`, request)).status, 201);
    };
    await post(config("{vault://my-vault/secret}", [vault]));
    const found = async () => (await inside()).secret === "another";
    await shows("the secret of the new configuration", found);
    assert.equal((await inside()).asked, "another");
    assert.equal(await text(`${gateway.proxyUrl}/behind`), "another");
    await post(config("{vault://my-vault/secret}"));
    await shows("that the vault is gone", async () => (await inside()).secret === "");
    assert.equal(await text(`${gateway.proxyUrl}/behind`), "");
    assert.match(gateway.errorLog(), /unable to resolve reference/);
  });
});
