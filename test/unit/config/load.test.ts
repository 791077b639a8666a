/** Where settings come from, which one wins, and what becomes of their texts. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { BUNDLED_PLUGINS } from "../../../core/config/bundled-plugins.ts";
import { InvalidSettings, loadSettings } from "../../../core/config/load.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "settings-"));
});
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function conf(text: string): string {
  const path = join(folder, `${files++}.conf`);
  writeFileSync(path, text);
  return path;
}

/** Settings of an environment and, where a text is given, a file. */
function load(env: Record<string, string>, file = "") {
  return loadSettings({ env, confFile: conf(file) });
}

function errorsOf(env: Record<string, string>, file = ""): readonly string[] {
  try {
    load(env, file);
  } catch (cause) {
    assert.ok(cause instanceof InvalidSettings, String(cause));
    return cause.errors;
  }
  return [];
}

describe("precedence", () => {
  it("is default, file, KONG_, DRAGOMAN_, command line", () => {
    const file = "log_level = warn\nprefix = /file";
    assert.equal(load({}).settings.log_level, "notice");
    assert.equal(load({}, file).settings.log_level, "warn");
    assert.equal(load({ KONG_LOG_LEVEL: "error" }, file).settings.log_level, "error");
    const both = { DRAGOMAN_LOG_LEVEL: "crit", KONG_LOG_LEVEL: "error" };
    assert.equal(load(both, file).settings.log_level, "crit");
    const options = { env: { DRAGOMAN_PREFIX: "/env" }, confFile: conf(file), prefix: "/option" };
    assert.equal(loadSettings(options).settings.prefix, "/option");
  });

  it("takes an empty variable for unset, and the default then", () => {
    assert.deepEqual(load({ KONG_HEADERS: "" }, "headers = via").settings.headers, [
      "server_tokens",
      "latency_tokens",
      "x-kong-request-id",
    ]);
  });

  it("does not look at small letters and unknown names of the environment", () => {
    const env = { kong_log_level: "loud", KONG_log_level: "loud", KONG_NO_SUCH: "1" };
    assert.equal(load(env).settings.log_level, "notice");
  });

  it("keeps names under free prefixes", () => {
    const env = { KONG_NGINX_PROXY_LARGE_CLIENT_HEADER_BUFFERS: "8 24k", KONG_VAULT_X_TTL: "3" };
    assert.deepEqual(load(env).settings.free, {
      nginx_proxy_large_client_header_buffers: "8 24k",
      vault_x_ttl: "3",
    });
  });

  it("lets fallbacks count before defaults only", () => {
    const fallbacks = { proxy_access_log: "/dev/stdout" };
    const at = (file: string) =>
      loadSettings({ env: {}, confFile: conf(file), fallbacks }).settings.proxy_access_log;
    assert.equal(at(""), "/dev/stdout");
    assert.equal(at("proxy_access_log = off"), "off");
  });
});

describe("types", () => {
  it("reads booleans: any word but on and true is off, with a warning", () => {
    const { settings, warnings } = load({
      KONG_ALLOW_DEBUG_HEADER: "true",
      KONG_REQUEST_DEBUG: "false",
      KONG_PG_SSL: "on",
      KONG_CLIENT_SSL: "ON",
    });
    assert.equal(settings.allow_debug_header, true);
    assert.equal(settings.request_debug, false);
    assert.equal(settings.pg_ssl, true);
    assert.equal(settings.client_ssl, false);
    assert.deepEqual(warnings, [
      "client_ssl is not a boolean: 'ON' counts as off (on, off, true, false)",
    ]);
  });

  it("reads numbers as Lua does, and one that is none as unset", () => {
    const { settings, warnings } = load({
      KONG_DB_CACHE_TTL: "60",
      KONG_WORKER_STATE_UPDATE_FREQUENCY: "0.5",
      KONG_PG_PORT: "0x10",
      KONG_DB_UPDATE_FREQUENCY: "1e1",
      KONG_PG_TIMEOUT: "abc",
    });
    assert.equal(settings.db_cache_ttl, 60);
    assert.equal(settings.worker_state_update_frequency, 0.5);
    assert.equal(settings.pg_port, 16);
    assert.equal(settings.db_update_frequency, 10);
    assert.equal(settings.pg_timeout, 5000);
    assert.deepEqual(warnings, ["pg_timeout is not a number: 'abc', its default counts"]);
  });

  it("reads lists without blanks", () => {
    const { settings } = load({ KONG_TRUSTED_IPS: "10.0.0.0/8,::1 " }, "headers = via,  Server");
    assert.deepEqual(settings.trusted_ips, ["10.0.0.0/8", "::1"]);
    assert.deepEqual(settings.headers, ["via", "Server"]);
  });

  it("keeps leading zeros of texts", () => {
    assert.equal(load({ KONG_PG_USER: "007" }).settings.pg_user, "007");
  });
});

describe("aliases", () => {
  it("fill the directive they stand for, and take its value", () => {
    const short = load({ KONG_NGINX_WORKER_PROCESSES: "3" }).settings;
    assert.equal(short.nginx_main_worker_processes, "3");
    assert.equal(short.workers, 3);
    const long = load({ KONG_NGINX_MAIN_WORKER_PROCESSES: "2" }).settings;
    assert.equal(long.nginx_worker_processes, "2");
    assert.equal(long.workers, 2);
  });

  it("are warned of where they are old", () => {
    const { settings, warnings } = load({ KONG_OPENTELEMETRY_TRACING: "request" });
    assert.deepEqual(settings.tracing_instrumentations, ["request"]);
    assert.match(warnings[0]!, /opentelemetry_tracing.*is deprecated/);
  });
});

describe("what follows", () => {
  it("expands plugins", () => {
    assert.deepEqual(load({}).settings.loaded_plugins, [...BUNDLED_PLUGINS]);
    assert.deepEqual(load({ KONG_PLUGINS: "off" }).settings.loaded_plugins, []);
    assert.deepEqual(load({ KONG_PLUGINS: "key-auth ,mine,key-auth" }).settings.loaded_plugins, [
      "key-auth",
      "mine",
    ]);
  });

  it("expands headers; off counts first and in small letters only", () => {
    const of = (headers: string) => [...load({ KONG_HEADERS: headers }).settings.enabled_headers];
    assert.deepEqual(of("off, via"), []);
    assert.deepEqual(of("Server_Tokens, off"), ["server", "via"]);
    assert.deepEqual(of("X-Kong-Upstream-Status"), ["x-kong-upstream-status"]);
    assert.deepEqual(errorsOf({ KONG_HEADERS: "OFF" }), ["headers: invalid entry 'OFF'"]);
  });

  it("maps ports", () => {
    const { settings } = load({ KONG_PORT_MAPS: "80:8000, 443:8443" });
    assert.deepEqual(settings.host_ports, { 8000: 80, 8443: 443 });
  });

  it("points to generated certificates where TLS is on and none is given", () => {
    const env = {
      KONG_PREFIX: "/p",
      KONG_ADMIN_LISTEN: "127.0.0.1:1 ssl",
      KONG_PROXY_LISTEN: "off",
    };
    const { settings } = load(env);
    assert.deepEqual(settings.admin_ssl_cert, ["/p/ssl/admin-kong-default.crt"]);
    assert.deepEqual(settings.admin_ssl_cert_key, ["/p/ssl/admin-kong-default.key"]);
    assert.deepEqual(settings.ssl_cert, []);
  });

  it("makes paths absolute", () => {
    const { settings } = load({ KONG_PREFIX: "here/below", KONG_DECLARATIVE_CONFIG: "k.yml" });
    assert.equal(settings.prefix, join(process.cwd(), "here/below"));
    assert.equal(settings.declarative_config, join(process.cwd(), "k.yml"));
    assert.equal(settings.nginx_pid, join(process.cwd(), "here/below/pids/nginx.pid"));
  });

  it("is frozen", () => assert.ok(Object.isFrozen(load({}).settings)));
});

describe("warnings", () => {
  it("name settings without effect once, and only where they differ from the default", () => {
    const { warnings } = load({
      KONG_LUA_PACKAGE_PATH: "/x/?.lua",
      KONG_NGINX_HTTP_LUA_SHARED_DICT: "a 1m",
      KONG_MEM_CACHE_SIZE: "128m",
      KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE: "1m",
    });
    assert.deepEqual(warnings, [
      "these settings have no effect in this gateway: lua_package_path, nginx_http_lua_shared_dict",
    ]);
  });
});

describe("references", () => {
  const env = {
    SOME_LEVEL: "warn",
    SOME_USER: '{"name": "ada", "n": 1}',
    MY_LEVEL: "error",
    FIRST_TOKEN: "via",
  };

  it("are looked up in the environment, whole, by field, by prefix, in lists", () => {
    const { settings } = load({
      ...env,
      KONG_LOG_LEVEL: "{vault://env/level?prefix=MY_}",
      KONG_PG_USER: "{vault://env/some-user/name}",
      KONG_HEADERS: "{vault://env/first-token}, latency_tokens",
    });
    assert.equal(settings.log_level, "error");
    assert.equal(settings.pg_user, "ada");
    assert.deepEqual(settings.headers, ["via", "latency_tokens"]);
    assert.deepEqual(settings.references, {
      log_level: "{vault://env/level?prefix=MY_}",
      pg_user: "{vault://env/some-user/name}",
      headers: ["{vault://env/first-token}"],
    });
  });

  it("stay in what is written down", () => {
    const text = "{vault://env/some-level}";
    assert.equal(load({ ...env, KONG_LOG_LEVEL: text }).given.get("log_level"), text);
  });

  const bad: readonly [Record<string, string>, string][] = [
    [
      { KONG_LOG_LEVEL: "{vault://env/no-such-level}" },
      "failed to dereference '{vault://env/no-such-level}': could not get value from external vault (no value found) for config option 'log_level'",
    ],
    [
      { KONG_LOG_LEVEL: "{vault://nope/level}" },
      "failed to dereference '{vault://nope/level}': unable to retrieve config from db for config option 'log_level'",
    ],
    [
      { KONG_HEADERS: "via,{vault://env/no-such-token}" },
      "failed to dereference '{vault://env/no-such-token}': could not get value from external vault (no value found) for config option 'headers[2]'",
    ],
    [
      { KONG_PG_USER: "{vault://env/some-user/none}" },
      "failed to dereference '{vault://env/some-user/none}': could not get value from external vault (could not get subfield value: subfield none not found in JSON secret) for config option 'pg_user'",
    ],
    [
      { KONG_VAULTS: "off", KONG_LOG_LEVEL: "{vault://env/some-level}" },
      "failed to dereference '{vault://env/some-level}': unable to retrieve config from db for config option 'log_level'",
    ],
    [
      { KONG_LOG_LEVEL: "{vault://env/first-token}" },
      "log_level has an invalid value: 'via' (debug, info, notice, warn, error, crit, alert, emerg)",
    ],
  ];
  for (const [given, expected] of bad) {
    it(`tells what is wrong with ${JSON.stringify(given)}`, () => {
      assert.deepEqual(errorsOf({ ...env, ...given }), [expected]);
    });
  }

  it("are left alone by a check", () => {
    const file = conf("pg_password = {vault://env/no-such-thing}");
    const { settings } = loadSettings({ env: {}, confFile: file, purpose: "check" });
    assert.equal(settings.pg_password, "{vault://env/no-such-thing}");
  });
});
