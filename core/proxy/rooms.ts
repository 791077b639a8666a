/**
 * What the data plane is built from: everything that a request needs and that is not of the request itself.
 *
 * `main/` makes one for each worker. `state` is what a change of the configuration replaces, in one assignment; a request
 * keeps the one it began with.
 */
import type { Balancer } from "../balancer/balancer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { PluginsIterator } from "../runloop/plugins-iterator.ts";
import type { Snapshot } from "../store/snapshot.ts";
import type { Targets } from "./targets.ts";
import type { TlsMaterial } from "./tls-material.ts";

/** One version of the configuration, made ready for requests. */
export interface GatewayState {
  readonly snapshot: Snapshot;
  readonly router: { match(x: Exchange): boolean };
  readonly iterator: PluginsIterator;
}

/** What connections to Services over TLS use where neither the Service nor its Upstream says otherwise. */
export interface UpstreamTlsDefaults {
  /** `client_ssl_cert` and its key; null without `client_ssl`. */
  readonly clientCertificate: TlsMaterial | null;
  /** `lua_ssl_trusted_certificate`; null = Node's own list. */
  readonly trustedCas: TlsMaterial | null;
  /** `lua_ssl_verify_depth`. */
  readonly verifyDepth: number;
}

/** Settings that the request path reads, resolved once. */
export interface ProxyOptions {
  /** "dragoman/0.1.0": in Via and Server. */
  readonly serverToken: string;
  readonly sendsVia: boolean;
  readonly sendsServer: boolean;
  readonly sendsProxyLatency: boolean;
  readonly sendsUpstreamLatency: boolean;
  readonly sendsResponseLatency: boolean;
  readonly sendsUpstreamStatus: boolean;
  readonly sendsRequestId: boolean;
  readonly sendsRequestIdUpstream: boolean;
  readonly sendsDebugHeaders: boolean;
  /** Header for the client's address, "" = none is trusted. */
  readonly realIpHeader: string;
  readonly realIpRecursive: boolean;
  isTrusted(ip: string): boolean;
  readonly clientBodyBytesMax: number;
  readonly clientBodyBufferBytes: number;
  /** Content type of error pages where the client accepts anything: "text/plain". */
  readonly errorDefaultType: string;
  /** Error templates that replace ours, by format; `%s` is the message, then the request id. */
  readonly errorTemplates: Readonly<Partial<Record<"json" | "html" | "xml" | "plain", string>>>;
  /** Does `path_handling: v1` count (router flavour `traditional`)? */
  readonly honoursV1: boolean;
  /** Charset that text types without one get; "" = off. */
  readonly charset: string;
  readonly upstreamTls: UpstreamTlsDefaults;
}

/** Pools of connections to peers (proxy/targets.ts). */
export interface ProxyRooms {
  state: GatewayState;
  readonly balancer: Balancer;
  readonly options: ProxyOptions;
  readonly targets: Targets;
  /** Called once for each request after its log phase: access log, metrics. */
  onFinished(x: Exchange): void;
  readonly log: {
    error(fields: object, text: string): void;
    warn(fields: object, text: string): void;
  };
}
