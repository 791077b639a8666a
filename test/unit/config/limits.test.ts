/** Sizes, times, bounds and plugin servers as numbers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InvalidSettings, loadSettings } from "../../../core/config/load.ts";
import { NO_ISOLATION } from "../../../core/config/plugin-isolation.ts";
import { PLUGIN_SERVER_DEFAULTS } from "../../../core/config/plugin-servers.ts";
import { parseBuffers, parseSize, parseTime } from "../../../core/config/sizes.ts";

describe("sizes and times", () => {
  const sizes: readonly [string, number][] = [
    ["0", 0],
    ["8k", 8192],
    ["1M", 1_048_576],
    ["2g", 2_147_483_648],
  ];
  for (const [text, bytes] of sizes) {
    it(`size ${text}`, () => assert.equal(parseSize("x", text), bytes));
  }
  const times: readonly [string, number][] = [
    ["60", 60_000],
    ["500ms", 500],
    ["1m", 60_000],
    ["1h 30m", 5_400_000],
    ["1h30m", 5_400_000],
    ["10y", 2_147_483_647],
  ];
  for (const [text, ms] of times) {
    it(`time ${text}`, () => assert.equal(parseTime("x", text), ms));
  }
  for (const text of ["", "big", "-1", "8kb", "1.5m", "999999999999g"]) {
    it(`no size: ${text}`, () => assert.throws(() => parseSize("x", text), /x is not a size/));
  }
  for (const text of ["soon", "-1", "1x"]) {
    it(`no time: ${text}`, () => assert.throws(() => parseTime("x", text), /x is not a time/));
  }
  it("buffers", () => {
    assert.deepEqual(parseBuffers("x", "8 24k"), { count: 8, bytes: 24_576 });
    for (const text of ["8k", "0 8k", "4 0"]) assert.throws(() => parseBuffers("x", text));
  });
});

describe("limits", () => {
  it("are nginx's and Kong's defaults", () => {
    const { limits } = loadSettings({ env: {} }).settings;
    assert.deepEqual(limits, {
      headerBytesMax: 32_768,
      headerLineBytesMax: 8192,
      requestLineBytesMax: 8192,
      headerCountMax: 1000,
      clientBodyBytesMax: 0,
      clientBodyBufferBytes: 8192,
      adminBodyBytesMax: 10_485_760,
      headerTimeoutMs: 60_000,
      bodyTimeoutMs: 60_000,
      keepaliveTimeoutMs: 75_000,
      keepaliveRequestsMax: 10_000,
      sendTimeoutMs: 60_000,
      drainTimeoutMs: 60_000,
      upstreamKeepalivePoolSize: 512,
      upstreamKeepaliveRequestsMax: 10_000,
      upstreamKeepaliveIdleTimeoutMs: 60_000,
    });
  });

  it("come from directives, those of the proxy's block first", () => {
    const { settings, warnings } = loadSettings({
      env: {
        KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE: "1m",
        KONG_NGINX_PROXY_CLIENT_MAX_BODY_SIZE: "2m",
        KONG_NGINX_HTTP_LARGE_CLIENT_HEADER_BUFFERS: "8 24k",
        KONG_NGINX_HTTP_KEEPALIVE_TIMEOUT: "5s 4s",
        KONG_NGINX_PROXY_SEND_TIMEOUT: "250ms",
        KONG_NGINX_MAIN_WORKER_SHUTDOWN_TIMEOUT: "90s",
        KONG_UPSTREAM_KEEPALIVE_IDLE_TIMEOUT: "0.5",
        KONG_LIMIT_HEADER_COUNT: "50",
      },
    });
    const { limits } = settings;
    assert.deepEqual(warnings, [], "all of them mean something");
    assert.equal(limits.clientBodyBytesMax, 2_097_152);
    assert.equal(limits.headerBytesMax, 8 * 24_576);
    assert.equal(limits.requestLineBytesMax, 24_576);
    assert.equal(limits.keepaliveTimeoutMs, 5000);
    assert.equal(limits.sendTimeoutMs, 250);
    assert.equal(limits.drainTimeoutMs, 90_000);
    assert.equal(limits.upstreamKeepaliveIdleTimeoutMs, 500);
    assert.equal(limits.headerCountMax, 50);
  });
});

describe("plugin servers", () => {
  const QUERY = {
    KONG_PLUGINSERVER_NAMES: "Go-Hello",
    KONG_PLUGINSERVER_GO_HELLO_QUERY_CMD: "/x -dump",
  };

  it("are registered as in Kong: small letters, underscores in settings, socket in the prefix", () => {
    const { settings } = loadSettings({ env: { KONG_PREFIX: "/p", ...QUERY } });
    assert.deepEqual(settings.pluginservers, [
      {
        name: "go-hello",
        socket: "/p/go-hello.socket",
        start_cmd: null,
        query_cmd: "/x -dump",
        protocol: null,
        tls: { cert: "", key: "", ca: "" },
        ...PLUGIN_SERVER_DEFAULTS,
        watch: [],
        policy: {},
        plugins: {},
        isolation: NO_ISOLATION,
      },
    ]);
    assert.deepEqual(settings.pluginserver_names, ["Go-Hello"]);
  });

  it("have a warning for a setting that none of them knows", () => {
    const env = {
      ...QUERY,
      KONG_PLUGINSERVER_GO_HELLO_EVENT_TIMEOT: "200",
      KONG_PLUGINSERVER_OTHER_START_CMD: "/y",
      KONG_PLUGINSERVER_GO_HELLO_PLUGIN_A_TIMEOUT: "5",
      KONG_PLUGINSERVER_GO_HELLO_NICE: "5",
    };
    const sentence = (name: string) =>
      `the setting '${name}' is not known, or its server is not in pluginserver_names`;
    assert.deepEqual(loadSettings({ env }).warnings, [
      sentence("pluginserver_go_hello_event_timeot"),
      sentence("pluginserver_other_start_cmd"),
    ]);
  });

  it("have bounds of their own", () => {
    const [server] = loadSettings({
      env: {
        ...QUERY,
        KONG_PLUGINSERVER_GO_HELLO_SOCKET: "/run/go.sock",
        KONG_PLUGINSERVER_GO_HELLO_START_CMD: "/x",
        KONG_PLUGINSERVER_GO_HELLO_ON_FAILURE: "open",
        KONG_PLUGINSERVER_GO_HELLO_READY_TIMEOUT: "100",
        DRAGOMAN_PLUGINSERVER_GO_HELLO_EVENT_TIMEOUT: "200",
        KONG_PLUGINSERVER_GO_HELLO_CONCURRENCY: "3",
        KONG_PLUGINSERVER_GO_HELLO_QUEUE: "4",
        KONG_PLUGINSERVER_GO_HELLO_MEMORY_LIMIT: "100m",
        KONG_PLUGINSERVER_GO_HELLO_EVENTS_LIMIT: "5",
        KONG_PLUGINSERVER_GO_HELLO_PROCESSES: "2",
      },
    }).settings.pluginservers;
    assert.deepEqual(server, {
      name: "go-hello",
      socket: "/run/go.sock",
      start_cmd: "/x",
      query_cmd: "/x -dump",
      protocol: null,
      tls: { cert: "", key: "", ca: "" },
      onFailure: "open",
      readyTimeoutMs: 100,
      eventTimeoutMs: 200,
      concurrencyMax: 3,
      queueMax: 4,
      memoryBytesMax: 104_857_600,
      eventsMax: 5,
      processes: 2,
      drainTimeoutMs: 30_000,
      startTimeoutMs: 30_000,
      queryTimeoutMs: 10_000,
      watch: [],
      policy: { on_failure: "open" },
      plugins: {},
      isolation: NO_ISOLATION,
    });
  });

  it("are refused where a bound is none", () => {
    const env = { ...QUERY, KONG_PLUGINSERVER_GO_HELLO_ON_FAILURE: "maybe" };
    assert.throws(
      () => loadSettings({ env }),
      (cause) => {
        assert.ok(cause instanceof InvalidSettings);
        assert.deepEqual(cause.errors, [
          "pluginserver_go_hello_on_failure has an invalid value: 'maybe' (close, open)",
        ]);
        return true;
      },
    );
  });
});
