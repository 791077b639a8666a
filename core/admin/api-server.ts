/**
 * Serves one API (Admin or Status) over HTTP: finds the endpoint, decodes arguments and body, writes the answer.
 *
 * The order of refusals is Kong's: unknown path, the endpoint's own condition, type of the body, OPTIONS, method. What
 * the parser of node:http refuses (an unknown method) is answered here too, so that a client sees the API and not the
 * parser. Sockets and TLS: listeners.ts.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Duplex, Readable } from "node:stream";
import { accessLine } from "../telemetry/access-line.ts";
import type { AccessLog } from "../telemetry/access-log.ts";
import type { Logger } from "../telemetry/log.ts";
import {
  type Answer,
  empty,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  page,
  text,
  UNEXPECTED,
} from "./answer.ts";
import { type ApiRequest, decodeParams } from "./api-request.ts";
import { parseQuery } from "./arguments.ts";
import {
  BodyRefused,
  checkType,
  decodeBody,
  isAnswer,
  NO_BODY,
  readBody,
  type RequestBody,
  TOO_MANY_ARGUMENTS,
} from "./body.ts";
import { allowedOrigin, originsOf } from "./cors.ts";
import type { ApiDeps } from "./deps.ts";
import {
  allowedMethods,
  type ApiMethod,
  type EndpointTable,
  type Match,
} from "./endpoint-table.ts";
import {
  lenientHead,
  type ParserError,
  rawAnswer,
  refusalOf,
  type RequestHead,
} from "./parser-errors.ts";

/** What tells one API from the other. */
export interface ApiServerOptions {
  readonly endpoints: EndpointTable;
  /** Origins of the GUI; empty: any. */
  readonly origins: readonly string[];
  /** Whether browsers may send credentials: on the Admin API only. */
  readonly credentials: boolean;
  /** Value of Server, or null if `headers` turns it off. */
  readonly serverToken: string | null;
  /** Whether X-Kong-Admin-Latency is sent. */
  readonly latencyToken: boolean;
  /** Most bytes of a body; 0 is without a limit. */
  readonly bodyBytesMax: number;
  readonly accessLog: AccessLog | null;
  readonly log: Logger;
}

/** What both APIs take from the settings alike. */
export function apiServerOptions(
  deps: ApiDeps,
  room: string,
): Pick<ApiServerOptions, "origins" | "serverToken" | "latencyToken" | "log"> {
  const { admin_gui_url: urls, enabled_headers: shown } = deps.settings;
  return {
    origins: originsOf(urls),
    serverToken: shown.has("server") ? deps.serverToken : null,
    latencyToken: shown.has("x-kong-admin-latency"),
    log: deps.log.child({ room }),
  };
}

/** Methods whose body is read. */
const WITH_BODY = new Set(["POST", "PUT", "PATCH"]);
const ROBOTS = text(200, "User-agent: *\nDisallow: /");
/** Holds no request: may serve any number of sockets at a time. */
export class ApiServer {
  readonly #options: ApiServerOptions;

  constructor(options: ApiServerOptions) {
    this.#options = options;
  }

  /** For the "request" event of any node:http or node:http2 server. Never rejects. */
  readonly handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    const startedMs = performance.now();
    this.#answer(incoming).then(
      (answer) => this.#write(incoming, response, answer, startedMs),
      (cause: unknown) => {
        if (response.destroyed) return;
        this.#options.log.error(
          { cause, method: incoming.method, path: incoming.url },
          "request failed",
        );
        this.#write(incoming, response, UNEXPECTED, startedMs);
      },
    );
  };

  /** For the "clientError" event: what the parser does not take. */
  readonly handleClientError = (error: ParserError, socket: Duplex): void => {
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const head = lenientHead(error);
    if (head === null) {
      const answer = refusalOf(error);
      socket.end(rawAnswer(answer, answer.headers));
      return;
    }
    const send = (answer: Answer): void => {
      const headers = { ...answer.headers, ...this.#commonHeaders(undefined, 0) };
      socket.end(rawAnswer(head.method === "HEAD" ? { ...answer, body: null } : answer, headers));
    };
    this.#answer(head).then(send, (cause: unknown) => {
      this.#options.log.error({ cause, method: head.method, path: head.url }, "request failed");
      send(UNEXPECTED);
    });
  };

  async #answer(incoming: RequestHead): Promise<Answer> {
    const method = incoming.method ?? "GET";
    const target = incoming.url ?? "/";
    const question = target.indexOf("?");
    const path = question < 0 ? target : target.slice(0, question);
    if (method === "TRACE" || method === "CONNECT") return page(405, "Not Allowed");
    if (path === "/robots.txt" && (method === "GET" || method === "HEAD")) return ROBOTS;
    const match = this.#options.endpoints.match(path);
    if (match === null) return NOT_FOUND;
    const query = parseQuery(question < 0 ? "" : target.slice(question + 1));
    if (query === null && match.endpoint.arguments === true) return TOO_MANY_ARGUMENTS;
    const head: Omit<ApiRequest, "body"> = {
      method,
      path,
      ...decodeParams(match.names, match.segments),
      query: query ?? {},
      requestId: randomBytes(16).toString("hex"),
    };
    const refused = match.endpoint.before?.({ ...head, body: NO_BODY });
    if (refused != null) return refused;
    const hasBody = WITH_BODY.has(method) && incoming instanceof Readable;
    const body = hasBody ? await this.#body(incoming as IncomingMessage, match) : NO_BODY;
    if (isAnswer(body)) return body;
    if (method === "OPTIONS") return this.#preflight(match, incoming);
    const handler = match.endpoint.methods[(method === "HEAD" ? "GET" : method) as ApiMethod];
    return handler === undefined ? METHOD_NOT_ALLOWED : handler({ ...head, body });
  }

  async #body(incoming: IncomingMessage, match: Match): Promise<RequestBody | Answer> {
    const type = incoming.headers["content-type"];
    const length = incoming.headers["content-length"];
    const hasBody = incoming.headers["transfer-encoding"] !== undefined || Number(length ?? 0) > 0;
    const refused = checkType(type, hasBody, match.endpoint.yaml === true);
    if (refused !== null) return refused;
    try {
      return decodeBody(await readBody(incoming, this.#options.bodyBytesMax), type);
    } catch (cause) {
      if (cause instanceof BodyRefused) return cause.answer;
      throw cause;
    }
  }

  #preflight(match: Match, incoming: RequestHead): Answer {
    const methods = allowedMethods(match.endpoint);
    return empty(204, {
      Allow: methods,
      "Access-Control-Allow-Methods": methods,
      "Access-Control-Allow-Headers":
        headerText(incoming.headers["access-control-request-headers"]) ?? "Content-Type",
    });
  }

  #commonHeaders(origin: string | undefined, latencyMs: number): Record<string, string> {
    const { origins, credentials, serverToken, latencyToken } = this.#options;
    const headers: Record<string, string> = {
      "Access-Control-Allow-Origin": allowedOrigin(origins, origin),
    };
    if (credentials) headers["Access-Control-Allow-Credentials"] = "true";
    if (serverToken !== null) headers.Server = serverToken;
    if (latencyToken) headers["X-Kong-Admin-Latency"] = String(Math.round(latencyMs));
    return headers;
  }

  #write(
    incoming: IncomingMessage,
    response: ServerResponse,
    answer: Answer,
    startedMs: number,
  ): void {
    if (response.destroyed) return;
    const origin = headerText(incoming.headers.origin);
    const headers: Record<string, string> = {
      ...answer.headers,
      ...(answer === ROBOTS ? {} : this.#commonHeaders(origin, performance.now() - startedMs)),
    };
    if (answer.body !== null) headers["Content-Length"] = String(Buffer.byteLength(answer.body));
    // A body that was not read to its end would be taken for the next request.
    if (!incoming.complete && incoming.httpVersionMajor === 1) headers.Connection = "close";
    response.writeHead(answer.status, headers);
    response.end(incoming.method === "HEAD" ? undefined : (answer.body ?? undefined));
    this.#logAccess(incoming, answer);
  }

  #logAccess(incoming: IncomingMessage, answer: Answer): void {
    const { accessLog } = this.#options;
    if (accessLog === null) return;
    const { method, url, httpVersion, headers, socket } = incoming;
    const body = method === "HEAD" ? "" : (answer.body ?? "");
    accessLog.write(
      accessLine(
        socket.remoteAddress ?? "unix:",
        "",
        Date.now(),
        `${method} ${url} HTTP/${httpVersion}`,
        answer.status,
        Buffer.byteLength(body),
        headers.referer ?? "",
        headers["user-agent"] ?? "",
        "",
      ),
    );
  }
}

function headerText(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}
