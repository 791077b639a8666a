/**
 * An Exchange without sockets: what unit tests of plugins, PDK, runloop, router and proxy start from.
 *
 * Request headers stand in one head text with offsets, as the scanner leaves them, so that tests walk the same code
 * as traffic does. Everything about the connection has a default and can be set by an option.
 */
import {
  BODY_TOO_LARGE,
  type ClientFacts,
  Exchange,
  nowMs,
  type RequestBody,
  type TlsFacts,
} from "../../core/exchange/exchange.ts";
import { HeaderBlock, STRIDE } from "../../core/exchange/header-block.ts";

export type HeaderPairs = ReadonlyArray<readonly [string, string]>;

export interface ExchangeOptions {
  id?: string;
  startedMs?: number;
  /** 1.0, 1.1 (default) or 2. */
  httpVersion?: number;
  scheme?: "http" | "https";
  ip?: string;
  port?: number;
  localIp?: string;
  localPort?: number;
  advertisedPort?: number;
  tls?: TlsFacts | null;
  trusted?: boolean;
  /** The body arrives in a later turn of the event loop: `read` gives a promise. */
  bodyLater?: boolean;
}

/** A request body that is all there, or will be; remembers what it was replaced with. */
export class FakeBody implements RequestBody {
  readonly isPresent: boolean;
  /** What a plugin put in its place. */
  replacement: Buffer | null = null;
  readonly #bytes: Buffer;
  readonly #isLate: boolean;

  constructor(bytes: Buffer | null, isLate: boolean) {
    this.isPresent = bytes !== null;
    this.#bytes = bytes ?? Buffer.alloc(0);
    this.#isLate = isLate;
  }

  read(maxBytes: number): Buffer | typeof BODY_TOO_LARGE | Promise<Buffer | typeof BODY_TOO_LARGE> {
    const bytes = this.replacement ?? this.#bytes;
    const result = bytes.length > maxBytes ? BODY_TOO_LARGE : bytes;
    if (!this.#isLate) return result;
    return new Promise((resolve) => setImmediate(resolve, result));
  }

  replace(body: Buffer): void {
    this.replacement = body;
  }
}

/** A head as the scanner leaves it: text with a request line, and {@link STRIDE} numbers a field. */
export function receivedHeaders(pairs: HeaderPairs, firstLine = "GET / HTTP/1.1"): HeaderBlock {
  let text = `${firstLine}\r\n`;
  const offsets = new Int32Array(Math.max(1, pairs.length) * STRIDE);
  pairs.forEach(([name, value], f) => {
    const start = text.length;
    const valueStart = start + name.length + 2;
    offsets.set([start, start + name.length, valueStart, valueStart + value.length, 0], f * STRIDE);
    text += `${name}: ${value}\r\n`;
  });
  return new HeaderBlock(`${text}\r\n`, offsets, pairs.length);
}

/**
 * An exchange for a request.
 *
 * @param headers name and value pairs, values as latin1 text; without a Host field "example.test" is added
 *   (unless `httpVersion` is 1.0)
 * @param body null: none
 */
export function makeExchange(
  method = "GET",
  target = "/",
  headers: HeaderPairs | Readonly<Record<string, string>> = [],
  body: string | Buffer | null = null,
  options: ExchangeOptions = {},
): Exchange {
  const httpVersion = options.httpVersion ?? 1.1;
  const pairs: (readonly [string, string])[] = [
    ...(Array.isArray(headers) ? (headers as HeaderPairs) : Object.entries(headers)),
  ];
  const host = pairs.find(([name]) => name.toLowerCase() === "host");
  if (host === undefined && httpVersion !== 1) pairs.unshift(["Host", "example.test"]);
  const localPort = options.localPort ?? 8000;
  const client: ClientFacts = {
    ip: options.ip ?? "127.0.0.1",
    port: options.port ?? 50_000,
    localIp: options.localIp ?? "127.0.0.1",
    localPort,
    advertisedPort: options.advertisedPort ?? localPort,
    tls: options.tls ?? null,
    trusted: options.trusted ?? false,
    proxied: null,
  };
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return new Exchange(
    options.id ?? "0123456789abcdef0123456789abcdef",
    client,
    options.startedMs ?? nowMs(),
    method,
    target,
    httpVersion,
    options.scheme ?? (client.tls === null ? "http" : "https"),
    host?.[1] ?? (httpVersion === 1 ? "" : "example.test"),
    receivedHeaders(pairs, `${method} ${target} HTTP/${httpVersion.toFixed(1)}`),
    new FakeBody(bytes, options.bodyLater ?? false),
    HeaderBlock.empty(),
  );
}
