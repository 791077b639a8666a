/**
 * Requests that a worker in reserve makes to itself, so that V8 has compiled a request's way before the first client's.
 *
 * A process that has served nothing takes milliseconds for a request where a warm one takes a tenth of one: 64 clients of
 * a worker that died met that together, and waited 370 ms. Real sockets on loopback, one Route, one plugin, an upstream
 * in this very process; nothing of it is logged, counted or left behind.
 */
import net from "node:net";
import { createBalancer } from "../balancer/balancer.ts";
import type { Settings } from "../config/settings.ts";
import { HttpListener } from "../listener/http.ts";
import { createPdk } from "../pdk/kong.ts";
import { BUNDLED } from "../plugins/bundled.ts";
import type { ProxyRooms } from "../proxy/rooms.ts";
import { Targets } from "../proxy/targets.ts";
import { buildRouter } from "../router/router.ts";
import { PluginsIterator } from "../runloop/plugins-iterator.ts";
import { WAIT_LIMIT_MS_DEFAULT } from "../runloop/runtime.ts";
import { type Row, type Snapshot, SnapshotBuilder } from "../store/snapshot.ts";
import { NO_LOG } from "../telemetry/log.ts";
import { pdkNode } from "./pdk-node.ts";
import { proxyOptions } from "./proxy-options.ts";
import { runSliced } from "./slices.ts";

/** Requests of one warm-up, over this many connections, and how long it may take at most. */
const WARM_UP_REQUESTS = 1000;
const CONNECTIONS = 4;
const WARM_UP_LIMIT_MS = 3000;

const PLUGIN = "correlation-id";
const REQUEST = "GET /warm-up HTTP/1.1\r\nHost: warm-up\r\nAccept: */*\r\n\r\n";
const POST =
  "POST /warm-up HTTP/1.1\r\nHost: warm-up\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\na=1";
const ANSWER =
  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nDate: now\r\n\r\n{}";

/** A warm-up under way. */
export interface WarmUp {
  /** Resolves when it is over, by itself or by `stop`; it never rejects. */
  readonly done: Promise<void>;
  /** End it now. */
  stop(): void;
}

/** Begin. The settings are read, and nothing of them changes. */
export function warmUp(settings: Settings): WarmUp {
  let stop: () => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const limit = setTimeout(() => stop(), WARM_UP_LIMIT_MS);
  const done = run(settings, stopped)
    .catch(() => {}) // then the first requests are slow, as they would be without
    .finally(() => clearTimeout(limit));
  return { done, stop: () => stop() };
}

async function run(settings: Settings, stopped: Promise<void>): Promise<void> {
  const upstream = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => socket.write(ANSWER)); // one request at a time on a connection
  });
  const rooms = await makeRooms(settings, await listen(upstream));
  const listener = new HttpListener({
    rooms,
    limits: settings.limits,
    useOnread: true,
    tls: null,
  });
  const clients: net.Socket[] = [];
  try {
    const address = { ip: "127.0.0.1", port: 0, ssl: false, backlog: CONNECTIONS };
    const port = await listener.listen({ ...address, proxyProtocol: false, advertisedPort: 0 });
    for (let i = 0; i < CONNECTIONS; i++) clients.push(net.connect(port, "127.0.0.1"));
    await Promise.race([stopped, Promise.all(clients.map(askAgainAndAgain))]);
  } finally {
    for (const client of clients) client.destroy();
    listener.close();
    rooms.targets.clear();
    upstream.close();
  }
}

/** One request after the other on a connection. */
function askAgainAndAgain(client: net.Socket): Promise<void> {
  let left = WARM_UP_REQUESTS / CONNECTIONS;
  return new Promise((resolve, reject) => {
    client.once("error", reject);
    client.once("close", () => resolve());
    client.on("data", () => {
      if (--left <= 0) resolve();
      else client.write(left % 4 === 0 ? POST : REQUEST);
    });
    client.write(REQUEST);
  });
}

async function makeRooms(settings: Settings, upstreamPort: number): Promise<ProxyRooms> {
  const options = proxyOptions(settings);
  const snapshot = makeSnapshot(upstreamPort);
  const node = pdkNode({
    settings,
    options,
    log: NO_LOG,
    nodeId: "",
    environment: {},
    state: () => rooms.state,
    statistics: () => {
      throw new Error("nobody asks for statistics here");
    },
  });
  const runtime = { pdk: createPdk(node), log: NO_LOG, waitLimitMs: WAIT_LIMIT_MS_DEFAULT };
  const router = await runSliced(buildRouter(snapshot, "traditional_compatible", {}));
  const handlers = new Map([[PLUGIN, BUNDLED.get(PLUGIN)!.handler]]);
  const rooms: ProxyRooms = {
    state: { snapshot, router, iterator: new PluginsIterator(snapshot, handlers, runtime) },
    balancer: createBalancer({ settings, log: NO_LOG }),
    options,
    targets: new Targets(settings.limits, true),
    onFinished: () => {},
    log: { error: () => {}, warn: () => {} },
  };
  return rooms;
}

/** Rows with the fields that the primary sends, in its order: V8 tells objects apart by that. */
function makeSnapshot(port: number): Snapshot {
  const common = { created_at: 1, updated_at: 1, tags: null };
  const builder = new SnapshotBuilder();
  const service = {
    ...{ ...common, id: "00000000-0000-4000-8000-000000000001", name: "warm-up", retries: 5 },
    ...{ protocol: "http", host: "127.0.0.1", port, path: null, enabled: true },
    ...{ connect_timeout: 60_000, write_timeout: 60_000, read_timeout: 60_000 },
    ...{ client_certificate: null, tls_verify: null, tls_verify_depth: null },
    ca_certificates: null,
  };
  const route = {
    ...{ ...common, id: "00000000-0000-4000-8000-000000000002", name: "warm-up" },
    ...{ protocols: ["http", "https"], methods: null, hosts: null, paths: ["/"], headers: null },
    ...{ snis: null, sources: null, destinations: null, https_redirect_status_code: 426 },
    ...{ regex_priority: 0, strip_path: true, path_handling: "v0", preserve_host: false },
    ...{ request_buffering: true, response_buffering: true, service: { id: service.id } },
  };
  const plugin = {
    ...{ ...common, id: "00000000-0000-4000-8000-000000000003", name: PLUGIN, enabled: true },
    ...{ protocols: ["http", "https"], route: null, service: null, consumer: null },
    config: { header_name: "Kong-Request-ID", generator: "uuid", echo_downstream: true },
  };
  builder.add("services", [service as Row]);
  builder.add("routes", [route as Row]);
  builder.add("plugins", [plugin as Row]);
  return builder.build("0".repeat(32), 0);
}

function listen(server: net.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as net.AddressInfo).port));
  });
}
