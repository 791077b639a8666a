/**
 * What a matched Route demands of a request beyond matching: https, and gRPC over HTTP/2. Pure; the proxy answers.
 *
 * Source of behaviour: reference/proxy-behaviour.md 2.7, recorded/proxy/protocols.json.
 */
import type { Route } from "../entities/route.ts";
import { hostOf } from "../exchange/authority.ts";
import type { Answer, Exchange } from "../exchange/exchange.ts";

const REDIRECT_TITLE: Readonly<Record<number, string>> = {
  301: "301 Moved Permanently",
  302: "302 Found",
  307: "307 Temporary Redirect",
  308: "308 Permanent Redirect",
};

const NEEDS_HTTPS = refusal(426, "Please use HTTPS protocol", [
  ["Connection", "Upgrade"],
  ["Upgrade", "TLS/1.2, HTTP/1.1"],
]);
const NEEDS_GRPC = refusal(415, "Non-gRPC request matched gRPC route", []);
const NEEDS_HTTP2 = refusal(426, "Please use HTTP2 protocol", [
  ["Connection", "Upgrade"],
  ["Upgrade", "HTTP/2"],
]);
/** gRPC tells its errors in headers. */
const NEEDS_GRPCS = answer(200, "", [
  ["content-type", "application/grpc"],
  ["grpc-status", "1"],
  ["grpc-message", "gRPC request matched gRPCs route"],
]);

/**
 * What speaks against passing the request on.
 *
 * @returns the answer to give, a new object; null if nothing does (as for every Route that takes http)
 */
export function checkAfterMatch(x: Exchange, route: Route): Answer | null {
  const { protocols } = route;
  if (protocols.includes("http")) return null;
  const isHttps = forwardedScheme(x) === "https";
  if (protocols.includes("https") && !isHttps) return toHttps(x, route.https_redirect_status_code);
  const takesGrpc = protocols.includes("grpc");
  if (!takesGrpc && !protocols.includes("grpcs")) return null;
  const type = x.requestHeaders.get("content-type") ?? "";
  if (!type.startsWith("application/grpc")) return { ...NEEDS_GRPC };
  if (x.httpVersion !== 2) return { ...NEEDS_HTTP2 };
  return takesGrpc || isHttps ? null : { ...NEEDS_GRPCS };
}

/** Scheme that the client used: as a trusted peer says, word for word, or else the listener's. */
function forwardedScheme(x: Exchange): string {
  const claimed = x.client.trusted ? x.requestHeaders.get("x-forwarded-proto") : undefined;
  return claimed ?? x.scheme;
}

/** Host that the client used: what a trusted peer says, word for word, or else without port and final dot, in lower case. */
function forwardedHost(x: Exchange): string {
  const claimed = x.client.trusted ? x.requestHeaders.get("x-forwarded-host") : undefined;
  return claimed ?? hostOf(x.absoluteHost === "" ? x.authority : x.absoluteHost);
}

function toHttps(x: Exchange, status: number): Answer {
  const title = REDIRECT_TITLE[status];
  if (title === undefined) return { ...NEEDS_HTTPS };
  const page =
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n` +
    `<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return answer(status, page, [
    ["Location", `https://${forwardedHost(x)}${x.target}`],
    ["Content-Type", status < 307 ? "text/html" : "text/html; charset=UTF-8"],
  ]);
}

function answer(status: number, body: string, headers: Answer["headers"]): Answer {
  return { status, body, headers, source: "exit", template: null };
}

function refusal(status: number, template: string, headers: Answer["headers"]): Answer {
  return { status, body: null, headers, source: "exit", template };
}
