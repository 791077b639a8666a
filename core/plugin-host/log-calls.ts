/**
 * PDK functions that a plugin server may call in its log phase.
 *
 * Kong runs log events of plugin servers apart from the request, where most functions that read it are out of reach; a
 * call of one ends the event. Plugins in the wild are written to that, so the same names are allowed here.
 *
 * @see reference, section 5, "`log` phase" (recorded)
 */
import { PdkError } from "../errors.ts";

const ALLOWED_NAMES = new Set(
  [
    "client.get_credential client.load_consumer client.get_consumer",
    "request.get_headers request.get_header request.get_uri_captures request.get_start_time",
    "response.get_status response.get_headers response.get_header response.get_source",
    "nginx.get_ctx nginx.set_ctx nginx.req_start_time nginx.get_subsystem nginx.get_tls1_version_str",
    "nginx.get_statistics plugin.get_id cluster.get_id service.request.disable_tls log",
  ].flatMap((names) => names.split(" ").map((name) => `kong.${name}`)),
);
const ALLOWED_NAMESPACES =
  /^kong\.(?:log|ctx|router|service\.response|node|ip|vault|table|telemetry)\./;

/** @throws {PdkError} for a function that has no place there */
export function checkLogCall(wireName: string): void {
  if (ALLOWED_NAMES.has(wireName) || ALLOWED_NAMESPACES.test(wireName)) return;
  throw new PdkError(`${wireName} cannot be called by a plugin server in its log phase`);
}

/** Functions that answer from what was kept of the request there, whatever maximum they are given (recorded). */
const WITHOUT_MAXIMUM = new Set(["kong.request.get_headers", "kong.response.get_headers"]);
const NO_ARGS: readonly unknown[] = [];

export function logArguments(wireName: string, args: readonly unknown[]): readonly unknown[] {
  return WITHOUT_MAXIMUM.has(wireName) ? NO_ARGS : args;
}
