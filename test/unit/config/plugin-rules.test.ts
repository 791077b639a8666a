/** What settings and tags say of single plugins of a plugin server: policy, access, isolation. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadSettings } from "../../../core/config/load.ts";
import { InvalidSettings } from "../../../core/config/load.ts";
import { complaintOfTags, nearer, policyOfTags } from "../../../core/config/plugin-policy.ts";
import type { PluginServerSettings } from "../../../core/config/plugin-servers.ts";

const BASE = { KONG_PLUGINSERVER_NAMES: "a,a-plugin-b", KONG_DATABASE: "off" };
const QUERIES = {
  KONG_PLUGINSERVER_A_QUERY_CMD: "true",
  KONG_PLUGINSERVER_A_PLUGIN_B_QUERY_CMD: "true",
};

function serverOf(given: Record<string, string>): PluginServerSettings {
  const named = Object.entries(given).map(([name, value]) => [
    `KONG_PLUGINSERVER_A_${name.toUpperCase()}`,
    value,
  ]);
  const env = { ...BASE, ...QUERIES, ...Object.fromEntries(named) };
  return loadSettings({ env }).settings.pluginservers[0]!;
}

function refusalOf(given: Record<string, string>): string {
  try {
    serverOf(given);
  } catch (cause) {
    assert.ok(cause instanceof InvalidSettings, String(cause));
    return cause.errors.join("\n");
  }
  throw new Error("it was accepted");
}

describe("settings of a plugin server", () => {
  it("have limits of time by phase and a breaker", () => {
    const { policy } = serverOf({ timeout_access: "50", breaker_failures: "3", breaker_open: "9" });
    assert.deepEqual(policy, {
      timeouts: { access: 50 },
      breaker_failures: 3,
      breaker_open: 9,
    });
  });

  it("have a protocol, one that there is", () => {
    assert.equal(serverOf({}).protocol, null);
    assert.equal(serverOf({ protocol: "ProtoBuf:1" }).protocol, "ProtoBuf:1");
    const refusal = refusalOf({ protocol: "protobuf" });
    assert.match(
      refusal,
      /pluginserver_a_protocol: protobuf is no protocol \(there are Dragoman:1,/,
    );
  });

  it("have rules for single plugins, and those of a server with a like name are its own", () => {
    const { plugins } = serverOf({
      plugin_my_auth_on_failure: "open",
      plugin_my_auth_timeout_header_filter: "7",
      plugin_my_auth_read: "headers:X-A, x-b;body",
      plugin_other_write: "none",
      plugin_b_socket: "/run/b.sock",
    });
    assert.deepEqual(plugins, {
      my_auth: {
        policy: { on_failure: "open", timeouts: { header_filter: 7 } },
        read: { headers: ["x-a", "x-b"], body: true },
        write: null,
      },
      other: { policy: {}, read: null, write: {} },
    });
  });

  it("say what the process gets of the machine", () => {
    const { isolation } = serverOf({
      env: "PATH, LC_*",
      cwd: "/srv",
      user: "nobody",
      nice: "-5",
      memory_max: "1g",
      files_max: "64",
    });
    assert.deepEqual(isolation, {
      env: ["PATH", "LC_*"],
      cwd: "/srv",
      user: "nobody",
      group: "",
      nice: -5,
      memoryBytesMax: 1024 ** 3,
      filesMax: 64,
    });
  });

  for (const [setting, value, complaint] of [
    ["breaker_share", "101", /breaker_share is more than 100: '101'/],
    ["timeout_access", "0", /timeout_access is not a whole number from 1/],
    ["plugin_x_read", "header:x-a", /plugin_x_read has an unknown item: 'header' \(none, headers,/],
    ["plugin_x_read", "body:x-a", /'body' takes no names/],
    ["plugin_x_write", "headers:x a", /'x a' is no name of a header/],
    ["plugin_x_colour", "red", /pluginserver_a_plugin_x_colour is not known/],
    ["nice", "20", /nice is not a number from -20 to 19/],
    ["env", "A B", /env has a name that cannot be: 'A B'/],
    [
      "tls_ca",
      "/ca.pem",
      /pluginserver_a_tls_\*: nothing is encrypted at '.*' \(pluginserver_a_socket/,
    ],
    ["user", "a:b", /user is neither a name nor a number/],
  ] as const) {
    it(`are refused: ${setting} = ${value}`, () => {
      assert.match(refusalOf({ [setting]: value }), complaint);
    });
  }
});

describe("tags of a plugin config", () => {
  it("say the same, and others are passed over", () => {
    assert.equal(policyOfTags(["blue", "dragoman"]), null);
    assert.deepEqual(policyOfTags(["blue", "dragoman:on_failure=open", "dragoman:queue=0"]), {
      on_failure: "open",
      queue: 0,
    });
  });

  it("are refused with the reason", () => {
    assert.match(
      complaintOfTags(["dragoman:on_failure=maybe"]) ?? "",
      /tag .*maybe.*\(close, open\)/,
    );
    assert.match(complaintOfTags(["dragoman:colour=red"]) ?? "", /is not known: 'colour'/);
    assert.equal(complaintOfTags(["x:y"]), undefined);
  });

  it("count over what is farther away, phase by phase", () => {
    const far = { timeout: 100, timeouts: { access: 5, log: 6 } };
    assert.deepEqual(nearer(far, { timeouts: { access: 7 } }).timeouts, { access: 7, log: 6 });
    assert.deepEqual(nearer(far, { timeout: 9 }), { timeout: 9, timeouts: {} });
  });
});
