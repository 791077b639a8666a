/**
 * A small model of the gateway: one request on its way, as far as plugins can see and change it.
 *
 * It knows what the SDK writes (Done, Call) and the plain functions of the PDK; it checks no phases and no arguments, which
 * is the gateway's business.
 */
import { decode, type Message } from "../wire/codec.ts";
import { toText } from "../wire/text.ts";
import { decodeValue } from "../wire/value.ts";
import { encode } from "../wire/codec.ts";
import { bodyOf, HeaderList, type HeaderTable, type TestBody } from "./message.ts";

/** A request of a test. */
export interface TestRequest {
  readonly method?: string;
  /** With its query. Default "/". */
  readonly path?: string;
  readonly headers?: HeaderTable;
  readonly body?: TestBody;
  readonly scheme?: "http" | "https";
  readonly host?: string;
  readonly clientIp?: string;
  readonly consumer?: object;
  readonly credential?: object;
  readonly route?: object;
  readonly service?: object;
  /** `kong.ctx.shared` as plugins before this one left it. */
  readonly shared?: Readonly<Record<string, unknown>>;
}

/** What the Service answers. */
export interface ServiceResponse {
  readonly status?: number;
  readonly headers?: HeaderTable;
  readonly body?: TestBody;
}

/** A line that a plugin logged; `level` as in Kong ("err", "notice"). */
export interface LogLine {
  readonly level: string;
  readonly message: string;
}

/** One request on its way through the model; phases change it. */
export class Exchange {
  readonly asked: TestRequest;
  method: string;
  path: string;
  query: string;
  scheme: string;
  host: string;
  readonly requestHeaders: HeaderList;
  requestBody: Buffer;
  target: { host: string; port: number } | null = null;
  upstream: string | null = null;
  consumer: object | undefined;
  credential: object | undefined;
  readonly shared: Record<string, unknown>;
  readonly serialized: Record<string, unknown> = {};
  readonly logs: LogLine[] = [];
  /** Functions that were called and that this model does not act on. */
  readonly otherCalls: { readonly name: string; readonly args: readonly unknown[] }[] = [];
  status = 0;
  responseHeaders = new HeaderList();
  responseBody: Buffer = Buffer.alloc(0);
  serviceStatus = 0;
  serviceHeaders = new HeaderList();
  serviceBody: Buffer = Buffer.alloc(0);
  source: "none" | "service" | "exit" | "error" = "none";
  cacheMs = 0;

  constructor(asked: TestRequest) {
    this.asked = asked;
    const [path = "/", query = ""] = (asked.path ?? "/").split(/\?(.*)/s);
    this.method = asked.method ?? (asked.body === undefined ? "GET" : "POST");
    this.path = path;
    this.query = query;
    this.scheme = asked.scheme ?? "http";
    this.host = asked.host ?? "test.example";
    this.requestHeaders = new HeaderList({ host: this.host, ...asked.headers });
    this.requestBody = bodyOf(asked.body);
    if (asked.body !== undefined) {
      this.requestHeaders.set("content-length", String(this.requestBody.length));
    }
    this.consumer = asked.consumer;
    this.credential = asked.credential;
    this.shared = { ...asked.shared };
  }

  /** Take over what the Service answered. */
  answerOfService({ status = 200, headers = {}, body }: ServiceResponse): void {
    this.source = "service";
    this.serviceStatus = status;
    this.status = status;
    this.serviceHeaders = new HeaderList(headers);
    const early = this.responseHeaders;
    this.responseHeaders = new HeaderList(headers);
    for (const [name, value] of Object.entries(early.toTable()))
      this.responseHeaders.set(name, value);
    this.serviceBody = bodyOf(body);
    this.responseBody = this.serviceBody;
  }

  /** Do what a plugin wrote, in order. */
  apply(writes: readonly Message[]): void {
    for (const write of writes) {
      const op = (write.op as number | undefined) ?? 0;
      const name = toText(((write.name as Buffer | undefined) ?? Buffer.alloc(0)).latin1Slice());
      const value = toText(((write.value as Buffer | undefined) ?? Buffer.alloc(0)).latin1Slice());
      if (op === 0) this.call(name, argumentsOf(write.args));
      else if (op === 7) this.status = Number(write.number ?? 0);
      else this.#applyHeader(op, name, value);
    }
  }

  #applyHeader(op: number, name: string, value: string): void {
    const headers = op <= 3 ? this.requestHeaders : this.responseHeaders;
    if (op === 1 || op === 4) headers.set(name, value);
    else if (op === 2 || op === 5) headers.add(name, value);
    else if (op === 3 || op === 6) headers.clear(name);
  }

  /** Do one function of the PDK that gives nothing. */
  call(name: string, args: readonly unknown[]): void {
    const write = WRITES[name];
    if (write === undefined) this.otherCalls.push({ name, args });
    else write(this, ...args);
  }

  /** End with an answer of a plugin's. */
  exit(status: unknown, body: unknown, headers: unknown, source: "exit" | "error"): void {
    this.status = Number(status);
    this.source = source;
    this.responseBody = bodyOf(body);
    if (typeof body === "object" && body !== null && !(body instanceof Uint8Array)) {
      this.responseHeaders.set("content-type", "application/json; charset=utf-8");
    }
    setAll(this.responseHeaders, headers);
  }
}

/** The arguments of a Call or a Write as plain values. */
export function argumentsOf(args: unknown): unknown[] {
  return ((args ?? []) as Message[]).map((one) => decodeValue(encode("Value", one)));
}

/** A plain value of the PDK as the codec's message. */
export function valueMessage(wire: string): Message {
  return decode("Value", wire);
}

function setAll(headers: HeaderList, table: unknown): void {
  for (const [name, value] of Object.entries((table ?? {}) as object)) headers.set(name, value);
}

function queryOf(args: unknown): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((args ?? {}) as object)) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return query.toString();
}

type Apply = (x: Exchange, ...args: unknown[]) => void;
const SERVICE_REQUEST = "kong.service.request.";

const WRITES: Readonly<Record<string, Apply>> = {
  [`${SERVICE_REQUEST}set_scheme`]: (x, scheme) => {
    x.scheme = String(scheme);
  },
  [`${SERVICE_REQUEST}set_path`]: (x, path) => {
    x.path = String(path);
  },
  [`${SERVICE_REQUEST}set_raw_query`]: (x, query) => {
    x.query = String(query);
  },
  [`${SERVICE_REQUEST}set_query`]: (x, args) => {
    x.query = queryOf(args);
  },
  [`${SERVICE_REQUEST}clear_query_arg`]: (x, name) => {
    const query = new URLSearchParams(x.query);
    query.delete(String(name));
    x.query = query.toString();
  },
  [`${SERVICE_REQUEST}set_method`]: (x, method) => {
    x.method = String(method);
  },
  [`${SERVICE_REQUEST}set_raw_body`]: (x, body) => {
    x.requestBody = bodyOf(body);
    x.requestHeaders.set("content-length", String(x.requestBody.length));
  },
  [`${SERVICE_REQUEST}set_header`]: (x, name, value) => x.requestHeaders.set(String(name), value),
  [`${SERVICE_REQUEST}add_header`]: (x, name, value) =>
    x.requestHeaders.add(String(name), String(value)),
  "kong.response.set_header": (x, name, value) => x.responseHeaders.set(String(name), value),
  "kong.response.add_header": (x, name, value) =>
    x.responseHeaders.add(String(name), String(value)),
  "kong.response.exit": (x, status, body, headers) => x.exit(status, body, headers, "exit"),
  "kong.response.error": (x, status, message, headers) => {
    const body = typeof message === "string" || message === undefined ? { message } : message;
    x.exit(status, body, headers, "exit");
  },
  "kong.service.set_target": (x, host, port) => {
    x.target = { host: String(host), port: Number(port) };
  },
  "kong.client.authenticate": (x, consumer, credential) => {
    x.consumer = consumer as object | undefined;
    x.credential = credential as object | undefined;
  },
  "kong.ctx.shared.set": (x, key, value) => {
    if (value === undefined) delete x.shared[String(key)];
    else x.shared[String(key)] = value;
  },
  "kong.log.set_serialize_value": (x, key, value) => {
    x.serialized[String(key)] = value;
  },
};
