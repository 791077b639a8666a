/** `kong.service`: which target a request goes to, and how patiently. */
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { PHASE } from "../phases/phases.ts";
import { integerIn, stringOr } from "./arguments.ts";
import type { PdkNode } from "./pdk-node.ts";
import { noResult } from "./request-body.ts";

const PORT_MAX = 65_535;
const RETRIES_MAX = 32_767;
const TIMEOUT_MS_MAX = 2_147_483_646;

/**
 * The balancer picks a Target of that Upstream; the Service's own host is out.
 * @returns null with a reason where there is no Upstream of that name
 */
export function setUpstream(x: Exchange, node: PdkNode, host: unknown): true | null {
  const name = stringOr(host, "host must be a string");
  if (!node.snapshot(x).upstreamsByName.has(name)) {
    return noResult(x, `could not find an Upstream named '${name}'`);
  }
  x.upstream.host = name;
  x.upstream.targetFixed = false;
  return true;
}

/**
 * Past the balancer. The name becomes the Host as well, unless a plugin wrote one afterwards.
 * @throws {PdkError} in rewrite, and for a port that is no integer from 0 to 65535
 */
export function setTarget(x: Exchange, _node: PdkNode, host: unknown, port: unknown): void {
  const name = stringOr(host, "host must be a string");
  const number = integerIn(port, "port", 0, PORT_MAX);
  // the router would overwrite it; Kong ends such a request with 500 as well (recorded)
  if (x.phase === PHASE.rewrite) throw new PdkError("a target cannot be set before the router ran");
  const { upstream } = x;
  upstream.host = name;
  upstream.port = number;
  upstream.hostHeader = name;
  upstream.targetFixed = true;
}

/** Further tries after the first. @throws {PdkError} unless an integer from 0 to 32767 */
export function setRetries(x: Exchange, _node: PdkNode, retries: unknown): void {
  x.upstream.retries = integerIn(retries, "retries", 0, RETRIES_MAX);
}

/** Milliseconds, for each try anew. @throws {PdkError} unless integers from 1 to 2147483646 */
export function setTimeouts(
  x: Exchange,
  _node: PdkNode,
  connect: unknown,
  write: unknown,
  read: unknown,
): void {
  const connectMs = integerIn(connect, "connect_timeout", 1, TIMEOUT_MS_MAX);
  const writeMs = integerIn(write, "write_timeout", 1, TIMEOUT_MS_MAX);
  const readMs = integerIn(read, "read_timeout", 1, TIMEOUT_MS_MAX);
  const { upstream } = x;
  upstream.connectTimeoutMs = connectMs;
  upstream.writeTimeoutMs = writeMs;
  upstream.readTimeoutMs = readMs;
}

/** @throws {PdkError} always: the balancer asks nobody */
export function setTargetRetryCallback(_x: Exchange, _node: PdkNode, callback: unknown): void {
  if (typeof callback !== "function") throw new PdkError("retry_callback must be a function");
  throw new PdkError("kong.service.set_target_retry_callback is not part of this gateway yet");
}

/** For an https Service, in place of its `tls_verify`. @throws {PdkError} for what is no boolean */
export function setTlsVerify(x: Exchange, _node: PdkNode, on: unknown): true {
  if (typeof on !== "boolean") throw new PdkError("argument must be a boolean");
  x.upstream.tlsVerify = on;
  return true;
}

/** In place of the Service's `tls_verify_depth`. @throws {PdkError} for what is no number */
export function setTlsVerifyDepth(x: Exchange, _node: PdkNode, depth: unknown): true {
  if (typeof depth !== "number") throw new PdkError("argument must be a number");
  x.upstream.tlsVerifyDepth = depth;
  return true;
}

/** Certificates are handles of a TLS library that plugins cannot make here. */
export function setTlsHandle(x: Exchange): null {
  return noResult(x, "certificate handles are not part of this gateway yet");
}
