/** `kong.response`: the answer to the client, the Service's or one of our own, and its body as it passes. */
import {
  clearHeader,
  type HeaderPlace,
  type HeaderValue,
  writeHeader,
  writeHeaders,
} from "../event/header-writes.ts";
import type { PluginEvent } from "../event/plugin-event.ts";
import { OP, statusWrite } from "../event/writes.ts";
import { PHASE, WITH_RESPONSE } from "../plugin/phases.ts";
import { bodyBytes, toText } from "../wire/text.ts";
import { EXIT } from "./errors.ts";
import { listMax, textOr } from "./limits.ts";
import { type HeaderMap, headerMap } from "./read-headers.ts";

const RESPONSE_HEADERS: HeaderPlace = {
  functionPrefix: "kong.response",
  set: OP.RESPONSE_SET_HEADER,
  add: OP.RESPONSE_ADD_HEADER,
  clear: OP.RESPONSE_CLEAR_HEADER,
  framing: new Set(["transfer-encoding"]),
  of: (event) => event.responseHeaders,
};

const SOURCES = ["error", "service", "exit", "error"] as const;
const STATUS_MIN = 100;
const STATUS_MAX = 599;
/** An empty body is sent as a line break, as in Kong. */
const EMPTY_BODY = Buffer.from("\n");

/** Where an answer came from: the Service, a plugin (or the gateway for it), an error. */
export type ResponseSource = "service" | "exit" | "error";

/** Writes in rewrite, access, response and header_filter; reads in response, header_filter, body_filter and log. */
export class KongResponse {
  readonly #event: PluginEvent;

  constructor(event: PluginEvent) {
    this.#event = event;
  }

  /** As it stands now, what plugins have set included. */
  getStatus(): number {
    this.#event.need(WITH_RESPONSE);
    return this.#event.status === 0 ? this.#event.snapshot.status : this.#event.status;
  }

  /** First value, undefined if there is none; names without case, "-" equal to "_". */
  getHeader(name: string): string | undefined {
    this.#event.need(WITH_RESPONSE);
    const key = textOr(name, "header name must be a string");
    const value = this.#event.responseHeaders.get(key);
    return value === undefined ? undefined : toText(value);
  }

  /** Lower-case name to values. @param maxHeaders 1 to 1000, default 100 */
  getHeaders(maxHeaders?: number): HeaderMap {
    this.#event.need(WITH_RESPONSE);
    return headerMap(this.#event.responseHeaders, listMax(maxHeaders, "max_headers"));
  }

  /** "service": it answered; "exit": a plugin did; "error": the gateway did, or a plugin failed. */
  getSource(): ResponseSource {
    this.#event.need(WITH_RESPONSE);
    return SOURCES[this.#event.snapshot.source] ?? "error";
  }

  /** 100 to 599. */
  setStatus(status: number): void {
    const isShort = Number.isInteger(status) && status >= STATUS_MIN && status <= STATUS_MAX;
    if (!isShort) return this.#event.recordCall("kong.response.set_status", [status]);
    this.#event.record(statusWrite(status));
    this.#event.status = status;
  }

  /** Replace every header of that name; a list becomes a line for each, an empty one removes. */
  setHeader(name: string, value: HeaderValue): void {
    writeHeader(this.#event, RESPONSE_HEADERS, RESPONSE_HEADERS.set, name, value);
  }

  /** Add a header beside those of that name. */
  addHeader(name: string, value: HeaderValue): void {
    writeHeader(this.#event, RESPONSE_HEADERS, RESPONSE_HEADERS.add, name, value);
  }

  /** Remove every header of that name. */
  clearHeader(name: string): void {
    clearHeader(this.#event, RESPONSE_HEADERS, name);
  }

  /** As {@link setHeader} for each. */
  setHeaders(headers: Readonly<Record<string, HeaderValue>>): void {
    writeHeaders(this.#event, RESPONSE_HEADERS, headers);
  }

  /** In body_filter: the chunk that passes now; undefined where an earlier plugin holds it back. */
  getChunk(): Buffer | undefined {
    this.#event.need(PHASE.body_filter);
    return this.#event.chunk ?? undefined;
  }

  /** In body_filter: is it the last one? */
  isLastChunk(): boolean {
    this.#event.need(PHASE.body_filter);
    return this.#event.chunkIsLast;
  }

  /** In body_filter: send this in place of the chunk; undefined sends nothing. */
  setChunk(bytes: string | Uint8Array | undefined): void {
    this.#event.need(PHASE.body_filter);
    this.#event.chunk = bytes === undefined ? null : bodyBytes(bytes);
  }

  /** In body_filter: undefined until the last chunk, then the whole body. Holds the response back until then. */
  getRawBody(): Buffer | undefined {
    const event = this.#event;
    event.need(PHASE.body_filter);
    if (event.chunk !== null && event.chunk.length > 0) {
      event.heldChunks ??= [];
      event.heldChunks.push(event.chunk);
    }
    event.chunk = null;
    if (!event.chunkIsLast) return undefined;
    event.chunk = Buffer.concat(event.heldChunks ?? []);
    event.heldChunks = null;
    return event.chunk;
  }

  /** In body_filter: this is the whole (rest of the) body; what the Service still sends is dropped. */
  setRawBody(body: string | Uint8Array): void {
    const event = this.#event;
    event.need(PHASE.body_filter);
    const bytes = bodyBytes(body);
    event.heldChunks = null;
    event.chunk = bytes.length === 0 ? EMPTY_BODY : bytes;
    event.chunkIsLast = true;
  }

  /**
   * Answer the client in place of the Service, and end the handler: nothing behind this runs. A table becomes JSON.
   *
   * @param status 100 to 599
   */
  exit(
    status: number,
    body?: string | Uint8Array | object,
    headers?: Readonly<Record<string, HeaderValue>>,
  ): never {
    this.#event.recordCall("kong.response.exit", [status, body, headers]);
    this.#event.exited = true;
    throw EXIT;
  }

  /** As {@link exit}, with the gateway's own error body in the format that the client accepts; status 400 to 599. */
  error(
    status: number,
    message?: string | object,
    headers?: Readonly<Record<string, HeaderValue>>,
  ): never {
    this.#event.recordCall("kong.response.error", [status, message, headers]);
    this.#event.exited = true;
    throw EXIT;
  }
}
