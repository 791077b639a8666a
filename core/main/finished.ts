/** What is done for each request after its log phase: the access log. */
import type { Exchange } from "../exchange/exchange.ts";
import { accessLine } from "../telemetry/access-line.ts";
import type { AccessLog } from "../telemetry/access-log.ts";

/** Write a request's line in Kong's format. */
export function logAccess(log: AccessLog, x: Exchange): void {
  const headers = x.requestHeaders;
  const version = x.httpVersion === 1 ? "1.0" : x.httpVersion === 2 ? "2.0" : "1.1";
  log.write(
    accessLine(
      x.forwardedIp,
      remoteUser(headers.get("authorization")),
      Date.now(),
      `${x.method} ${x.target} HTTP/${version}`,
      x.clientGone ? 499 : x.status,
      x.bodyBytesSent,
      headers.get("referer") ?? "",
      headers.get("user-agent") ?? "",
      x.id,
    ),
  );
}

/** User name of basic authentication, as nginx's `$remote_user`. */
function remoteUser(authorization: string | undefined): string {
  if (authorization === undefined || !/^basic /i.test(authorization)) return "";
  const text = Buffer.from(authorization.slice(6), "base64").toString("latin1");
  const colon = text.indexOf(":");
  return colon < 0 ? "" : text.slice(0, colon);
}
