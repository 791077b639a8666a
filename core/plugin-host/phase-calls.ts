/**
 * PDK functions that the PDK's own table allows, and that a plugin server still cannot call in some phases.
 *
 * Kong runs log events of plugin servers apart from the request, where most functions that read it are out of reach, and
 * in the certificate phase there are no variables of nginx. A call of such a function ends the event. Plugins in the wild
 * are written to that, so the same names are allowed here. Plugins inside the gateway are not held to it.
 *
 * More than Kong gives are the variables of a handshake (OF_HANDSHAKE).
 *
 * @see reference, section 5, "`log` phase" (recorded); recorded, "in certificate"
 */
import { PdkError } from "../errors.ts";
import { PHASE } from "../phases/phases.ts";

const ALLOWED_NAMES = new Set(
  [
    "client.get_credential client.load_consumer client.get_consumer",
    "request.get_headers request.get_header request.get_uri_captures request.get_start_time",
    "response.get_status response.get_headers response.get_header response.get_source",
    "nginx.get_ctx nginx.set_ctx nginx.req_start_time nginx.get_subsystem nginx.get_tls1_version_str",
    "nginx.get_statistics plugin.get_id cluster.get_id log",
  ].flatMap((names) => names.split(" ").map((name) => `kong.${name}`)),
);
const ALLOWED_NAMESPACES =
  /^kong\.(?:log|ctx|router|service\.response|node|ip|vault|table|telemetry)\./;

/** What Kong reads from variables of nginx before it looks at the phase. */
const OF_VARIABLES = new Set([
  "kong.client.get_ip",
  "kong.client.get_forwarded_ip",
  "kong.client.get_port",
  "kong.client.get_forwarded_port",
  "kong.request.get_port",
  "kong.nginx.get_var",
]);

const VARIABLE = "kong.nginx.get_var";
/** Without these a plugin could not know whose handshake it decides on: more than Kong gives. */
const OF_HANDSHAKE = new Set([
  "ssl_server_name",
  "ssl_protocol",
  "remote_addr",
  "remote_port",
  "realip_remote_addr",
  "realip_remote_port",
]);

/**
 * @param phase a bit of PHASE
 * @throws {PdkError} for a function that has no place there
 */
export function checkPhaseCall(wireName: string, phase: number, args: readonly unknown[]): void {
  if (phase === PHASE.log) {
    if (ALLOWED_NAMES.has(wireName) || ALLOWED_NAMESPACES.test(wireName)) return;
  } else if (phase !== PHASE.certificate || !OF_VARIABLES.has(wireName)) return;
  else if (wireName === VARIABLE && OF_HANDSHAKE.has(String(args[0]))) return;
  const name = phase === PHASE.log ? "log" : "certificate";
  throw new PdkError(`${wireName} cannot be called by a plugin server in its ${name} phase`);
}

/** Functions that answer in the log phase from what was kept of the request, whatever maximum they are given (recorded). */
const WITHOUT_MAXIMUM = new Set(["kong.request.get_headers", "kong.response.get_headers"]);
const NO_ARGS: readonly unknown[] = [];

/** The arguments that count. */
export function phaseArguments(
  wireName: string,
  phase: number,
  args: readonly unknown[],
): readonly unknown[] {
  return phase === PHASE.log && WITHOUT_MAXIMUM.has(wireName) ? NO_ARGS : args;
}
