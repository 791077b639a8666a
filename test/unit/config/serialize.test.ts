/** `.kong_env` holds what a gateway was started with; the Admin API shows it without secrets. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parseConf } from "../../../core/config/conf-file.ts";
import { loadRunningSettings, loadSettings } from "../../../core/config/load.ts";
import { serializeSettings, writeKongEnv } from "../../../core/config/serialize.ts";
import { configurationView } from "../../../core/config/view.ts";

let prefix = "";
before(() => {
  prefix = join(mkdtempSync(join(tmpdir(), "kong-env-")), "prefix");
  mkdirSync(prefix);
});
after(() => rmSync(prefix, { recursive: true }));

const ENV = {
  KONG_PG_PASSWORD: "a#b",
  KONG_PG_USER: "{vault://env/some-user}",
  KONG_HEADERS: "{vault://env/token}, latency_tokens",
  KONG_NGINX_WORKER_PROCESSES: "2",
  KONG_NGINX_PROXY_LARGE_CLIENT_HEADER_BUFFERS: "8 24k",
  KONG_PROXY_LISTEN: "127.0.0.1:8000 reuseport backlog=128, 127.0.0.1:8443 ssl http2",
  KONG_ALLOW_DEBUG_HEADER: "on",
  SOME_USER: "ada",
  TOKEN: "via",
};

describe(".kong_env", () => {
  it("gives the same settings again, without the environment but for references", () => {
    const started = loadSettings({ env: ENV, prefix });
    writeKongEnv(started);
    const secrets = { SOME_USER: "ada", TOKEN: "via", KONG_LOG_LEVEL: "debug" };
    const running = loadRunningSettings(prefix, secrets);
    assert.deepEqual(running.settings, started.settings);
  });

  it("is for its owner only", () => {
    writeKongEnv(loadSettings({ env: ENV, prefix }));
    assert.equal(statSync(join(prefix, ".kong_env")).mode & 0o777, 0o600);
  });

  it("keeps references, and holds defaults but for settings with several names", () => {
    const values = parseConf(serializeSettings(loadSettings({ env: ENV, prefix })));
    assert.equal(values.get("pg_user"), "{vault://env/some-user}");
    assert.equal(values.get("database"), "off");
    assert.equal(values.get("nginx_worker_processes"), "2");
    assert.equal(values.has("nginx_main_worker_processes"), false);
    assert.equal(values.has("ssl_cert"), false);
  });

  it("lets the environment win at the next reload, under any name", () => {
    writeKongEnv(loadSettings({ env: ENV, prefix }));
    const again = loadSettings({
      env: { SOME_USER: "ada", TOKEN: "via", KONG_NGINX_WORKER_PROCESSES: "3" },
      confFile: join(prefix, ".kong_env"),
    });
    assert.equal(again.settings.workers, 3);
    assert.deepEqual(again.warnings, []);
    assert.equal(again.settings.allow_debug_header, true);
  });
});

describe("configurationView", () => {
  const view = (): Record<string, unknown> =>
    JSON.parse(JSON.stringify(configurationView(loadSettings({ env: ENV, prefix }).settings)));

  it("hides secrets and shows references", () => {
    const shown = view();
    assert.equal(shown.pg_password, "******");
    assert.equal(shown.pg_user, "{vault://env/some-user}");
    assert.deepEqual(shown.headers, ["{vault://env/token}"]);
    assert.equal(JSON.stringify(shown).includes("a#b"), false);
  });

  it("has Kong's shapes: empty lists as tables, unset ones left out, a key for each flag", () => {
    const shown = view();
    assert.deepEqual(shown.trusted_ips, {});
    assert.equal("pg_schema" in shown, false);
    assert.equal(shown.nginx_proxy_large_client_header_buffers, "8 24k");
    assert.equal((shown.loaded_plugins as Record<string, boolean>)["key-auth"], true);
    assert.deepEqual((shown.proxy_listeners as unknown[])[1], {
      "backlog=%d+": false,
      bind: false,
      deferred: false,
      http2: true,
      ip: "127.0.0.1",
      "ipv6only=off": false,
      "ipv6only=on": false,
      listener: "127.0.0.1:8443 ssl",
      port: 8443,
      proxy_protocol: false,
      reuseport: false,
      "so_keepalive=%w*:%w*:%d*": false,
      "so_keepalive=off": false,
      "so_keepalive=on": false,
      ssl: true,
    });
  });
});
