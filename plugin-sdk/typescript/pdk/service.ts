/** `kong.service`: what goes to the Service, and what came from it. */
import {
  writeHeader,
  writeHeaders,
  clearHeader,
  type HeaderPlace,
  type HeaderValue,
} from "../event/header-writes.ts";
import type { PluginEvent } from "../event/plugin-event.ts";
import { encodedQuery, type QueryValue, safeQuery, withoutArg } from "../event/query.ts";
import { OP } from "../event/writes.ts";
import { WITH_RESPONSE } from "../plugin/phases.ts";
import { bodyBytes, toWire } from "../wire/text.ts";
import { linesOf, type HeaderMap } from "./read-headers.ts";
import { asBytes, hostOf } from "./request.ts";

const REQUEST_HEADERS: HeaderPlace = {
  functionPrefix: "kong.service.request",
  set: OP.SERVICE_REQUEST_SET_HEADER,
  add: OP.SERVICE_REQUEST_ADD_HEADER,
  clear: OP.SERVICE_REQUEST_CLEAR_HEADER,
  framing: new Set(["content-length", "transfer-encoding"]),
  of: (event) => event.requestHeaders,
};

const PREFIX = "kong.service.request";
const AUTHORITY = ":authority";

/** A Host that a plugin writes is also what `kong.request.getHost` gives. */
function noteHost(event: PluginEvent, name: string, value: unknown): void {
  if (name.length !== 4 || name.toLowerCase() !== "host") return;
  event.changedHost = hostOf(String(Array.isArray(value) ? value[0] : value));
}

/** In rewrite and access. Reads of `kong.request` show what was written here. */
export class KongServiceRequest {
  readonly #event: PluginEvent;

  constructor(event: PluginEvent) {
    this.#event = event;
  }

  /** Keep the response of the Service until it is complete, so that its body can be read. */
  enableBuffering(): void {
    this.#event.recordCall(`${PREFIX}.enable_buffering`, []);
  }

  /** "http" or "https". */
  setScheme(scheme: string): void {
    this.#event.recordCall(`${PREFIX}.set_scheme`, [scheme]);
  }

  /** Must begin with "/"; what cannot stand in a path is escaped. */
  setPath(path: string): void {
    this.#event.recordCall(`${PREFIX}.set_path`, [path]);
  }

  /** Without "?". */
  setRawQuery(query: string): void {
    this.#event.recordCall(`${PREFIX}.set_raw_query`, [query]);
    if (typeof query === "string") this.#event.query = safeQuery(toWire(query));
  }

  /** One of the methods that Kong knows, upper case. */
  setMethod(method: string): void {
    this.#event.recordCall(`${PREFIX}.set_method`, [method]);
    if (typeof method === "string") this.#event.method = method;
  }

  /** Replaces the query; `true` stands for the name alone. */
  setQuery(args: Readonly<Record<string, QueryValue>>): void {
    this.#event.recordCall(`${PREFIX}.set_query`, [args]);
    if (typeof args === "object" && args !== null)
      this.#event.query = safeQuery(encodedQuery(args));
  }

  /** Take an argument out of the query. */
  clearQueryArg(name: string): void {
    const event = this.#event;
    event.recordCall(`${PREFIX}.clear_query_arg`, [name]);
    if (event.query === null) {
      const target = event.snapshot.wire(7);
      const mark = target.indexOf("?");
      event.query = mark < 0 ? "" : target.slice(mark + 1);
    }
    event.query = safeQuery(withoutArg(event.query, name));
  }

  /** Replace every header of that name; a list becomes a line for each, an empty one removes. */
  setHeader(header: string, value: HeaderValue): void {
    if (header === AUTHORITY)
      return this.#event.recordCall(`${PREFIX}.set_header`, [header, value]);
    writeHeader(this.#event, REQUEST_HEADERS, REQUEST_HEADERS.set, header, value);
    noteHost(this.#event, header, value);
  }

  /** Add a header beside those of that name. */
  addHeader(header: string, value: HeaderValue): void {
    if (header === AUTHORITY)
      return this.#event.recordCall(`${PREFIX}.add_header`, [header, value]);
    writeHeader(this.#event, REQUEST_HEADERS, REQUEST_HEADERS.add, header, value);
    noteHost(this.#event, header, value);
  }

  /** Remove every header of that name. */
  clearHeader(header: string): void {
    clearHeader(this.#event, REQUEST_HEADERS, header);
  }

  /** As {@link setHeader} for each. */
  setHeaders(headers: Readonly<Record<string, HeaderValue>>): void {
    writeHeaders(this.#event, REQUEST_HEADERS, headers);
    for (const [name, value] of Object.entries(headers)) noteHost(this.#event, name, value);
  }

  /** Replaces the body, and Content-Length with it. */
  setRawBody(body: string | Uint8Array): void {
    const event = this.#event;
    event.recordCall(`${PREFIX}.set_raw_body`, [body]);
    if (typeof body !== "string" && !(body instanceof Uint8Array)) return; // the gateway refuses it
    event.body = Buffer.from(bodyBytes(body));
    event.requestHeaders.clear("transfer-encoding");
    event.requestHeaders.set("content-length", String(event.body.length));
  }

  /**
   * Replaces the body by these values in the form that `mime`, or the request's Content-Type, says: form, JSON, multipart.
   * undefined with the reason in `kong.lastError` where there is no type.
   */
  async setBody(args: Readonly<Record<string, unknown>>, mime?: string): Promise<true | undefined> {
    const event = this.#event;
    const result = (await event.call(`${PREFIX}.set_body`, [args, mime])) as true | undefined;
    if (result === undefined) return undefined;
    // what it made is only known there
    event.body = asBytes(await event.call("kong.request.get_raw_body", [0])) ?? null;
    event.requestHeaders.replace(
      linesOf(await event.call("kong.request.get_headers", [1000]), toWire),
    );
    return result;
  }
}

/** The answer as the Service gave it, before plugins changed it. In response, header_filter, body_filter and log. */
export class KongServiceResponse {
  readonly #event: PluginEvent;

  constructor(event: PluginEvent) {
    this.#event = event;
  }

  /** undefined where the Service did not answer. */
  getStatus(): number | undefined {
    this.#event.need(WITH_RESPONSE);
    const { serviceStatus } = this.#event.snapshot;
    return serviceStatus === 0 ? undefined : serviceStatus;
  }

  /** First value as the Service sent it, undefined if there is none. */
  getHeader(name: string): Promise<string | undefined> {
    const args = [name];
    return this.#event.call("kong.service.response.get_header", args) as Promise<
      string | undefined
    >;
  }

  /** Lower-case name to values. @param maxHeaders 1 to 1000, default 100 */
  async getHeaders(maxHeaders?: number): Promise<HeaderMap> {
    return asLists(await this.#event.call("kong.service.response.get_headers", [maxHeaders]));
  }

  /** Only in `response`, or after `kong.service.request.enableBuffering`. */
  getRawBody(): Promise<Buffer | undefined> {
    const { snapshot } = this.#event;
    if (snapshot.has(37)) return Promise.resolve(snapshot.bytes(37));
    return this.#event.call("kong.service.response.get_raw_body", []).then(asBytes);
  }

  /** The body as its Content-Type, or `mimetype`, says; undefined with the reason in `kong.lastError`. */
  getBody(
    mimetype?: string,
    maxArgs?: number,
  ): Promise<Record<string, unknown> | unknown[] | undefined> {
    const args = [mimetype, maxArgs];
    return this.#event.call("kong.service.response.get_body", args) as Promise<
      Record<string, unknown> | unknown[] | undefined
    >;
  }
}

/** Values of a table as lists, as Kong's SDK gives them; `true` is an empty one. */
function asLists(map: unknown): HeaderMap {
  const lists: HeaderMap = {};
  for (const [name, value] of Object.entries((map ?? {}) as Record<string, unknown>)) {
    const all = Array.isArray(value) ? value : [value];
    lists[name] = all.filter((one) => typeof one === "string");
  }
  return lists;
}

/** `kong.service`: where the request goes, what is sent there, and what came back. */
export class KongService {
  readonly #event: PluginEvent;
  #request: KongServiceRequest | null = null;
  #response: KongServiceResponse | null = null;

  constructor(event: PluginEvent) {
    this.#event = event;
  }

  get request(): KongServiceRequest {
    this.#request ??= new KongServiceRequest(this.#event);
    return this.#request;
  }

  get response(): KongServiceResponse {
    this.#response ??= new KongServiceResponse(this.#event);
    return this.#response;
  }

  /** Proxy to the Upstream of that name; undefined with the reason in `kong.lastError` if there is none. In access. */
  setUpstream(host: string): Promise<true | undefined> {
    return this.#event.call("kong.service.set_upstream", [host]) as Promise<true | undefined>;
  }

  /** Proxy to this host and port. In rewrite and access. */
  setTarget(host: string, port: number): void {
    this.#event.recordCall("kong.service.set_target", [host, port]);
  }

  /** 0 to 32767. In access. */
  setRetries(retries: number): void {
    this.#event.recordCall("kong.service.set_retries", [retries]);
  }

  /** Milliseconds, 1 to 2147483646. In access. */
  setTimeouts(connectTimeout: number, writeTimeout: number, readTimeout: number): void {
    const args = [connectTimeout, writeTimeout, readTimeout];
    this.#event.recordCall("kong.service.set_timeouts", args);
  }

  /** Check the certificate of the Service? */
  setTlsVerify(on: boolean): Promise<true | undefined> {
    return this.#event.call("kong.service.set_tls_verify", [on]) as Promise<true | undefined>;
  }

  /** Certificates between the Service's own and one that is trusted, at most. */
  setTlsVerifyDepth(depth: number): Promise<true | undefined> {
    const args = [depth];
    return this.#event.call("kong.service.set_tls_verify_depth", args) as Promise<true | undefined>;
  }
}
