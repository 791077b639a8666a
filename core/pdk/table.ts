/**
 * The one table of the PDK: each function once, with everything that anybody needs to know of it.
 *
 * A row is [name, arguments, result, phases, implementation, ProtoBuf:1 messages or marks]. Arguments are written as
 * "name: type, optional?: type"; "..." is any number. ProtoBuf messages as "argument -> reply" (reference
 * phases-and-plugin-servers.md, 8). Marks: "server" only for plugin servers, "inside" only for plugins in the gateway,
 * "value" for what is no function.
 */
import type { PhaseSet } from "../phases/phases.ts";
import * as client from "./client.ts";
import * as clientTls from "./client-tls.ts";
import * as ctx from "./ctx.ts";
import * as log from "./log.ts";
import { serialize, serializeToJson } from "./log-serialize.ts";
import { setSerializeValue } from "./log-values.ts";
import * as nginx from "./nginx.ts";
import * as node from "./node.ts";
import type { Implementation, PdkArgument, PdkFunction } from "./pdk-function.ts";
import * as in_ from "./phase-sets.ts";
import * as request from "./request.ts";
import * as requestBody from "./request-body.ts";
import * as response from "./response.ts";
import * as responseExit from "./response-exit.ts";
import * as router from "./router.ts";
import * as service from "./service.ts";
import * as serviceRequest from "./service-request.ts";
import * as serviceResponse from "./service-response.ts";
import * as table from "./table-functions.ts";
import * as tracing from "./tracing.ts";
import * as values from "./values.ts";
import * as vault from "./vault.ts";

type Row = readonly [
  name: string,
  args: string,
  result: string,
  phases: PhaseSet,
  run: Implementation,
  protobufOrMark?: string,
];

const TEXT_OR_LIST = "string|number|boolean|array";
const { ANY, AUTH, BODY, REQUEST, RESP_READ, RESP_WRITE, RW_ACC, RW_ACC_BAL, SRESP, TARGET } = in_;

// biome-ignore format: a row is a line
const ROWS: readonly Row[] = [
  ["request.get_scheme", "", "string", REQUEST, request.getScheme, "Empty -> String"],
  ["request.get_host", "", "string", REQUEST, request.getHost, "Empty -> String"],
  ["request.get_port", "", "number", in_.NOT_INIT_WORKER, request.getPort, "Empty -> Int"],
  ["request.get_forwarded_scheme", "", "string", REQUEST, request.getForwardedScheme, "Empty -> String"],
  ["request.get_forwarded_host", "", "string", REQUEST, request.getForwardedHost, "Empty -> String"],
  ["request.get_forwarded_port", "", "number", REQUEST, request.getForwardedPort, "Empty -> Int"],
  ["request.get_forwarded_path", "", "string", REQUEST, request.getForwardedPath],
  ["request.get_forwarded_prefix", "", "string|nil", REQUEST, request.getForwardedPrefix],
  ["request.get_http_version", "", "number|nil", REQUEST, request.getHttpVersion, "Empty -> Number"],
  ["request.get_method", "", "string", REQUEST, request.getMethod, "Empty -> String"],
  ["request.get_path", "", "string", REQUEST, request.getPath, "Empty -> String"],
  ["request.get_raw_path", "", "string", REQUEST, request.getRawPath],
  ["request.get_path_with_query", "", "string", REQUEST, request.getPathWithQuery, "Empty -> String"],
  ["request.get_raw_query", "", "string", REQUEST, request.getRawQuery, "Empty -> String"],
  ["request.get_query_arg", "name: string", "string|true|nil", REQUEST, request.getQueryArg, "String -> String"],
  ["request.get_query", "max_args?: number", "multimap", REQUEST, request.getQuery, "Int -> gp.Struct"],
  ["request.get_header", "name: string", "string|nil", REQUEST, request.getHeader, "String -> String"],
  ["request.get_headers", "max_headers?: number", "multimap", REQUEST, request.getHeaders, "Int -> gp.Struct"],
  ["request.get_raw_body", "max_allowed_file_size?: number", "bytes|nil", BODY, requestBody.getRawBody, "Empty -> RawBodyResult"],
  ["request.get_body", "mimetype?: string, max_args?: number, max_allowed_file_size?: number", "table|nil", BODY, requestBody.getBody],
  ["request.get_start_time", "", "number", REQUEST, request.getStartTime],
  ["request.get_uri_captures", "", "table", REQUEST, request.getUriCaptures, "Empty -> UriCapturesResult"],

  ["client.get_ip", "", "string", in_.NOT_INIT_WORKER, client.getIp, "Empty -> String"],
  ["client.get_forwarded_ip", "", "string", in_.NOT_INIT_WORKER, client.getForwardedIp, "Empty -> String"],
  ["client.get_port", "", "number", in_.NOT_INIT_WORKER, client.getPort, "Empty -> Int"],
  ["client.get_forwarded_port", "", "number|nil", in_.NOT_INIT_WORKER, client.getForwardedPort, "Empty -> Int"],
  ["client.get_credential", "", "table|nil", AUTH, client.getCredential, "Empty -> AuthenticatedCredential"],
  ["client.load_consumer", "consumer_id: string, search_by_username?: boolean", "table|nil", AUTH, client.loadConsumer, "ConsumerSpec -> Consumer"],
  ["client.get_consumer", "", "table|nil", AUTH, client.getConsumer, "Empty -> Consumer"],
  ["client.authenticate", "consumer: table|nil, credential: table|nil", "", in_.ACCESS, client.authenticate, "AuthenticateArgs -> Empty"],
  ["client.get_protocol", "allow_terminated?: boolean", "string|nil", AUTH, client.getProtocol, "Bool -> String"],
  ["client.tls.request_client_certificate", "ca_certs?: handle", "true|nil", in_.CERTIFICATE, clientTls.requestClientCertificate],
  ["client.tls.disable_session_reuse", "", "true|nil", in_.CERTIFICATE, clientTls.disableSessionReuse],
  ["client.tls.get_full_client_certificate_chain", "", "string|nil", in_.TLS_CHAIN, clientTls.getFullClientCertificateChain],
  ["client.tls.set_client_verify", "v: string", "", in_.TLS_VERIFY, clientTls.setClientVerify],

  ["response.get_status", "", "number", RESP_READ, response.getStatus, "Empty -> Int"],
  ["response.get_header", "name: string", "string|nil", RESP_READ, response.getHeader, "String -> String"],
  ["response.get_headers", "max_headers?: number", "multimap", RESP_READ, response.getHeaders, "Int -> gp.Struct"],
  ["response.get_source", "", "string", RESP_READ, response.getSource, "Empty -> String"],
  ["response.set_status", "status: number", "", RESP_WRITE, response.setStatus, "Int -> Empty"],
  ["response.set_header", `name: string, value: ${TEXT_OR_LIST}`, "", RESP_WRITE, response.setHeader, "KV -> Empty"],
  ["response.add_header", `name: string, value: ${TEXT_OR_LIST}`, "", RESP_WRITE, response.addHeader, "KV -> Empty"],
  ["response.clear_header", "name: string", "", RESP_WRITE, response.clearHeader, "String -> Empty"],
  ["response.set_headers", "headers: table", "", RESP_WRITE, response.setHeaders, "gp.Struct -> Empty"],
  ["response.get_raw_body", "", "bytes|nil", in_.BODY_FILTER, response.getRawBody],
  ["response.set_raw_body", "body: string", "", in_.BODY_FILTER, response.setRawBody],
  ["response.get_chunk", "", "bytes|nil", in_.BODY_FILTER, response.getChunk, "inside"],
  ["response.is_last_chunk", "", "boolean", in_.BODY_FILTER, response.isLastChunk, "inside"],
  ["response.set_chunk", "bytes: string|nil", "", in_.BODY_FILTER, response.setChunk, "inside"],
  ["response.exit", "status: number, body?: string|table, headers?: table", "never", RESP_WRITE, responseExit.exit, "ExitArgs -> Empty"],
  ["response.error", "status: number, message?: string|table, headers?: table", "never", RESP_WRITE, responseExit.error],

  ["service.set_upstream", "host: string", "true|nil", in_.ACCESS, service.setUpstream, "String -> Bool"],
  ["service.set_target", "host: string, port: integer", "", TARGET, service.setTarget, "Target -> Empty"],
  ["service.set_target_retry_callback", "callback: function", "", in_.ACCESS, service.setTargetRetryCallback],
  ["service.set_retries", "retries: integer", "", in_.ACCESS, service.setRetries],
  ["service.set_timeouts", "connect_timeout: integer, write_timeout: integer, read_timeout: integer", "", in_.ACCESS, service.setTimeouts],
  ["service.set_tls_cert_key", "chain: handle, key: handle", "true|nil", TARGET, service.setTlsHandle],
  ["service.set_tls_verify", "on: boolean", "true|nil", TARGET, service.setTlsVerify],
  ["service.set_tls_verify_depth", "depth: number", "true|nil", TARGET, service.setTlsVerifyDepth],
  ["service.set_tls_verify_store", "store: handle", "true|nil", TARGET, service.setTlsHandle],

  ["service.request.enable_buffering", "", "", RW_ACC_BAL, serviceRequest.enableBuffering],
  ["service.request.set_scheme", "scheme: string", "", RW_ACC_BAL, serviceRequest.setScheme, "String -> Empty"],
  ["service.request.set_path", "path: string", "", RW_ACC_BAL, serviceRequest.setPath, "String -> Empty"],
  ["service.request.set_raw_query", "query: string", "", RW_ACC, serviceRequest.setRawQuery, "String -> Empty"],
  ["service.request.set_method", "method: string", "", RW_ACC, serviceRequest.setMethod, "String -> Empty"],
  ["service.request.set_query", "args: table", "", RW_ACC, serviceRequest.setQuery, "gp.Struct -> Empty"],
  ["service.request.clear_query_arg", "name: string", "", RW_ACC, serviceRequest.clearQueryArg],
  ["service.request.set_header", `header: string, value: ${TEXT_OR_LIST}`, "nil", RW_ACC_BAL, serviceRequest.setHeader, "KV -> Empty"],
  ["service.request.add_header", `header: string, value: ${TEXT_OR_LIST}`, "nil", RW_ACC, serviceRequest.addHeader, "KV -> Empty"],
  ["service.request.clear_header", "header: string", "", RW_ACC, serviceRequest.clearHeader, "String -> Empty"],
  ["service.request.set_headers", "headers: table", "", RW_ACC, serviceRequest.setHeaders, "gp.Struct -> Empty"],
  ["service.request.set_raw_body", "body: string", "", RW_ACC_BAL, serviceRequest.setRawBody, "ByteString -> Empty"],
  ["service.request.set_body", "args: table, mime?: string", "true|nil", RW_ACC, serviceRequest.setBody],
  ["service.request.enable_tls", "", "true|nil", in_.PRE_BAL, serviceRequest.changeTls],

  ["service.response.get_status", "", "number|nil", SRESP, serviceResponse.getStatus, "Empty -> Int"],
  ["service.response.get_headers", "max_headers?: number", "multimap", SRESP, serviceResponse.getHeaders, "Int -> gp.Struct"],
  ["service.response.get_header", "name: string", "string|nil", SRESP, serviceResponse.getHeader, "String -> String"],
  ["service.response.get_raw_body", "", "bytes", SRESP, serviceResponse.getRawBody, "Empty -> ByteString"],
  ["service.response.get_body", "mimetype?: string, max_args?: number", "table|nil", SRESP, serviceResponse.getBody],

  ["router.get_route", "", "table|nil", AUTH, router.getRoute, "Empty -> Route"],
  ["router.get_service", "", "table|nil", AUTH, router.getService, "Empty -> Service"],

  ["node.get_id", "", "string", ANY, node.getId, "Empty -> String"],
  ["node.get_hostname", "", "string", ANY, node.getHostname],
  ["node.get_memory_stats", "unit?: string, scale?: number", "table", ANY, node.getMemoryStats, "Empty -> MemoryStats"],
  ["ip.is_trusted", "address: string", "boolean", ANY, node.isTrusted, "String -> Bool"],
  ["plugin.get_id", "", "string|nil", ANY, node.getPluginId],
  ["cluster.get_id", "", "string|nil", ANY, node.getClusterId],

  ["nginx.get_subsystem", "", "string", ANY, nginx.getSubsystem, "Empty -> String"],
  ["nginx.get_statistics", "", "table", ANY, nginx.getStatistics],
  ["nginx.get_var", "name: string", "string|nil", ANY, nginx.getVar, "server String -> String"],
  ["nginx.get_tls1_version_str", "", "string|nil", ANY, nginx.getTls1VersionStr, "server Empty -> String"],
  ["nginx.get_ctx", "k: any", "any", ANY, ctx.getCtx, "server String -> gp.Value"],
  ["nginx.set_ctx", "k: any, v: any", "", ANY, ctx.setCtx, "server KV -> String"],
  ["nginx.req_start_time", "", "number", ANY, nginx.reqStartTime, "server Empty -> Number"],
  ["ctx.shared", "", "table", ANY, values.none, "value"],
  ["ctx.plugin", "", "table", ANY, values.none, "value"],
  ["ctx.core", "", "table", ANY, values.none, "value"],
  ["ctx.shared.get", "k: any", "any", ANY, ctx.sharedGet, "server String -> gp.Value"],
  ["ctx.shared.set", "k: any, v: any", "", ANY, ctx.sharedSet, "server KV -> Empty"],

  ["log", "...", "", ANY, log.notice],
  ["log.emerg", "...", "", ANY, log.emerg],
  ["log.alert", "...", "", ANY, log.alert, "gp.ListValue -> Empty"],
  ["log.crit", "...", "", ANY, log.crit, "gp.ListValue -> Empty"],
  ["log.err", "...", "", ANY, log.err, "gp.ListValue -> Empty"],
  ["log.warn", "...", "", ANY, log.warn, "gp.ListValue -> Empty"],
  ["log.notice", "...", "", ANY, log.notice, "gp.ListValue -> Empty"],
  ["log.info", "...", "", ANY, log.info, "gp.ListValue -> Empty"],
  ["log.debug", "...", "", ANY, log.debug, "gp.ListValue -> Empty"],
  ["log.deprecation", "...", "", ANY, log.deprecation],
  ["log.inspect", "...", "", ANY, log.inspect],
  ["log.set_serialize_value", "key: string, value: any, options?: table", "", in_.SERIALIZE_VALUE, setSerializeValue, "KV -> Empty"],
  ["log.serialize", "options?: table", "table", in_.LOG, serialize, "Empty -> String"],

  ["vault.is_reference", "reference: any", "boolean", ANY, vault.isReference],
  ["vault.parse_reference", "reference: string", "table|nil", ANY, vault.parseReference],
  ["vault.get", "reference: string", "string|nil", ANY, vault.get],
  ["vault.update", "options: table", "table", ANY, vault.update],
  ["vault.try", "callback: function, options?: table", "any", ANY, vault.tryWith],

  ["telemetry.log", "plugin_name: string, plugin_config: table, message_type: string, message?: string, attributes?: table", "true|nil", ANY, node.telemetryLog],
  ["tracing.active_span", "", "table|nil", in_.SPANS, tracing.activeSpan],
  ["tracing.set_active_span", "span: table", "", in_.SPANS, tracing.setActiveSpan],
  ["tracing.start_span", "name: string, options?: table", "table", in_.SPANS, tracing.startSpan],
  ["tracing.process_span", "processor: function", "", in_.LOG, tracing.processSpan],
  ["tracing.get_sampling_decision", "parent_should_sample: boolean, sampling_rate: number", "boolean", ANY, tracing.getSamplingDecision],

  ["table.new", "narr?: number, nrec?: number", "table", ANY, table.newTable],
  ["table.clear", "tab: table", "", ANY, table.clear],
  ["table.merge", "t1?: table, t2?: table", "table", ANY, table.merge],
  ["configuration", "", "table", ANY, values.none, "value"],
  ["version", "", "string", ANY, values.none, "value"],
  ["version_num", "", "number", ANY, values.none, "value"],
];

/** Functions whose result for plugin servers is another one. */
const FOR_SERVERS: ReadonlyMap<string, Implementation> = new Map([
  ["log.serialize", serializeToJson as Implementation],
]);

function parseArguments(text: string): PdkArgument[] {
  if (text === "" || text === "...") return [];
  return text.split(", ").map((part) => {
    const [name = "", type = ""] = part.split(": ");
    const isOptional = name.endsWith("?");
    return { name: isOptional ? name.slice(0, -1) : name, type, isOptional };
  });
}

function functionOf([name, args, result, phases, run, extra = ""]: Row): PdkFunction {
  const isPluginServerOnly = extra.startsWith("server ");
  const [argument, reply] = extra.replace("server ", "").split(" -> ");
  return Object.freeze({
    name: `kong.${name}`,
    args: Object.freeze(parseArguments(args)),
    isVariadic: args === "...",
    result,
    phases,
    run,
    runForServers: FOR_SERVERS.get(name) ?? null,
    protobuf:
      argument === undefined || reply === undefined ? null : Object.freeze({ argument, reply }),
    isPluginServerOnly,
    isInProcessOnly: extra === "inside",
    isValue: extra === "value",
  });
}

/** All rows, in the order in which the documentation lists them. */
export const TABLE: readonly PdkFunction[] = Object.freeze(ROWS.map(functionOf));
