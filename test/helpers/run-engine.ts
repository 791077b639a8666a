/**
 * The data plane in this process, without settings, primary or workers: listener, router, plugin chains, targets.
 *
 * For tests of what goes over sockets. Every socket is on port 0; `stop` closes what was opened.
 */
import net from "node:net";
import { createBalancer } from "../../core/balancer/balancer.ts";
import type { EngineLimits } from "../../core/http1/limits.ts";
import { HttpListener } from "../../core/listener/http.ts";
import { createPdk } from "../../core/pdk/kong.ts";
import type { ProxyOptions, ProxyRooms } from "../../core/proxy/rooms.ts";
import { Targets } from "../../core/proxy/targets.ts";
import { buildRouter } from "../../core/router/router.ts";
import type { PluginHandler } from "../../core/runloop/handler.ts";
import { PluginsIterator } from "../../core/runloop/plugins-iterator.ts";
import { type Row, SnapshotBuilder } from "../../core/store/snapshot.ts";
import { NO_LOG } from "../../core/telemetry/log.ts";
import type { Exchange } from "../../core/exchange/exchange.ts";

export type TransportName = "onread" | "data";

export interface EngineOptions {
  readonly transport: TransportName;
  /** Port of the upstream that the only Service names. */
  readonly upstreamPort: number;
  readonly service?: Record<string, unknown>;
  readonly route?: Record<string, unknown>;
  readonly limits?: Partial<EngineLimits>;
  readonly options?: Partial<ProxyOptions>;
  /** Run for every request, as global plugins. */
  readonly plugins?: readonly PluginHandler[];
  readonly proxyProtocol?: boolean;
}

export interface Engine {
  readonly port: number;
  readonly listener: HttpListener;
  /** Exchanges that came to their end, in order. */
  readonly finished: Exchange[];
  /** Lines of the error log. */
  readonly logged: { readonly text: string; readonly fields: object }[];
  /** Resolves when so many exchanges have ended. */
  untilFinished(count: number): Promise<void>;
  stop(): Promise<void>;
}

const LIMITS: EngineLimits = {
  headerBytesMax: 32_768,
  headerLineBytesMax: 8192,
  requestLineBytesMax: 8192,
  headerCountMax: 1000,
  clientBodyBytesMax: 0,
  clientBodyBufferBytes: 8192,
  headerTimeoutMs: 60_000,
  bodyTimeoutMs: 60_000,
  keepaliveTimeoutMs: 75_000,
  keepaliveRequestsMax: 1000,
  sendTimeoutMs: 60_000,
  upstreamKeepalivePoolSize: 512,
  upstreamKeepaliveRequestsMax: 10_000,
  upstreamKeepaliveIdleTimeoutMs: 60_000,
};

const OPTIONS: ProxyOptions = {
  serverToken: "dragoman/test",
  sendsVia: true,
  sendsServer: true,
  sendsProxyLatency: true,
  sendsUpstreamLatency: true,
  sendsResponseLatency: true,
  sendsUpstreamStatus: false,
  sendsRequestId: true,
  sendsRequestIdUpstream: true,
  sendsDebugHeaders: false,
  realIpHeader: "",
  realIpRecursive: false,
  isTrusted: () => false,
  clientBodyBytesMax: 0,
  clientBodyBufferBytes: 8192,
  errorDefaultType: "text/plain",
  errorTemplates: {},
  honoursV1: false,
  charset: "UTF-8",
  upstreamTls: { clientCertificate: null, trustedCas: null, verifyDepth: 1 },
};

const DNS = {
  dns_resolver: [],
  dns_hostsfile: "/etc/hosts",
  dns_order: ["LAST", "SRV", "A", "CNAME"],
  dns_valid_ttl: null,
  dns_stale_ttl: 3600,
  dns_cache_size: 100,
  dns_not_found_ttl: 30,
  dns_error_ttl: 1,
} as const;

function snapshotOf({ upstreamPort, service, route, plugins = [] }: EngineOptions) {
  const builder = new SnapshotBuilder();
  const timeouts = { connect_timeout: 60_000, write_timeout: 60_000, read_timeout: 60_000 };
  const target = { protocol: "http", host: "127.0.0.1", port: upstreamPort, path: null };
  const rows = (row: object): Row[] => [row as Row];
  builder.add(
    "services",
    rows({ id: "s", name: "s", retries: 5, enabled: true, ...target, ...timeouts, ...service }),
  );
  builder.add(
    "routes",
    rows({
      id: "r",
      name: "r",
      protocols: ["http", "https"],
      paths: ["/"],
      strip_path: false,
      preserve_host: false,
      path_handling: "v0",
      https_redirect_status_code: 426,
      request_buffering: true,
      response_buffering: true,
      service: { id: "s" },
      ...route,
    }),
  );
  for (const { name } of plugins) {
    builder.add(
      "plugins",
      rows({ id: name, name, enabled: true, protocols: ["http"], config: {} }),
    );
  }
  return builder.build("1".repeat(32), 1);
}

function routerOf(snapshot: ReturnType<typeof snapshotOf>) {
  const building = buildRouter(snapshot, "traditional_compatible");
  for (;;) {
    const step = building.next();
    if (step.done === true) return step.value;
  }
}

export async function runEngine(options: EngineOptions): Promise<Engine> {
  const limits = { ...LIMITS, ...options.limits };
  const snapshot = snapshotOf(options);
  const finished: Exchange[] = [];
  const logged: { text: string; fields: object }[] = [];
  const note = (fields: object, text: string): void => void logged.push({ text, fields });
  const waiting: { count: number; resolve: () => void }[] = [];
  const pdk = createPdk({
    id: "node",
    hostname: "host",
    version: "3.9.1",
    settings: {},
    clientBodyBufferBytes: limits.clientBodyBufferBytes,
    log: NO_LOG,
    clusterId: null,
    snapshot: () => snapshot,
    isTrusted: () => false,
    memoryStats: () => ({ lua_shared_dicts: {}, workers_lua_vms: [] }),
    statistics: () => {
      throw new Error("not asked for");
    },
    vaults: { env: {}, enabled: ["bundled"], envPrefix: "" },
    now: () => Date.now(),
  });
  const handlers = new Map((options.plugins ?? []).map((one) => [one.name, one]));
  const runtime = { pdk, log: NO_LOG, waitLimitMs: 0 };
  const useOnread = options.transport === "onread";
  const rooms: ProxyRooms = {
    state: {
      snapshot,
      router: routerOf(snapshot),
      iterator: new PluginsIterator(snapshot, handlers, runtime),
    },
    balancer: createBalancer({ settings: DNS as never, log: NO_LOG }),
    options: {
      ...OPTIONS,
      clientBodyBufferBytes: limits.clientBodyBufferBytes,
      ...options.options,
    },
    targets: new Targets(limits, useOnread),
    onFinished(x) {
      finished.push(x);
      for (const one of waiting) if (finished.length >= one.count) one.resolve();
    },
    log: { error: note, warn: note },
  };
  const listener = new HttpListener({ rooms, limits, useOnread, tls: null });
  const port = await listener.listen({
    ip: "127.0.0.1",
    port: 0,
    ssl: false,
    backlog: 511,
    advertisedPort: 80,
    proxyProtocol: options.proxyProtocol ?? false,
  });
  return {
    port,
    listener,
    finished,
    logged,
    untilFinished: (count) =>
      finished.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count, resolve })),
    async stop() {
      listener.close();
      rooms.targets.clear();
    },
  };
}

/** A connection that collects what it is sent. */
export class RawClient {
  readonly socket: net.Socket;
  received = "";
  isClosed = false;
  #changed: (() => void)[] = [];

  constructor(port: number) {
    this.socket = net.connect({ port, host: "127.0.0.1" });
    this.socket.on("data", (chunk) => {
      this.received += chunk.toString("latin1");
      this.#tell();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.isClosed = true;
      this.#tell();
    });
  }

  #tell(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }

  send(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  /** Until `condition` holds for what has arrived; rejects when the connection ends before. */
  async until(condition: (received: string) => boolean): Promise<string> {
    while (!condition(this.received)) {
      if (this.isClosed)
        throw new Error(`closed after: ${JSON.stringify(this.received.slice(-300))}`);
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
    return this.received;
  }

  async untilClosed(): Promise<string> {
    while (!this.isClosed) await new Promise<void>((resolve) => this.#changed.push(resolve));
    return this.received;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** A server that answers each connection's bytes by a function, and remembers what it got. */
export class RawUpstream {
  readonly server: net.Server;
  /** Bytes received, a text for each connection. */
  readonly connections: { received: string; socket: net.Socket }[] = [];
  #changed: (() => void)[] = [];

  constructor(
    onBytes: (connection: { received: string; socket: net.Socket }, nth: number) => void,
  ) {
    this.server = net.createServer((socket) => {
      const connection = { received: "", socket };
      const nth = this.connections.push(connection) - 1;
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        connection.received += chunk.toString("latin1");
        for (const resolve of this.#changed.splice(0)) resolve();
        onBytes(connection, nth);
      });
      for (const resolve of this.#changed.splice(0)) resolve();
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return (this.server.address() as net.AddressInfo).port;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  stop(): void {
    for (const { socket } of this.connections) socket.destroy();
    this.server.close();
  }
}

/** An upstream that answers every request (told by the empty line of its head) with these bytes. */
export function answering(answer: string): RawUpstream {
  return new RawUpstream((connection) => {
    const heads = connection.received.split("\r\n\r\n").length - 1;
    const state = connection as { received: string; socket: net.Socket; answered?: number };
    while ((state.answered ?? 0) < heads) {
      state.answered = (state.answered ?? 0) + 1;
      connection.socket.write(answer, "latin1");
    }
  });
}
