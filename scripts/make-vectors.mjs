/**
 * Makes what is kept of the native protocol's contract: proto/vectors.json, messages as bytes and as JSON, for the tests of
 * every SDK; and the contract as a descriptor set, by which the Python SDK knows its messages.
 *
 * Each vector is a message type, its encoding in hexadecimal and protobuf's JSON of it (bytes in base64, 64-bit numbers as
 * text, names as in the contract). Fields stand in ascending order, so a correct encoder gives the same bytes. Run it after
 * a change of the contract: `node scripts/make-vectors.mjs`; what stood there before must come out as it was.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFileRegistry, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { root } from "./steps.mjs";

const PACKAGE = "dragoman.plugin.v1";
const base64 = (text) => Buffer.from(text, "latin1").toString("base64");
const HEADERS = "host: api.example.com\r\nuser-agent: curl/8.5.0\r\naccept: */*\r\nx-client-id: client-42\r\ncookie: a=1; b=2\r\n";
const ID = "0123456789abcdef0123456789abcdef";
const text = (value) => ({ text: value });

/** Type, what it shows, JSON. */
const VECTORS = [
  ["Hello", "the gateway's", {
    protocol_versions: [1], software: "dragoman 0.1.0", frame_bytes_max: 16777216, pid: 4242,
    node_id: "9b1d7f1c-0b5a-4e0e-8f0e-0c6b7b5f8a11", hostname: "gw-1", kong_version: "3.9.1", kong_version_num: 3009001,
  }],
  ["Hello", "of a tool that shows reads", { protocol_versions: [1], software: "tool", wants_reads: true }],
  ["Hello", "a plugin server's", {
    protocol_versions: [1], software: "dragoman-plugin-sdk 0.1.0", pid: 77,
    plugins: [{
      name: "hello", priority: -7, version: "1.2.3", phases: ["access", "log"],
      schema: base64('{"name":"hello","fields":[{"config":{"type":"record","fields":[]}}]}'), reads_request_body: true,
    }],
    concurrency_max: 1,
  }],
  ["Hello", "nothing set", {}],
  ["Draining", "a reason", { reason: "stopping" }],
  ["Ping", "a token", { token: "18364758544493064720" }],
  ["Start", "a plugin config", { instance: 300, plugin: "hello", config: Buffer.from(`{"greeting":"Grüße","__seq__":7}`).toString("base64"), phases: 0x20a0 }],
  ["Started", "without conditions", { instance: 300 }],
  ["Started", "conditions and a cache key", {
    instance: 3,
    conditions: [
      { phases: 0x20, condition: { all: { list: [
        { method_in: { list: ["GET", "HEAD"] } },
        { not: { path_prefix: { list: ["/health", "/metrics"] } } },
        { any: { list: [{ header_present: "authorization" }, { query_present: "token" }] } },
        { header_prefix: { name: "authorization", list: ["Bearer "] } },
      ] } } },
      { phases: 0x2000, condition: { status: { first: 500, last: 599 } } },
      { phases: 0x200, condition: { has_consumer: false } },
    ],
    cache_key: { parts: [{ kind: "HEADER", name: "authorization" }, { kind: "ROUTE" }, { kind: "QUERY", name: "page" }] },
  }],
  ["StartFailed", "with its reason", { instance: 300, message: "greeting must not be empty" }],
  ["Stop", "an instance", { instance: 300 }],
  ["Entity", "a route", { number: 12, kind: "ROUTE", json: base64('{"id":"2a1f7c1e-6c0b-4f7e-9a55-0d7f4a3b9c11","name":"orders"}') }],
  ["Event", "access, as a small GET gives it", {
    phase: 0x20, instances: [1], request: 1001, deadline_ms: 5000, id: ID, method: "GET", target: base64("/orders/7?page=2&debug"),
    http_version: 11, scheme: "http", host: base64("api.example.com"), port: 8000, headers: base64(HEADERS),
    client_ip: "127.0.0.1", client_port: 51234, forwarded_ip: "127.0.0.1", forwarded_port: 51234, route: 12, service: 13,
    start_ms: "1763733600123", body_state: "BODY_NONE",
  }],
  ["Event", "access, with everything that can be there", {
    phase: 0x20, instances: [1, 2, 300], request: 4294967295, deadline_ms: 60000, id: ID, method: "POST",
    target: base64("/caf\xc3\xa9?q=%20"), http_version: 20, scheme: "https", host: base64("xn--caf-dma.example"), port: 8443,
    headers: base64("x-bytes: \xe9\xff\r\n"), client_ip: "::1", client_port: 1, forwarded_ip: "203.0.113.9", forwarded_port: 65535,
    forwarded_scheme: "http", forwarded_host: base64("public.example"), forwarded_request_port: 80,
    route: 12, service: 13, consumer: 14, credential: 15, start_ms: "1763733600123", body_state: "BODY_HERE",
    body: base64('{"a":1}\x00\xff'), shared: base64('{"k":"v"}'), shared_is_partial: true,
  }],
  ["Event", "response", {
    phase: 0x80, instances: [9], request: 5, id: ID, method: "GET", target: base64("/"), http_version: 10, scheme: "http",
    status: 200, response_headers: base64("content-type: text/plain\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n"), source: "SERVICE",
    service_status: 201, response_body_state: "BODY_HERE", response_body: base64("hello"),
  }],
  ["Event", "configure", { phase: 0x8000, plugin: "hello", configs: [1, 2] }],
  ["Call", "writes before a call", {
    writes: [{ op: "SERVICE_REQUEST_SET_HEADER", name: base64("x-user"), value: base64("client-42") }],
    method: "kong.client.load_consumer", args: [text("alice"), { boolean: true }],
  }],
  ["Result", "a value", { value: { map: { entries: [
    { key: "id", value: text("c-1") }, { key: "tags", value: { list: { list: [text("a"), { integer: "-3" }, { number: 0.5 }, {}] } } },
  ] } } }],
  ["Result", "nil and why", { error: "not found" }],
  ["Result", "nil", {}],
  ["Done", "nothing written", { ran: 1 }],
  ["Done", "three headers", {
    writes: [
      { op: "SERVICE_REQUEST_SET_HEADER", name: base64("x-user"), value: base64("client-42") },
      { op: "SERVICE_REQUEST_SET_HEADER", name: base64("x-plan"), value: base64("gold") },
      { op: "RESPONSE_SET_HEADER", name: base64("x-served-by"), value: base64("sidecar") },
    ],
    ran: 1, plugin_us: [12],
  }],
  ["Done", "an exit of the second of two plugins, used again for a second", {
    writes: [
      { op: "RESPONSE_SET_STATUS", number: 418 }, { op: "RESPONSE_CLEAR_HEADER", name: base64("server") }, { op: "NEXT_INSTANCE" },
      { name: base64("kong.response.exit"), args: [
        { integer: "403" }, text('{"message":"no"}'),
        { map: { entries: [{ key: "x-why", value: text("because") }, { key: "x-n", value: { integer: "0" } }] } },
      ] },
    ],
    ran: 2, keeps_context: true, cache_ms: 1000,
  }],
  ["Done", "a failure", { ran: 1, failure: "division by zero" }],
  ["Done", "a body is wanted", { ran: 1, wants_body: true }],
  ["Done", "what was read", {
    writes: [{ op: "RESPONSE_SET_STATUS", number: 204 }], ran: 1, plugin_us: [7],
    reads: ["kong.request.get_header x-user", "kong.request.get_query_arg caf\u00e9 2", "kong.client.get_ip"],
  }],
  ["Value", "false", { boolean: false }],
  ["Value", "zero", { integer: "0" }],
  ["Value", "the smallest whole number", { integer: "-9007199254740991" }],
  ["Value", "an empty text", text("")],
  ["Value", "bytes", { bytes: base64("\x00\xff") }],
  ["Value", "empty list and empty map in a list", { list: { list: [{ list: {} }, { map: {} }] } }],
  ["Chunk", "the last", { data: base64("world\n"), is_last: true }],
  ["ChunkDone", "changed", { data: base64("WORLD\n"), is_last: true }],
  ["ChunkDone", "unchanged, with a write", { is_unchanged: true, writes: [{ name: base64("kong.ctx.shared.set"), args: [text("k"), {}] }] }],
  ["ChunkDone", "the end as it came, and what was read", { is_last: true, is_unchanged: true, reads: ["kong.response.get_status"] }],
  ["Cancel", "a refused call", { reason: "REFUSED", message: "function cannot be called in access phase" }],
  ["Forget", "requests", { requests: [1, 128, 4294967295] }],
  ["LogLine", "of a plugin", { level: "warn", message: "grüezi", plugin: "hello" }],
  ["Frame", "over gRPC", { stream: 7, type: 11, message: Buffer.from([0x10, 1]).toString("base64") }],
];

/** The contract as a descriptor set, without comments. */
function descriptorSet() {
  const words = "build proto --path proto/dragoman --exclude-source-info --as-file-descriptor-set -o -#format=binpb";
  return execFileSync(join(root, "node_modules/.bin/buf"), words.split(" "), {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

const image = descriptorSet();
writeFileSync(join(root, "plugin-sdk/python/src/dragoman_plugin/plugin.binpb"), image);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
const lines = VECTORS.map(([type, shows, json]) => {
  const schema = registry.getMessage(`${PACKAGE}.${type}`);
  const message = fromJson(schema, json);
  const hex = Buffer.from(toBinary(schema, message)).toString("hex");
  return JSON.stringify({ type, shows, hex, json: toJson(schema, message, { useProtoFieldName: true }) });
});
const file = join(root, "proto", "vectors.json");
writeFileSync(file, `[\n${lines.join(",\n")}\n]\n`);
console.log(`${lines.length} vectors in proto/vectors.json (${readFileSync(file).length} bytes)`);
