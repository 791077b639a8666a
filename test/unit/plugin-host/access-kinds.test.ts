/**
 * Every function of the PDK is either under the access rules or stands here as free: a new one that shows a request's
 * content, or a secret, cannot slip past them by being forgotten.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { READ_WORDS, WRITE_WORDS } from "../../../core/config/plugin-access.ts";
import { TABLE } from "../../../core/pdk/registry.ts";
import { kindOf } from "../../../core/plugin-host/access-kinds.ts";

/** Addresses, what was routed where, the node, kong.ctx, the log, and what only the plugin itself is shown. */
const FREE: Readonly<Record<string, string>> = {
  request:
    "get_scheme get_host get_port get_forwarded_scheme get_forwarded_host get_forwarded_port get_forwarded_path " +
    "get_forwarded_prefix get_http_version get_method get_path get_raw_path get_start_time get_uri_captures",
  client: "get_ip get_forwarded_ip get_port get_forwarded_port get_protocol",
  "client.tls": "request_client_certificate disable_session_reuse set_client_verify",
  response: "get_status get_source",
  "service.request": "enable_buffering",
  "service.response": "get_status",
  router: "get_route get_service",
  node: "get_id get_hostname get_memory_stats",
  ip: "is_trusted",
  plugin: "get_id",
  cluster: "get_id",
  nginx: "get_subsystem get_statistics get_tls1_version_str req_start_time",
  ctx: "shared plugin",
  "ctx.shared": "get set",
  log: "emerg alert crit err warn notice info debug deprecation inspect set_serialize_value",
  "": "log configuration version version_num",
  vault: "is_reference parse_reference",
  telemetry: "log",
  tracing: "active_span set_active_span start_span process_span get_sampling_decision",
  table: "new clear merge",
};

const free = new Set(
  Object.entries(FREE).flatMap(([space, names]) =>
    names.split(" ").map((name) => (space === "" ? `kong.${name}` : `kong.${space}.${name}`)),
  ),
);

describe("access rules", () => {
  it("are about every function that plugin servers have, but those that are free", () => {
    for (const { name, isInProcessOnly } of TABLE) {
      if (isInProcessOnly) continue;
      const isRuled = kindOf(name) !== null;
      assert.notEqual(isRuled, free.has(name), `${name}: ruled and free, or neither`);
    }
    for (const name of free) assert.ok(TABLE.some((fn) => fn.name === name), `${name} is no function`); // biome-ignore format: one line
  });

  it("know the words of every kind", () => {
    for (const { name } of TABLE) {
      const kind = kindOf(name);
      const words: readonly string[] = kind?.isWrite ? WRITE_WORDS : READ_WORDS;
      for (const word of kind?.words ?? []) assert.ok(words.includes(word), `${name}: ${word}`);
    }
  });
});
