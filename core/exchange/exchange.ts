/**
 * One request and its response on their way through the gateway: what every room reads and writes.
 *
 * A plain object with every field declared, so that its shape never changes while it is hot. It knows no sockets:
 * the listener fills in what came from the client, the proxy what came from the Service, plugins change both by way
 * of the PDK. Bodies are behind {@link RequestBody} and `responseBody`, because they may not have arrived yet.
 *
 * Times are milliseconds of the epoch ({@link nowMs}); -1 means "has not happened".
 */
import type { HeaderBlock } from "./header-block.ts";

/** What is known of a client's connection; one object for all requests on it. */
export interface ClientFacts {
  /** Address of the direct peer, "unix:" on a Unix socket. */
  readonly ip: string;
  readonly port: number;
  readonly localIp: string;
  /** Port of the listener. */
  readonly localPort: number;
  /** Port that clients know, after `port_maps`; `localPort` where none maps. */
  readonly advertisedPort: number;
  readonly tls: TlsFacts | null;
  /** Is the direct peer in `trusted_ips`? */
  readonly trusted: boolean;
  /** Who is behind the peer by the PROXY protocol; null where it is not spoken, or says nothing. */
  proxied: { readonly ip: string; readonly port: number } | null;
}

/** What was agreed on in a client's TLS handshake. */
export interface TlsFacts {
  /** As in "TLSv1.3". */
  readonly version: string;
  readonly cipher: string;
  /** Server name as sent, without a trailing dot; "" if none. */
  readonly sni: string;
  /** "NONE", "SUCCESS" or "FAILED:<reason>". */
  clientVerify: string;
  /** The client's certificate and those it sent with it, as PEM; absent where it sent none. */
  readonly chain?: string;
  /** In the certificate phase alone: how the handshake shall go on. */
  readonly wishes?: HandshakeWishes;
}

/** What plugins may ask of a TLS handshake before it begins. */
export interface HandshakeWishes {
  asksForCertificate: boolean;
  /** May a later connection go on with this session? */
  reusesSession: boolean;
}

/** The body of a request, which may still be on its way. */
export interface RequestBody {
  /** Is there any, by the head's framing? */
  readonly isPresent: boolean;
  /**
   * The whole body. Returns at once where it has arrived already (as it has for most small requests).
   *
   * @param maxBytes more than this is {@link BODY_TOO_LARGE}; the body still goes on to the Service
   * @throws never; a client that goes away leaves the promise pending and the exchange is dropped
   */
  read(maxBytes: number): Buffer | typeof BODY_TOO_LARGE | Promise<Buffer | typeof BODY_TOO_LARGE>;
  /** Send this in place of what the client sends; what it sends is read and dropped. */
  replace(body: Buffer): void;
}

/** What {@link RequestBody.read} gives for a body over the limit. */
export const BODY_TOO_LARGE = Symbol("body too large");

/** An answer that the gateway or a plugin gives in place of the Service's. */
export interface Answer {
  status: number;
  /** null: no body, an error page may stand there; "" or an empty Buffer: an empty body. */
  body: string | Buffer | null;
  /** Name and value pairs, already validated; they replace fields of the same name. */
  headers: ReadonlyArray<readonly [string, string | readonly string[]]>;
  /** What `kong.response.get_source` says of it. */
  source: "exit" | "error";
  /** Text for the error template in the format that the client accepts; then `body` and Content-Type come from it. */
  template: string | null;
}

/** One try to reach a Target, as the log entry shows it. */
export interface Try {
  ip: string;
  port: number;
  balancerStartMs: number;
  balancerLatencyMs: number;
  /** Of a try after which there was another, or none left while its status was 500 or more (Kong's log). */
  state?: "failed";
  /** Status that ended the try, where it brought no answer. */
  code?: number;
}

/** Where a request is sent, filled in by the proxy from Route and Service; plugins may change it. */
export interface UpstreamPlan {
  scheme: "http" | "https" | "grpc" | "grpcs";
  /** Name or address of the target, or the name of an Upstream. */
  host: string;
  port: number;
  /** Path without query, escaped as it goes on the wire. */
  path: string;
  /** "" when there is none. */
  query: string;
  /** Was there a `?`, be it with nothing behind it? */
  hasQuery: boolean;
  /** Value of Host at the upstream; "" = take it from the target. */
  hostHeader: string;
  retries: number;
  connectTimeoutMs: number;
  writeTimeoutMs: number;
  readTimeoutMs: number;
  /** Set by `kong.service.set_target`: no Upstream, no Service host. */
  targetFixed: boolean;
  /** Set by `kong.service.set_tls_verify`; null: as the Service says. */
  tlsVerify: boolean | null;
  tlsVerifyDepth: number | null;
}

/** Who is told that nobody waits for a plugin any more. */
export interface RemoteWait {
  onClientGone(): void;
}

/** Who is told that the request is over, its log phase included. */
export interface RemoteKept {
  readonly next: RemoteKept | null;
  onRequestOver(): void;
}

/** Minimal shapes of what the exchange refers to; the rooms that own them know more. */
export interface EntityRef {
  readonly id: string;
}

/**
 * Milliseconds of the epoch. The system's clock and no finer one: it is read several times for each request, and costs a
 * fifth of `performance.now()`. It may be set back, so whoever subtracts takes nothing below 0.
 */
export function nowMs(): number {
  return Date.now();
}

/** One request: what came in, what was decided, what goes out. Made by a listener, changed by every room above. */
export class Exchange {
  /** 32 lower-case hexadecimal characters. */
  readonly id: string;
  readonly client: ClientFacts;
  readonly startedMs: number;

  // ---- the request as it came in
  /** Method as sent. */
  readonly method: string;
  /** Request target as sent, in origin form: path and query. */
  readonly target: string;
  /** Where the query begins in `target`: index of `?`, or its length. */
  readonly queryAt: number;
  /** 1.0, 1.1 or 2. */
  readonly httpVersion: number;
  /** Scheme at the listener. */
  readonly scheme: "http" | "https";
  /** Host header or :authority as sent, "" if there is none. */
  readonly authority: string;
  /** Headers of the request; what plugins write for the Service is visible here, as in Kong. */
  readonly requestHeaders: HeaderBlock;
  readonly requestBody: RequestBody;
  /** Bytes of head and body received so far. */
  requestBytes = 0;
  /** Client after `trusted_ips` and `real_ip_header`. */
  forwardedIp: string;
  /** undefined where the real-ip header names no port. */
  forwardedPort: number | undefined;
  /** Host in a target of absolute form, "" where the target is a path: what `kong.request.get_host` tells. */
  absoluteHost = "";
  /** Host for X-Forwarded-Host where a plugin wrote another one after routing; "" where none did. */
  hostBefore = "";
  /** `target` without query, normalised for matching; "" until the router made it. */
  path = "";

  // ---- what was decided on the way
  /** What the proxy keeps for this request: sockets, retries (core/proxy). */
  transit: unknown = null;
  /** Everything that the configuration says, one version from start to end; the proxy knows its type. */
  state: unknown = null;
  route: EntityRef | null = null;
  service: EntityRef | null = null;
  /** Text that the Route's path matched and that `strip_path` cuts off; "" if nothing. */
  matchedPrefix = "";
  /** Captures of the Route's regex path: [0] the whole match, then groups; null if none. */
  captures: readonly (string | undefined)[] | null = null;
  namedCaptures: Readonly<Record<string, string>> | null = null;
  readonly upstream: UpstreamPlan = {
    scheme: "http",
    host: "",
    port: 80,
    path: "/",
    query: "",
    hasQuery: false,
    hostHeader: "",
    retries: 5,
    connectTimeoutMs: 60_000,
    writeTimeoutMs: 60_000,
    readTimeoutMs: 60_000,
    targetFixed: false,
    tlsVerify: null,
    tlsVerifyDepth: null,
  };
  /** Method for the Service; as received unless a plugin changed it. */
  upstreamMethod: string;
  /** Query (without "?") that a plugin put in place of the client's, escaped for the wire; null: none did. */
  changedQuery: string | null = null;
  consumer: EntityRef | null = null;
  credential: Readonly<Record<string, unknown>> | null = null;

  // ---- plugins
  /** Bit of the phase that runs now (core/phases). */
  phase = 0;
  /** The step of the chain that runs now (core/runloop); null outside plugins. */
  plugin: unknown = null;
  /** The PDK as this request's plugins see it, made when the first one runs (core/pdk). */
  kong: unknown = null;
  /** Why the last PDK function that gave nil did so: Kong's second result; null if it gave none. */
  pdkError: string | null = null;
  /** Steps that were collected in access, for the later phases (core/runloop); null before. */
  collected: unknown = null;
  /** `kong.ctx.shared`; made at first use. */
  shared: Record<string, unknown> | null = null;
  /** `kong.ctx.plugin` by plugin name; made at first use. */
  pluginContexts: Map<string, Record<string, unknown>> | null = null;
  /** Number by which plugin servers know this request (core/plugin-host); 0 before the first was asked. */
  remoteNumber = 0;
  /** The event in a plugin server that the request waits for. */
  remoteWait: RemoteWait | null = null;
  /** What plugin servers hold for this request, to be let go when it is over: a list. */
  remoteKept: RemoteKept | null = null;
  /** Values set by `kong.log.set_serialize_value`, in order. */
  logValues: { key: string; value: unknown; mode: "set" | "add" | "replace" }[] | null = null;
  /** Must the whole response be here before it is sent (a `response` handler, or enable_buffering)? */
  buffered = false;

  // ---- the response
  /** Set once the gateway or a plugin answers; the Service is not asked (any more). */
  answer: Answer | null = null;
  /** Status to the client; 0 until known. */
  status = 0;
  /** Reason phrase from the Service; "" = the standard one for the status. */
  reason = "";
  /** Headers to the client. Before the Service answers: what plugins set early. */
  responseHeaders: HeaderBlock;
  /** Status line and headers have gone to the client. */
  headersSent = false;
  /** Did the Service answer? Then its status (0 = no). */
  serviceStatus = 0;
  /** Version in the Service's status line, for Via: "1.1". */
  serviceHttpVersion = "";
  /** Headers as the Service sent them, kept apart only where the response is buffered; else `responseHeaders`. */
  serviceHeaders: HeaderBlock | null = null;
  /** The Service's whole body where `buffered`; null otherwise. */
  serviceBody: Buffer | null = null;
  /** Chunk that body_filter sees; a plugin may replace it, null swallows it. */
  chunk: Buffer | null = null;
  chunkIsLast = false;
  /** Plugins asked for the whole body in body_filter: chunks are held back until the last (get_raw_body). */
  heldChunks: Buffer[] | null = null;
  /** A plugin that must see the body could not: the answer is broken off, never completed without it. */
  isCut = false;
  /** "unexpected error" flag: get_source says "error". */
  failed = false;
  /** Body bytes sent to the client. */
  bodyBytesSent = 0;
  /** All bytes sent to the client. */
  bytesSent = 0;

  // ---- the clock
  accessStartMs = -1;
  /** The last try began (Kong's proxy latency ends here). */
  accessEndMs = -1;
  /** The Service's head came, or the last try failed. */
  serviceFirstByteMs = -1;
  serviceEndMs = -1;
  /** Tries to reach a Target, in order; made at the first. */
  tries: Try[] | null = null;
  /** The client went away before its answer was complete: status 499 in the log. */
  clientGone = false;

  constructor(
    id: string,
    client: ClientFacts,
    startedMs: number,
    method: string,
    target: string,
    httpVersion: number,
    scheme: "http" | "https",
    authority: string,
    requestHeaders: HeaderBlock,
    requestBody: RequestBody,
    responseHeaders: HeaderBlock,
  ) {
    this.id = id;
    this.client = client;
    this.startedMs = startedMs;
    this.method = method;
    this.target = target;
    const queryAt = target.indexOf("?");
    this.queryAt = queryAt < 0 ? target.length : queryAt;
    this.httpVersion = httpVersion;
    this.scheme = scheme;
    this.authority = authority;
    this.requestHeaders = requestHeaders;
    this.requestBody = requestBody;
    this.forwardedIp = client.ip;
    this.forwardedPort = client.port;
    this.upstreamMethod = method;
    this.responseHeaders = responseHeaders;
  }

  /** Path as received, without query. */
  get rawPath(): string {
    return this.queryAt === this.target.length ? this.target : this.target.slice(0, this.queryAt);
  }

  /** Query as received, without `?`; "" if none. */
  get rawQuery(): string {
    return this.target.slice(this.queryAt + 1);
  }
}
