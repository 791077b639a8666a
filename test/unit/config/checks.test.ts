/** Good and bad values of settings; the errors are those that a Kong 3.9 prints. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { generate } from "selfsigned";
import { InvalidSettings, loadSettings } from "../../../core/config/load.ts";

/** Settings as a file has them, apart by ` / `. */
function errorsOf(text: string): readonly string[] {
  const env: Record<string, string> = {};
  for (const line of text.split(" / ")) {
    const at = line.indexOf("=");
    env[`KONG_${line.slice(0, at).trim().toUpperCase()}`] = line.slice(at + 1).trim();
  }
  try {
    loadSettings({ env, purpose: "check" });
  } catch (cause) {
    assert.ok(cause instanceof InvalidSettings, String(cause));
    return cause.errors;
  }
  return [];
}

const TRUSTED =
  "trusted_ips must be a comma separated list in the form of IPv4 or IPv6 address or CIDR block or 'unix:', got ";
const PATTERN = "is invalid. Must match pattern: (?!kong)(?!konnect)(?!insomnia)(?!mesh)(?!kic)";

const BAD: readonly [string, ...string[]][] = [
  ["role = boss", "role has an invalid value: 'boss' (data_plane, control_plane, traditional)"],
  [
    "log_level =",
    "log_level has an invalid value: 'nil' (debug, info, notice, warn, error, crit, alert, emerg)",
  ],
  ["database = mysql", "database has an invalid value: 'mysql' (postgres, cassandra, off)"],
  [
    "database = cassandra",
    "Cassandra as a datastore for Kong is not supported in versions 3.4 and above. Please use Postgres.",
  ],
  ["pg_pool_size = -1", "pg_pool_size must be greater than 0"],
  ["pg_ro_backlog = 1.5", "pg_ro_backlog must be an integer greater than 0"],
  ["worker_state_update_frequency = 0", "worker_state_update_frequency must be greater than 0"],
  ["upstream_keepalive_pool_size = abc", "upstream_keepalive_pool_size is not a number: 'abc'"],
  ["upstream_keepalive_pool_size = -1", "upstream_keepalive_pool_size must be 0 or greater"],
  ["cluster_data_plane_purge_delay = 59", "cluster_data_plane_purge_delay must be 60 or greater"],
  ["cluster_max_payload = 4194303", "cluster_max_payload must be 4194304 (4MB) or greater"],
  ["lua_max_uri_args = 1001", "lua_max_uri_args must be an integer between 1 and 1000"],
  ["lua_max_post_args = 5.5", "lua_max_post_args must be an integer between 1 and 1000"],
  ["tracing_sampling_rate = 1.1", "tracing_sampling_rate must be between 0 and 1"],
  ["tracing_instrumentations = request, magic", "invalid tracing type: magic"],
  [
    "tracing_instrumentations = off, request",
    "invalid tracing types: off, other types are mutually exclusive",
  ],
  ["headers = X-Other", "headers: invalid entry 'X-Other'"],
  ["headers_upstream = X-Other", "headers_upstream: invalid entry 'X-Other'"],
  ["trusted_ips = 10.0.0.0/40", `${TRUSTED}'10.0.0.0/40'`],
  ["trusted_ips = 10.0.0.0/8,", `${TRUSTED}''`],
  ["trusted_ips = a, ::1, b", `${TRUSTED}'a'`, `${TRUSTED}'b'`],
  [
    "port_maps = a, 80:8000, 0:1",
    "invalid port mapping (`port_maps`): a",
    "invalid port mapping (`port_maps`): 0:1",
  ],
  [
    "dns_resolver = 1.2.3",
    "dns_resolver must be a comma separated list in the form of IPv4/6 or IPv4/6:port, got '1.2.3'",
  ],
  ["dns_hostsfile = /no/such/hosts", "dns_hostsfile: file does not exist"],
  ["dns_order = A, MX", "dns_order: invalid entry 'MX'"],
  ["resolver_family = A, CNAME", "resolver_family: invalid entry 'CNAME'"],
  ["node_id = not-a-uuid", "node_id must be a valid UUID"],
  ["port_maps = 0:8000", "invalid port mapping (`port_maps`): 0:8000"],
  ["admin_gui_path = manager", "admin_gui_path must start with a slash ('/')"],
  ["admin_gui_path = /manager/", "admin_gui_path must not end with a slash ('/')"],
  [
    "admin_gui_path = /man ager",
    "admin_gui_path can only contain letters, digits, hyphens ('-'), underscores ('_'), and slashes ('/')",
  ],
  ["admin_gui_path = /a//b", "admin_gui_path must not contain continuous slashes ('/')"],
  ["proxy_server = nowhere", "proxy_server missing scheme"],
  ["proxy_server = ftp://a.test", 'proxy_server only supports "http" and "https", got ftp'],
  ["proxy_server = http://", "proxy_server missing host"],
  ["proxy_server = localhost:3128", 'proxy_server only supports "http" and "https", got localhost'],
  [
    "proxy_server = http://a.test/;p",
    "fragments, query strings or parameters are meaningless in proxy configuration",
  ],
  [
    "proxy_server = http://a.test/#f", // in a file it would begin a comment
    "fragments, query strings or parameters are meaningless in proxy configuration",
  ],
  ["dns_hostsfile = /", "dns_hostsfile: file does not exist"],
  [
    "proxy_server = http://a.test/?q",
    "fragments, query strings or parameters are meaningless in proxy configuration",
  ],
  ["ssl_cipher_suite = best", "Undefined cipher suite best"],
  [
    "lua_ssl_trusted_certificate = /no/file",
    "lua_ssl_trusted_certificate: failed loading certificate from /no/file",
  ],
  ["cluster_dp_labels = a:b", 'cluster_dp_labels can only be used when role = "data_plane"'],
  [
    "role = control_plane / database = postgres",
    "cluster certificate and key must be provided to use Hybrid mode",
  ],
  ["pluginserver_names = one", "query_command undefined for pluginserver one"],
  ["limit_header_count = 0", "limit_header_count must be 1 or greater"],
];

const GOOD = [
  "worker_state_update_frequency = 0.01",
  "headers = Server_Tokens, via",
  "headers_upstream = X-Kong-Request-Id",
  "trusted_ips = 10.0.0.0/8, ::1, unix:",
  "dns_resolver = 8.8.8.8:53, [::1]:53",
  "dns_order = LAST,a,srv",
  "node_id = 8b6e7d0c-1111-4222-8333-944445555666",
  "admin_gui_path = /",
  "proxy_server = http://a.test:3128/p",
  "proxy_listen = off, 127.0.0.1:1",
  "proxy_listen = 127.0.0.1:1 / ssl_cert = /no/such/cert",
  "lua_ssl_trusted_certificate = system",
  "router_consistency = sometimes",
  "database = postgres",
  "nginx_worker_processes = many",
  "mem_cache_size = lots",
  "tracing_instrumentations = all",
];

describe("checks", () => {
  for (const [text, ...errors] of BAD) {
    it(`refuse ${text}`, () => assert.deepEqual(errorsOf(text), errors));
  }
  for (const text of GOOD) {
    it(`take ${text}`, () => assert.deepEqual(errorsOf(text), []));
  }

  it("tell all that is wrong at once", () => {
    assert.equal(errorsOf("log_level = loud / role = boss / database = mysql").length, 3);
  });
});

describe("values that Kong leaves to nginx", () => {
  it("stop a start, and no check", () => {
    const env = {
      KONG_NGINX_WORKER_PROCESSES: "many",
      KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE: "big",
      KONG_NGINX_PROXY_KEEPALIVE_TIMEOUT: "soon",
    };
    assert.throws(
      () => loadSettings({ env }),
      (cause) => {
        assert.ok(cause instanceof InvalidSettings);
        assert.deepEqual(cause.errors.map((error) => error.split(" ")[0]).sort(), [
          "nginx_http_client_max_body_size",
          "nginx_proxy_keepalive_timeout",
          "nginx_worker_processes",
        ]);
        return true;
      },
    );
    loadSettings({ env, purpose: "check" });
  });
});

describe("certificates", () => {
  let folder = "";
  let pair = { cert: "", key: "" };
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "certificates-"));
    const made = await generate([{ name: "commonName", value: "a.test" }], { keyType: "ec" });
    pair = { cert: join(folder, "a.crt"), key: join(folder, "a.key") };
    writeFileSync(pair.cert, made.cert);
    writeFileSync(pair.key, made.private);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const prefix of ["", "admin_", "status_", "admin_gui_"]) {
    const listen = `${prefix === "" ? "proxy_" : prefix}listen = 127.0.0.1:1 ssl`;
    it(`come in pairs: ${prefix}ssl_cert`, () => {
      const name = `${prefix}ssl_cert`;
      assert.deepEqual(errorsOf(`${listen} / ${name} = ${pair.cert}`), [
        `${name}_key must be specified`,
      ]);
      assert.deepEqual(errorsOf(`${listen} / ${name}_key = ${pair.key}`), [
        `${name} must be specified`,
      ]);
      assert.deepEqual(errorsOf(`${listen} / ${name} = /no/cert`), [
        `${name}_key must be specified`,
        `${name}: failed loading certificate from /no/cert`,
      ]);
      const both = `${listen} / ${name} = ${pair.cert} / ${name}_key = ${pair.key}`;
      assert.deepEqual(errorsOf(both), []);
      assert.deepEqual(errorsOf(`${listen} / ${name} = /no/cert / ${name}_key = /no/key`), [
        `${name}: failed loading certificate from /no/cert`,
        `${name}_key: failed loading key from /no/key`,
      ]);
      const two = `${name} = ${pair.cert},${pair.cert}`;
      assert.deepEqual(errorsOf(`${listen} / ${two} / ${name}_key = ${pair.key}`), [
        `${name} was specified 2 times while ${name}_key was specified 1 times`,
      ]);
    });
  }

  it("belong to their keys", async () => {
    const other = await generate([{ name: "commonName", value: "b.test" }], { keyType: "ec" });
    const key = join(folder, "b.key");
    writeFileSync(key, other.private);
    assert.deepEqual(
      errorsOf(`proxy_listen = 127.0.0.1:1 ssl / ssl_cert = ${pair.cert} / ssl_cert_key = ${key}`),
      [`ssl_cert_key: ${key} does not belong to the certificate ${pair.cert}`],
    );
  });

  const plane = (text: string): readonly string[] =>
    errorsOf(`${text} / cluster_cert = ${pair.cert} / cluster_cert_key = ${pair.key}`);
  const DATA = "role = data_plane / database = off";
  it("of a cluster make a control plane and a data plane", () => {
    assert.deepEqual(plane("role = control_plane / database = postgres"), []);
    assert.deepEqual(plane(DATA), []);
    assert.deepEqual(plane("role = data_plane / database = postgres"), [
      'only in-memory storage can be used when role = "data_plane"\nHint: set database = off in your kong.conf',
    ]);
    assert.deepEqual(plane(`${DATA} / proxy_listen = off`), [
      'proxy_listen must be specified when role = "data_plane"',
    ]);
  });

  const labels: readonly [string, ...string[]][] = [
    ["env:prod,team:x"],
    ["env", "label key validation failed:  must have between 1 and 63 characters"],
    ["env:", "label value validation failed:  must have between 1 and 63 characters"],
    ["kong:x", `label key validation failed: kong ${PATTERN}[a-z0-9]([\\w\\.:-]*[a-z0-9]|)$`],
    [
      "a:b!c",
      "label value validation failed: b!c is invalid. Must match pattern: [a-z0-9]([\\w\\.:-]*[a-z0-9]|)$",
    ],
    [
      "a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1,j:1,l:1",
      "labels validation failed: count exceeded 10 max elements",
    ],
  ];
  for (const [given, ...errors] of labels) {
    it(`labels of a data plane: ${given}`, () => {
      assert.deepEqual(plane(`${DATA} / cluster_dp_labels = ${given}`), errors);
    });
  }
});
