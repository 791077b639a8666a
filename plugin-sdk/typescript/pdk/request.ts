/**
 * `kong.request`: the request as the client sent it, and as plugins changed it since.
 *
 * In rewrite, access, response, header_filter, body_filter and log. What gives a promise may ask the gateway; everything
 * else is answered here, at once.
 */
import { normalPath } from "../event/path.ts";
import type { PluginEvent } from "../event/plugin-event.ts";
import { type QueryTable, queryArg, queryArgs } from "../event/query.ts";
import { AFTER_ROUTING, WITH_REQUEST, WITH_REQUEST_BODY } from "../plugin/phases.ts";
import { BODY } from "../wire/snapshot.ts";
import { toText } from "../wire/text.ts";
import { LIST_DEFAULT, listMax, textOr } from "./limits.ts";
import { type HeaderMap, headerMap } from "./read-headers.ts";

/** Captures of the Route's regex path; `unnamed[0]` is the whole match. */
export interface UriCaptures {
  readonly unnamed: readonly (string | undefined)[] | Readonly<Record<string, string>>;
  readonly named: Readonly<Record<string, string>>;
}

/** A Host as `getHost` gives it: lower case, without port, user and final dot. */
export function hostOf(authority: string): string {
  const at = authority.lastIndexOf("@");
  const host = at < 0 ? authority : authority.slice(at + 1);
  const end = host.startsWith("[") ? host.indexOf("]") + 1 : host.indexOf(":");
  const name = end > 0 ? host.slice(0, end) : host;
  return (name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();
}

/** `kong.request`: the client's request as it came, read from the event. */
export class KongRequest {
  readonly #event: PluginEvent;

  constructor(event: PluginEvent) {
    this.#event = event;
  }

  /** Scheme at the listener, whatever forwarded headers say. */
  getScheme(): "http" | "https" {
    this.#event.need(WITH_REQUEST);
    return this.#event.snapshot.wire(9) as "http" | "https";
  }

  /** Host without port, lower case; a Host that a plugin wrote counts. */
  getHost(): string {
    this.#event.need(WITH_REQUEST);
    return this.#event.changedHost ?? this.#event.snapshot.textOf(10);
  }

  /** Port of the listener. */
  getPort(): number {
    this.#event.need(WITH_REQUEST);
    return this.#event.snapshot.port;
  }

  /** X-Forwarded-Proto of a trusted client, else as {@link getScheme}. */
  getForwardedScheme(): string {
    this.#event.need(WITH_REQUEST);
    const { snapshot } = this.#event;
    return snapshot.has(17) ? snapshot.wire(17) : snapshot.wire(9);
  }

  /** X-Forwarded-Host of a trusted client, else as {@link getHost}. */
  getForwardedHost(): string {
    const { snapshot } = this.#event;
    return snapshot.has(18) ? snapshot.textOf(18) : this.getHost();
  }

  /** X-Forwarded-Port of a trusted client, else the listener's. */
  getForwardedPort(): number {
    this.#event.need(WITH_REQUEST);
    const { snapshot } = this.#event;
    return snapshot.forwardedRequestPort === 0 ? snapshot.port : snapshot.forwardedRequestPort;
  }

  /** X-Forwarded-Path of a trusted client, else as {@link getPath}. */
  getForwardedPath(): Promise<string> {
    return this.#event.call("kong.request.get_forwarded_path", []) as Promise<string>;
  }

  /** X-Forwarded-Prefix of a trusted client, else what the Route stripped; undefined where nothing was. */
  getForwardedPrefix(): Promise<string | undefined> {
    const name = "kong.request.get_forwarded_prefix";
    return this.#event.call(name, []) as Promise<string | undefined>;
  }

  /** 1, 1.1 or 2. */
  getHttpVersion(): number {
    this.#event.need(WITH_REQUEST);
    return this.#event.snapshot.httpVersion / 10;
  }

  /** Upper case; the one that goes to the Service. */
  getMethod(): string {
    this.#event.need(WITH_REQUEST);
    return this.#event.method ?? this.#event.snapshot.textOf(6);
  }

  /** Without query, normalised: escapes of unreserved characters decoded, dot segments and repeated slashes resolved. */
  getPath(): string {
    return toText(normalPath(this.#rawPath()));
  }

  /** Without query, as received. */
  getRawPath(): string {
    return toText(this.#rawPath());
  }

  #rawPath(): string {
    this.#event.need(WITH_REQUEST);
    const target = this.#event.snapshot.wire(7);
    const mark = target.indexOf("?");
    return mark < 0 ? target : target.slice(0, mark);
  }

  /** As received. */
  getPathWithQuery(): string {
    this.#event.need(WITH_REQUEST);
    return this.#event.snapshot.textOf(7);
  }

  /** Without "?"; "" where there is none. */
  getRawQuery(): string {
    return toText(this.#query());
  }

  #query(): string {
    this.#event.need(WITH_REQUEST);
    if (this.#event.query !== null) return this.#event.query;
    const target = this.#event.snapshot.wire(7);
    const mark = target.indexOf("?");
    return mark < 0 ? "" : target.slice(mark + 1);
  }

  /** First value of an argument, decoded; true for one without "=", undefined if there is none. */
  getQueryArg(name: string): string | true | undefined {
    const key = textOr(name, "query argument name must be a string");
    return queryArg(this.#query(), key, LIST_DEFAULT);
  }

  /**
   * Name to values, decoded; an argument without "=" is an empty list, beside others of its name `true`.
   *
   * @param maxArgs 1 to 1000, default 100; further ones are left out
   */
  getQuery(maxArgs?: number): QueryTable {
    const max = listMax(maxArgs, "max_args");
    return queryArgs(this.#query(), max);
  }

  /** First value of a header, undefined if there is none; names without case, "-" equal to "_". Cookies are one text. */
  getHeader(name: string): string | undefined {
    this.#event.need(WITH_REQUEST);
    const key = textOr(name, "header name must be a string");
    const headers = this.#event.requestHeaders;
    const value = headers.get(key);
    if (value === undefined) return undefined;
    if (key.length === 6 && key.toLowerCase() === "cookie") {
      return toText(headers.getAll(key).join("; "));
    }
    return toText(value);
  }

  /** Lower-case name to values. @param maxHeaders 1 to 1000, default 100; further ones are left out */
  getHeaders(maxHeaders?: number): HeaderMap {
    this.#event.need(WITH_REQUEST);
    return headerMap(this.#event.requestHeaders, listMax(maxHeaders, "max_headers"));
  }

  /**
   * The whole body; empty if there is none, undefined with the reason in `kong.lastError` if it is longer than the gateway
   * keeps in memory. In rewrite, access and response.
   *
   * @param maxAllowedFileSize bytes allowed beyond that, 0: any
   */
  getRawBody(maxAllowedFileSize?: number): Promise<Buffer | undefined> {
    const event = this.#event;
    if ((event.phase & WITH_REQUEST_BODY) !== 0) {
      if (event.body !== null) return Promise.resolve(event.body);
      const { bodyState } = event.snapshot;
      if (bodyState === BODY.NONE) return Promise.resolve(Buffer.alloc(0));
      if (bodyState === BODY.HERE) return Promise.resolve(event.snapshot.bytes(26));
    }
    return event.call("kong.request.get_raw_body", [maxAllowedFileSize]).then(asBytes);
  }

  /**
   * The body as form, JSON or multipart form says; undefined with the reason in `kong.lastError`.
   *
   * @param mimetype in place of the request's Content-Type
   */
  getBody(
    mimetype?: string,
    maxArgs?: number,
    maxAllowedFileSize?: number,
  ): Promise<Record<string, unknown> | unknown[] | undefined> {
    const args = [mimetype, maxArgs, maxAllowedFileSize];
    return this.#event.call("kong.request.get_body", args) as Promise<
      Record<string, unknown> | unknown[] | undefined
    >;
  }

  /** When the request began, in milliseconds of the epoch. */
  getStartTime(): number {
    this.#event.need(WITH_REQUEST);
    return this.#event.snapshot.startMs;
  }

  /** After routing. */
  getUriCaptures(): Promise<UriCaptures> {
    return this.#event.call("kong.request.get_uri_captures", []) as Promise<UriCaptures>;
  }

  /** 32 characters; the same as in the header X-Kong-Request-Id and in the gateway's log. */
  getId(): string {
    this.#event.need(WITH_REQUEST | AFTER_ROUTING);
    return this.#event.snapshot.wire(5);
  }
}

/** Bodies are bytes, also where they came as text. */
export function asBytes(value: unknown): Buffer | undefined {
  return typeof value === "string" ? Buffer.from(value, "utf8") : (value as Buffer | undefined);
}
