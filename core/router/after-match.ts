/**
 * What a matched Route demands of a request beyond matching: https, and gRPC over HTTP/2. Pure; the proxy answers.
 *
 * Source of behaviour: reference/proxy-behaviour.md 2.7, recorded/proxy/protocols.json.
 */
import type { Route } from "../entities/route.ts";

/** A refusal, or a redirect. */
export interface Refusal {
  readonly status: number;
  /** For the error template in the format that the client accepts; null where `body` stands. */
  readonly message: string | null;
  /** The body as it is; null where `message` stands. */
  readonly body: string | null;
  readonly headers: ReadonlyArray<readonly [string, string]>;
}

export interface MatchedRequest {
  /** Scheme that the client used: `X-Forwarded-Proto` of a trusted peer, else the listener's. */
  readonly scheme: string;
  /** Host without port that the client used: `X-Forwarded-Host` of a trusted peer, else from Host. */
  readonly host: string;
  /** Request target as received: path and query. */
  readonly target: string;
  /** 1.0, 1.1 or 2. */
  readonly httpVersion: number;
  /** Content-Type, undefined if there is none. */
  readonly contentType: string | undefined;
}

const REDIRECT_TITLE: Readonly<Record<number, string>> = {
  301: "301 Moved Permanently",
  302: "302 Found",
  307: "307 Temporary Redirect",
  308: "308 Permanent Redirect",
};

const NEEDS_HTTPS: Refusal = {
  status: 426,
  message: "Please use HTTPS protocol",
  body: null,
  headers: [
    ["Connection", "Upgrade"],
    ["Upgrade", "TLS/1.2, HTTP/1.1"],
  ],
};
const NEEDS_GRPC: Refusal = {
  status: 415,
  message: "Non-gRPC request matched gRPC route",
  body: null,
  headers: [],
};
const NEEDS_HTTP2: Refusal = {
  status: 426,
  message: "Please use HTTP2 protocol",
  body: null,
  headers: [
    ["Connection", "Upgrade"],
    ["Upgrade", "HTTP/2"],
  ],
};
const NEEDS_GRPCS: Refusal = {
  status: 200,
  message: null,
  body: "",
  headers: [
    ["content-type", "application/grpc"],
    ["grpc-status", "1"],
    ["grpc-message", "gRPC request matched gRPCs route"],
  ],
};

/** Most Routes take whatever matches them: is there anything to check at all? Kept by the proxy per Route if it likes. */
export function hasProtocolDemands(route: Pick<Route, "protocols">): boolean {
  const { protocols } = route;
  return !protocols.includes("http");
}

/** What speaks against passing the request on; null if nothing does. */
export function checkProtocol(
  route: Pick<Route, "protocols" | "https_redirect_status_code">,
  request: MatchedRequest,
): Refusal | null {
  const { protocols } = route;
  const isHttps = request.scheme === "https";
  if (protocols.includes("https") && !protocols.includes("http") && !isHttps) {
    return toHttps(route.https_redirect_status_code, request);
  }
  const takesGrpc = protocols.includes("grpc");
  if (!takesGrpc && !protocols.includes("grpcs")) return null;
  if (!(request.contentType ?? "").startsWith("application/grpc")) return NEEDS_GRPC;
  if (request.httpVersion !== 2) return NEEDS_HTTP2;
  return takesGrpc || isHttps ? null : NEEDS_GRPCS;
}

function toHttps(status: number, request: MatchedRequest): Refusal {
  const title = REDIRECT_TITLE[status];
  if (title === undefined) return NEEDS_HTTPS;
  return {
    status,
    message: null,
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
    headers: [
      ["Location", `https://${request.host}${request.target}`],
      ["Content-Type", status < 307 ? "text/html" : "text/html; charset=UTF-8"],
    ],
  };
}
