/** A worker's side of a plugin server without the gateway around it: events are begun directly. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_ISOLATION } from "../../../core/config/plugin-isolation.ts";
import type { PluginServerSettings } from "../../../core/config/plugin-servers.ts";
import type { Plugin } from "../../../core/entities/plugin.ts";
import { PdkError } from "../../../core/errors.ts";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { EXIT } from "../../../core/pdk/exit.ts";
import { PHASE, type PluginPhase } from "../../../core/phases/phases.ts";
import type { Endpoint } from "../../../core/plugin-host/endpoint.ts";
import { MSGPACK_1 } from "../../../core/plugin-host/msgpack/session.ts";
import type { PluginServerReport } from "../../../core/plugin-host/notices.ts";
import { RemoteEvent } from "../../../core/plugin-host/remote-event.ts";
import type { Outcome } from "../../../core/plugin-host/plugin-process.ts";
import type { RemoteDeps, RemoteServer } from "../../../core/plugin-host/remote-server.ts";
import { sessionServer } from "../../../core/plugin-host/sessions.ts";
import type { Protocol } from "../../../core/plugin-host/session.ts";
import type { Logger } from "../../../core/telemetry/log.ts";

/** Collects what is logged. */
export function testLog(lines: { level: string; fields: unknown; message: string }[] = []): Logger {
  const at =
    (level: string) =>
    (fields: unknown, message?: string): void => {
      lines.push({
        level,
        fields: message === undefined ? {} : fields,
        message: message ?? String(fields),
      });
    };
  const log = {
    debug: at("debug"),
    info: at("info"),
    notice: at("notice"),
    warn: at("warn"),
    error: at("error"),
    crit: at("crit"),
    alert: at("alert"),
    emerg: at("emerg"),
    child: () => log,
    isLevelEnabled: () => true,
  };
  return log as unknown as Logger;
}

/** No limit of time of a test whose subject it is not: far longer than a busy machine takes. */
const PATIENT_MS = 30_000;
/** The limit of a config whose events are to reach it, in milliseconds. */
export const HASTY_MS = 150;

/** The settings of a server; whatever a test says nothing about has time enough. */
export function serverSettings(given: Partial<PluginServerSettings>): PluginServerSettings {
  return {
    name: "test",
    socket: "/nowhere",
    start_cmd: null,
    query_cmd: "true",
    protocol: null,
    tls: { cert: "", key: "", ca: "" },
    onFailure: "close",
    readyTimeoutMs: PATIENT_MS,
    eventTimeoutMs: PATIENT_MS,
    concurrencyMax: 100,
    queueMax: 100,
    memoryBytesMax: 0,
    eventsMax: 0,
    processes: 1,
    drainTimeoutMs: 5000,
    startTimeoutMs: PATIENT_MS,
    queryTimeoutMs: PATIENT_MS,
    watch: [],
    policy: {},
    plugins: {},
    isolation: NO_ISOLATION,
    ...given,
  };
}

export function pluginConfig(
  id: string,
  config: Record<string, unknown> = {},
  name = "small",
): Plugin {
  return { id, name, enabled: true, protocols: ["http"], config };
}

/** The same config with a short limit for its events: for the ones that nobody answers. */
export function hasty(plugin: Plugin): Plugin {
  const tags = ["access", "rewrite", "log"].map((phase) => `dragoman:timeout_${phase}=${HASTY_MS}`);
  return { ...plugin, tags };
}

/** Wait until something is so that arrives by a socket. */
export async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + PATIENT_MS;
  while (!holds()) {
    assert.ok(performance.now() < end, `it did not come within ${PATIENT_MS} ms`);
    await new Promise((next) => setImmediate(next));
  }
}

/** What a worker gives, without a PDK. */
export function remoteDeps(
  reports: PluginServerReport[] = [],
  log = testLog(),
): Omit<RemoteDeps, "pdk"> {
  let sequence = 0;
  return {
    log,
    workspaceId: "ws",
    gateway: {
      software: "dragoman test",
      nodeId: "n",
      hostname: "h",
      kongVersion: "3.9.1",
      kongVersionNum: 3_009_001,
    },
    nextSequence: () => ++sequence,
    report: (report) => reports.push(report),
  };
}

export type PdkFunction = (x: Exchange, ...args: unknown[]) => unknown;

export interface Remote {
  readonly server: RemoteServer<Endpoint>;
  /** PDK calls in order, as [name, ...arguments]. */
  readonly calls: unknown[][];
  readonly reports: PluginServerReport[];
  readonly pdk: Record<string, PdkFunction>;
  /** Run an event; resolves to null, EXIT or what went wrong. */
  run(plugin: Plugin, phase?: PluginPhase, x?: Partial<Exchange>): Promise<Outcome>;
  close(): void;
}

export function remote(
  settings: PluginServerSettings,
  sockets: readonly string[],
  protocol: Protocol = MSGPACK_1,
): Remote {
  const calls: unknown[][] = [];
  const reports: PluginServerReport[] = [];
  const pdk: Record<string, PdkFunction> = {
    "kong.request.get_header": (_, name) => (name === "host" ? "example.com" : null),
    "kong.response.set_header": () => null,
    "kong.service.set_upstream": () => {
      throw new PdkError("host must be a string");
    },
    "kong.response.exit": (x) => {
      x.answer = { status: 403, body: null, headers: [], source: "exit", template: null };
      throw EXIT;
    },
  };
  const info = { settings, protocol: protocol.name, sockets, plugins: [] };
  const server = sessionServer(info, protocol, {
    ...remoteDeps(reports),
    pdk: {
      call(name, x, args) {
        calls.push([name, ...args]);
        const run = pdk[name];
        if (run === undefined) throw new PdkError(`method "${name}" not found`);
        return run(x, ...args);
      },
    },
  });
  return {
    server,
    calls,
    reports,
    pdk,
    run: (plugin, phase = "access", x = {}) =>
      new Promise((resolve) => {
        const exchange = {
          id: "x",
          phase: PHASE[phase],
          answer: null,
          ...x,
        } as unknown as Exchange;
        const event = new RemoteEvent(server, plugin, phase, exchange);
        server.begin(event);
        event.then(
          () => resolve(null),
          (cause) => resolve(cause as Outcome),
        );
      }),
    close: () => server.close(),
  };
}

/** A fresh folder and the way to remove it. */
export function scratch(): { path: string; socket: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "plugin-host-"));
  return {
    path,
    socket: join(path, "s.socket"),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
