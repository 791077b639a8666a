/**
 * `kong` as plugins inside the gateway see it: the public types of the PDK, a method for each function of the table.
 *
 * Names are the wire names in camel case. Where a function of Kong gives `nil`, these give `null`; where it gives
 * `nil, err`, they give `null` and the reason stands in `kong.lastError`. A function called in a phase where it is not
 * allowed, or with a bad argument, throws PdkError. Strings are text (see text.ts), bodies are bytes.
 */
import type { MemoryStats, Statistics } from "./pdk-node.ts";

/** What may be the value of a header that a plugin writes; a list becomes a line for each. */
export type HeaderValue = string | number | boolean | readonly string[];
/** Name to value, or to a list where the name is repeated. Names are lower case. */
export type Headers = Record<string, string | string[]>;
/** `true` for an argument without "=", a list where the name is repeated. */
export type QueryArgs = Record<string, string | true | (string | true)[]>;
/** A row of the configuration with Kong's field names, as the Admin API shows it. */
export type Entity = Readonly<Record<string, unknown>> & { readonly id: string };
/** A value that is at hand, or a promise of it where the body has not arrived yet: `await` takes both. */
export type Soon<T> = T | Promise<T>;

/** The client's request, as it came. In every phase with a request, but bodies: rewrite, access and response. */
export interface KongRequest {
  /** Scheme at the listener, whatever forwarded headers say. */
  getScheme(): "http" | "https";
  /** Host without port, lower case. */
  getHost(): string;
  /** Port of the listener. */
  getPort(): number;
  /** X-Forwarded-Proto of a trusted client, else as {@link getScheme}; the next four likewise. */
  getForwardedScheme(): string;
  /** X-Forwarded-Host of a trusted client without port, lower case; else {@link getHost}. */
  getForwardedHost(): string;
  /** X-Forwarded-Port of a trusted client, else the port of X-Forwarded-Host, else that of the listener. */
  getForwardedPort(): number;
  /** X-Forwarded-Path of a trusted client, else {@link getPath}. */
  getForwardedPath(): string;
  /** null where nothing was stripped. */
  getForwardedPrefix(): string | null;
  /** 1, 1.1 or 2. */
  getHttpVersion(): number;
  /** As sent. */
  getMethod(): string;
  /** Normalised: escapes of unreserved characters decoded, dot segments and repeated slashes resolved. */
  getPath(): string;
  /** As received, without the query. */
  getRawPath(): string;
  /** As received. */
  getPathWithQuery(): string;
  /** Without "?". */
  getRawQuery(): string;
  /** First value; true without "=", null if absent. */
  getQueryArg(name: string): string | true | null;
  /** @param maxArgs 1 to 1000, default 100; further ones are left out */
  getQuery(maxArgs?: number | null): QueryArgs;
  /** First value, null if absent; names without case, "-" equal to "_". */
  getHeader(name: string): string | null;
  /** @param maxHeaders 1 to 1000, default 100 */
  getHeaders(maxHeaders?: number | null): Headers;
  /**
   * The whole body, empty if there is none; null if it is larger than the gateway keeps in memory.
   *
   * @param maxAllowedFileSize bytes allowed beyond that, 0: any
   */
  getRawBody(maxAllowedFileSize?: number | null): Soon<Buffer | null>;
  /** The body as form, JSON or multipart says; null with the reason in `kong.lastError`. */
  getBody(
    mimetype?: string | null,
    maxArgs?: number | null,
    maxAllowedFileSize?: number | null,
  ): Soon<Record<string, unknown> | unknown[] | null>;
  /** Milliseconds of the epoch. */
  getStartTime(): number;
  /** Captures of the Route's regex path; `unnamed[0]` is the whole match. */
  getUriCaptures(): { unnamed: (string | null)[]; named: Record<string, string> };
}

/** What the Service will get. In rewrite and access; a bad argument or another phase throws PdkError. */
export interface KongServiceRequest {
  /** Keep the whole response of the Service until it is complete, so that its body can be read. */
  enableBuffering(): void;
  /** "http" or "https". */
  setScheme(scheme: string): void;
  /** Must begin with "/"; what cannot stand in a path is escaped. */
  setPath(path: string): void;
  /** The whole query without "?"; control characters and spaces are escaped, nothing else. */
  setRawQuery(query: string): void;
  /** One of the methods that Kong knows, in capitals. */
  setMethod(method: string): void;
  /** Replaces the query; true: name only. */
  setQuery(args: Readonly<Record<string, unknown>>): void;
  /** Takes away all arguments of that name. */
  clearQueryArg(name: string): void;
  /** Replaces all fields of that name; a list becomes as many fields. Host changes what the Service is told, not where it is. */
  setHeader(header: string, value: HeaderValue): void;
  /** Behind those of that name that are there. */
  addHeader(header: string, value: HeaderValue): void;
  /** Takes away all fields of that name. */
  clearHeader(header: string): void;
  /** As {@link setHeader} for each; fields of other names stay. */
  setHeaders(headers: Readonly<Record<string, HeaderValue>>): void;
  /** The body in bytes (text: UTF-8); its length is set with it. */
  setRawBody(body: string | Uint8Array): void;
  /** By `mime` or the request's Content-Type: form, JSON or multipart. */
  setBody(args: Readonly<Record<string, unknown>>, mime?: string | null): true | null;
  /** For phases that no plugin runs in here: always refused. */
  enableTls(): true | null;
}

/** What the Service answered, before any plugin changed it. In response, header_filter, body_filter and log. */
export interface KongServiceResponse {
  /** null where the Service did not answer. */
  getStatus(): number | null;
  /** First value, null if absent. */
  getHeader(name: string): string | null;
  /** @param maxHeaders 1 to 1000, default 100 */
  getHeaders(maxHeaders?: number | null): Headers;
  /** Only after {@link KongServiceRequest.enableBuffering} or in a plugin with a `response` method. */
  getRawBody(): Buffer;
  /** {@link getRawBody} as its Content-Type says, or `mimetype`; null with the reason in `kong.lastError`. */
  getBody(
    mimetype?: string | null,
    maxArgs?: number | null,
  ): Record<string, unknown> | unknown[] | null;
}

/** Where the request goes, and how patiently. */
export interface KongService {
  readonly request: KongServiceRequest;
  readonly response: KongServiceResponse;
  /** null if there is no Upstream of that name. */
  setUpstream(host: string): true | null;
  /** In access: send the request there, whatever the Service says. @param port 0 to 65535 */
  setTarget(host: string, port: number): void;
  /** Further tries after a failed one, 0 to 32767. In access. */
  setRetries(retries: number): void;
  /** Milliseconds, 1 to 2147483646. */
  setTimeouts(connectTimeout: number, writeTimeout: number, readTimeout: number): void;
  /** Not part of this gateway yet: throws PdkError. */
  setTargetRetryCallback(callback: () => unknown): void;
  /** Is the certificate of an https Service verified? In rewrite and access. */
  setTlsVerify(on: boolean): true | null;
  /** Most intermediate certificates of a chain that is accepted. In rewrite and access. */
  setTlsVerifyDepth(depth: number): true | null;
  /** Takes a handle of OpenSSL that only Lua can make: always null. */
  setTlsVerifyStore(store: unknown): true | null;
  /** As {@link setTlsVerifyStore}. */
  setTlsCertKey(chain: unknown, key: unknown): true | null;
}

/** What the client gets. Written in rewrite, access, response and header_filter; read from response on. */
export interface KongResponse {
  getStatus(): number;
  /** First value, null if absent; what plugins have written counts. */
  getHeader(name: string): string | null;
  /** @param maxHeaders 1 to 1000, default 100 */
  getHeaders(maxHeaders?: number | null): Headers;
  /** "service": it answered; "exit": a plugin did; "error": the gateway did, or a plugin failed. */
  getSource(): "service" | "exit" | "error";
  /** 100 to 599. */
  setStatus(status: number): void;
  /** Replaces all fields of that name; a list becomes as many fields. */
  setHeader(name: string, value: HeaderValue): void;
  /** Behind those of that name that are there. */
  addHeader(name: string, value: HeaderValue): void;
  /** Takes away all fields of that name. */
  clearHeader(name: string): void;
  /** As {@link setHeader} for each; fields of other names stay. */
  setHeaders(headers: Readonly<Record<string, HeaderValue>>): void;
  /** In body_filter: null until the last chunk, then the whole body. Holds the response back until then. */
  getRawBody(): Buffer | null;
  /** In body_filter: this is the whole (rest of the) body. */
  setRawBody(body: string | Uint8Array): void;
  /** In body_filter, ours: the chunk that passes now; null where an earlier plugin holds it back. */
  getChunk(): Buffer | null;
  /** In body_filter, ours: is it the last one? */
  isLastChunk(): boolean;
  /** In body_filter, ours: send this in place of the chunk; null sends nothing. */
  setChunk(bytes: string | Uint8Array | null): void;
  /** Answer the client in place of the Service, and end the plugin. */
  exit(
    status: number,
    body?: unknown,
    headers?: Readonly<Record<string, HeaderValue>> | null,
  ): never;
  /** As exit, with the gateway's own error body in the format that the client accepts; status 400 to 599. */
  error(
    status: number,
    message?: unknown,
    headers?: Readonly<Record<string, HeaderValue>> | null,
  ): never;
}

/** Who asks: the connection's peer, and the Consumer that an authentication plugin found. */
export interface KongClient {
  readonly tls: {
    /** In certificate: ask for one; the handshake goes on without it. null where none is under way. */
    requestClientCertificate(caCerts?: unknown): true | null;
    /** In certificate: no ticket to resume this session with. */
    disableSessionReuse(): true | null;
    /** PEM, the client's own first; null where it sent none. */
    getFullClientCertificateChain(): string | null;
    /** For `ssl_client_verify`: "SUCCESS", "NONE" or "FAILED:<reason>". */
    setClientVerify(verify: string): void;
  };
  /** Address of the direct peer. */
  getIp(): string;
  /** Address of the client after `trusted_ips` and `real_ip_header`. */
  getForwardedIp(): string;
  /** Port of the direct peer. */
  getPort(): number;
  /** Port of the client behind trusted proxies; null where they do not say. */
  getForwardedPort(): number | null;
  /** What {@link authenticate} was given; null before that, and in rewrite the call throws. */
  getCredential(): Readonly<Record<string, unknown>> | null;
  /** A Consumer of the configuration by its id, a UUID; with `searchByUsername` also by its name. null if there is none. */
  loadConsumer(consumerId: string, searchByUsername?: boolean | null): Entity | null;
  /** The Consumer of this request; null while nobody is authenticated. */
  getConsumer(): Entity | null;
  /** In access: this request is theirs from now on. One of the two may be null, not both. */
  authenticate(
    consumer: Readonly<Record<string, unknown>> | null,
    credential: Readonly<Record<string, unknown>> | null,
  ): void;
  /**
   * The Route's protocol where it has one alone, else "https" or "http" as the client spoke; null without a Route.
   *
   * @param allowTerminated believe X-Forwarded-Proto of a trusted peer
   */
  getProtocol(allowTerminated?: boolean | null): string | null;
}

type Write = (...parts: unknown[]) => void;

/** `kong.log("text")` is notice. Parts of a line are put together as they are, tables as JSON; a line has up to 4096 characters. */
export interface KongLog extends Write {
  emerg: Write;
  alert: Write;
  crit: Write;
  err: Write;
  warn: Write;
  notice: Write;
  info: Write;
  debug: Write;
  deprecation: Write;
  inspect: Write;
  /** @param key dots nest, but for one in the first place; the entry is made later, the value is copied now */
  setSerializeValue(
    key: string,
    value: unknown,
    options?: { mode?: "set" | "add" | "replace" } | null,
  ): void;
  /** The entry that log plugins send; see log-serialize.ts. */
  serialize(options?: unknown): Record<string, unknown>;
}

/**
 * References to secrets, `{vault://env/name}`: the process's environment, by that name or through a vault entity of kind
 * env. A field that the schema calls `referenceable` needs none of this: the config holds the secret.
 */
export interface KongVault {
  /** Does it have the form of a reference? Whether there is such a secret is not looked at. */
  isReference(reference: unknown): boolean;
  /** Its parts: name, resource, key, config, version; null with the reason in `kong.lastError`. */
  parseReference(reference: string): Record<string, unknown> | null;
  /** The secret; null with the reason in `kong.lastError`. */
  get(reference: string): string | null;
  /** A copy of the options in which the fields of `$refs` hold the secrets, in tables within them too. */
  update(options: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** Calls back with the options as {@link update} gives them; once more where that throws or gives nothing. */
  try<T>(
    callback: (options: Record<string, unknown>) => T,
    options?: Readonly<Record<string, unknown>>,
  ): T;
}

/** A span that records nothing: tracing is not part of the gateway yet. */
export interface KongSpan {
  finish(endNs?: number): void;
  setAttribute(key: string, value: unknown): void;
  addEvent(name: string, attributes?: unknown, timeNs?: number): void;
  recordError(error: unknown): void;
  setStatus(status: number): void;
}

/** `kong` in a plugin inside the gateway. One object for the life of the request; not to be kept beyond it. */
export interface Kong {
  readonly request: KongRequest;
  readonly service: KongService;
  readonly response: KongResponse;
  readonly client: KongClient;
  readonly router: { getRoute(): Entity | null; getService(): Entity | null };
  readonly log: KongLog;
  readonly ctx: {
    /** For all plugins of this request. */
    readonly shared: Record<string, unknown>;
    /** For this plugin and this request. */
    readonly plugin: Record<string, unknown>;
    /** For what belongs to no plugin; the gateway's own facts are not in it. */
    readonly core: Record<string, unknown>;
  };
  readonly node: {
    /** A UUID, the same in all workers. */
    getId(): string;
    getHostname(): string;
    /** In bytes; as texts such as "0.02 MiB" where `unit` is "k", "m" or "g", with `scale` digits behind the point. */
    getMemoryStats(
      unit?: string | null,
      scale?: number | null,
    ): MemoryStats | Record<string, unknown>;
  };
  /** Is it in `trusted_ips`? */
  readonly ip: { isTrusted(address: string): boolean };
  /** Connections and requests are those of this worker. */
  readonly nginx: { getSubsystem(): "http"; getStatistics(): Statistics };
  /** Id of the plugin config that runs; null outside of one. */
  readonly plugin: { getId(): string | null };
  /** Always null: nodes form no cluster. */
  readonly cluster: { getId(): string | null };
  readonly vault: KongVault;
  /** Always null, with the reason in {@link lastError}: there is no OpenTelemetry here. */
  readonly telemetry: {
    log(
      name: string,
      config: unknown,
      type: string,
      message?: string,
      attributes?: unknown,
    ): true | null;
  };
  /** Spans record nothing: what starts one goes on as if nothing were traced. */
  readonly tracing: {
    activeSpan(): KongSpan | null;
    setActiveSpan(span: unknown): void;
    startSpan(name: string, options?: unknown): KongSpan;
    processSpan(processor: unknown): void;
    getSamplingDecision(parentShouldSample: unknown, samplingRate: unknown): boolean;
  };
  /** For plugins that were written for Lua; sizes are hints that nobody heeds, `merge` makes a new table. */
  readonly table: {
    "new"(narr?: number, nrec?: number): Record<string, unknown>;
    clear(table: Record<string, unknown>): void;
    merge(t1?: object | null, t2?: object | null): Record<string, unknown>;
  };
  /** The gateway's settings by Kong's names; frozen. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Kong's, as in "3.9.1". */
  readonly version: string;
  /** 3009001 for "3.9.1". */
  readonly versionNum: number;
  /** Why the last function that gave null did so: Kong's second result. */
  readonly lastError: string | null;
}
