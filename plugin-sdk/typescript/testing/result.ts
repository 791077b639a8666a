/** What came of a request in a test: what the client got, what went to the upstream, what was logged. */
import type { Exchange, LogLine } from "./exchange.ts";

/** The request as the Service would get it. */
export interface UpstreamRequest {
  readonly method: string;
  readonly scheme: string;
  readonly path: string;
  /** Without "?". */
  readonly query: string;
  /** Lower-case name to value, or to a list where the name is repeated. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
  /** Where a plugin sent it. */
  readonly target: { readonly host: string; readonly port: number } | null;
  /** Name of the Upstream that a plugin chose. */
  readonly upstream: string | null;
}

/** One request's end, as the client, the upstream and the log saw it. */
export class TestResult {
  readonly #exchange: Exchange;
  /** null where a plugin answered in its place. */
  upstream: UpstreamRequest | null;
  /** What the client got. */
  status = 0;
  /** Lower-case name to value, or to a list where the name is repeated. */
  headers: Readonly<Record<string, string | string[]>> = {};
  body: Buffer = Buffer.alloc(0);

  constructor(x: Exchange) {
    this.#exchange = x;
    this.upstream = {
      method: x.method,
      scheme: x.scheme,
      path: x.path,
      query: x.query,
      headers: x.requestHeaders.toTable(),
      body: x.requestBody,
      target: x.target,
      upstream: x.upstream,
    };
  }

  /** The response goes to the client now. */
  takeResponse(): void {
    const { status, responseHeaders, responseBody } = this.#exchange;
    this.status = status;
    this.headers = responseHeaders.toTable();
    this.body = responseBody;
  }

  /** The body as UTF-8. */
  get text(): string {
    return this.body.toString();
  }

  /** @throws {SyntaxError} for a body that is no JSON */
  json(): unknown {
    return JSON.parse(this.text) as unknown;
  }

  /** Lines of `kong.log`, in order. */
  get logs(): readonly LogLine[] {
    return this.#exchange.logs;
  }

  /** Values of `kong.log.setSerializeValue`. */
  get serialized(): Readonly<Record<string, unknown>> {
    return this.#exchange.serialized;
  }

  /** `kong.ctx.shared` at the end. */
  get shared(): Readonly<Record<string, unknown>> {
    return this.#exchange.shared;
  }

  /** The Consumer at the end: the one of the request, or whom a plugin has authenticated. */
  get consumer(): object | undefined {
    return this.#exchange.consumer;
  }

  /** Milliseconds for which the gateway may use the answer again; 0: not at all. */
  get cacheMs(): number {
    return this.#exchange.cacheMs;
  }

  /** Functions that were called and that have no place in this result. */
  get otherCalls(): readonly { readonly name: string; readonly args: readonly unknown[] }[] {
    return this.#exchange.otherCalls;
  }
}
