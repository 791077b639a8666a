/**
 * What the log says of a target that gave no answer: the client sees 502 or 504, and the access log the same, so that this
 * line is all that tells an operator why. nginx writes one for each try, too.
 */
import type { UpstreamFailure } from "../http1/response-sink.ts";
import type { UpstreamConnection } from "../http1/upstream-connection.ts";
import { LineBudget } from "../telemetry/line-budget.ts";
import type { GatewayState } from "./rooms.ts";
import type { Transit } from "./transit.ts";

/** Lines of a worker in a second; more are counted. */
const FAILED_TRIES_PER_SECOND = 50;

const budget = new LineBudget(FAILED_TRIES_PER_SECOND);

const REASONS: Readonly<Record<UpstreamFailure, string>> = {
  connect: "no connection",
  "connect-timeout": "no connection within connect_timeout",
  timeout: "no answer within read_timeout or write_timeout",
  closed: "connection closed before an answer",
  invalid: "what came is no answer of HTTP/1",
  "reset-body": "connection ended, or was silent for read_timeout, within the answer",
};

/** Of the process, not of the target: more of them is the operator's to give. */
const OUT_OF_FILES: ReadonlySet<string> = new Set(["EMFILE", "ENFILE"]);

/** @param next what happens now: another try, an answer of the gateway, or half an answer that is cut */
export function logFailedTry(
  { x, peer, rooms }: Transit,
  { transport }: UpstreamConnection,
  failure: UpstreamFailure,
  next: "try" | "answer" | "cut",
): void {
  const unsaid = budget.take();
  if (unsaid < 0) return;
  const { errorCode } = transport;
  const fields = {
    request_id: x.id,
    service: x.service === null ? "" : nameOf(x.service.id, x.state as GatewayState),
    host: x.upstream.host,
    target: peer === null ? "" : (peer.path ?? `${peer.ip}:${peer.port}`),
    reason: REASONS[failure],
    ...(errorCode === "" ? {} : { code: errorCode }),
    ...(unsaid === 0 ? {} : { unsaid }),
  };
  if (OUT_OF_FILES.has(errorCode)) {
    rooms.log.error(fields, "no connection to a target: too many files are open (ulimit -n)");
  } else if (next === "try") rooms.log.warn(fields, "a target failed, trying on");
  else if (next === "answer") rooms.log.error(fields, "a Service gave no answer");
  else rooms.log.error(fields, "an answer of a Service broke off");
}

function nameOf(service: string, { snapshot }: GatewayState): string {
  return snapshot.services.get(service)?.name ?? service;
}
