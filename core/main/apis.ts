/** Opens the Admin and Status API over the parts of a running gateway. */
import { hostname } from "node:os";
import { createAdmin } from "../admin/admin.ts";
import type { Api } from "../admin/api.ts";
import type { ApplyOptions, ApplyResult, WorkerStats } from "../admin/deps.ts";
import { createStatusApi } from "../admin/status-api.ts";
import type { Settings } from "../config/settings.ts";
import { declarativeEntities } from "../store/declarative-answers.ts";
import { exportDeclarative } from "../store/declarative-export.ts";
import type { Logger } from "../telemetry/log.ts";
import { nodeMetrics } from "../telemetry/metric-names.ts";
import { Registry } from "../telemetry/metrics.ts";
import { mergeAndRender } from "../telemetry/metrics-text.ts";
import type { Configuration } from "./configuration.ts";
import { entityModel } from "./entity-model.ts";
import { warnOfExposure } from "./exposure.ts";
import { collectGarbageSoon } from "./garbage.ts";
import type { WorkerReport } from "./messages.ts";
import { pluginServerFigures } from "./plugin-server-figures.ts";
import { pluginServerApi } from "./plugin-server-api.ts";
import type { PluginServers } from "./plugin-servers.ts";
import { KONG_VERSION, SERVER_TOKEN } from "./version.ts";
import { WorkerLate } from "./worker-link.ts";
import type { WorkerPool } from "./worker-pool.ts";

interface ApiParts {
  readonly settings: Settings;
  readonly log: Logger;
  readonly nodeId: string;
  readonly configuration: Configuration;
  readonly pluginServers: PluginServers;
  readonly plugins: readonly { name: string; version: string; priority: number }[];
  workers(): WorkerPool;
  isDraining(): boolean;
  drain(): void;
}

/** Both, opened together. */
export interface Apis {
  close(): Promise<void>;
  /** Open access logs anew. */
  reopen(): void;
}

/** Seconds after which a client that was told "busy" may try again. */
const BUSY_RETRY_S = 5;

/** @throws the system's error if a socket cannot be opened; then none is */
export async function openApis(parts: ApiParts): Promise<Apis> {
  const { settings, configuration } = parts;
  const common = {
    settings,
    log: parts.log,
    serverToken: SERVER_TOKEN,
    workers: async () => (await parts.workers().collect()).map(statsOf),
    configurationHash: () => configuration.hash,
    metricsText: () => metricsText(parts),
    readiness: () => readiness(parts),
    pluginServers: pluginServerApi(parts.pluginServers, async () => {
      const reports = await parts.workers().collect();
      return reports.flatMap(({ pluginServers }) => pluginServers);
    }),
  };
  const entities = {
    nodeId: parts.nodeId,
    model: entityModel(configuration.registry),
    store: configuration.store,
  };
  const apis: Api[] = [
    createStatusApi({ ...common, drain: parts.drain, entities }),
    createAdmin({
      ...common,
      version: KONG_VERSION,
      ...entities,
      hostname: hostname(),
      plugins: parts.plugins,
      applyConfig: applier(parts),
      exportConfig: () =>
        configuration.config.rows.size === 0
          ? null
          : exportDeclarative(configuration.config, configuration.registry),
    }),
  ];
  const close = async () => {
    await Promise.all(apis.map((api) => api.close()));
  };
  try {
    for (const api of apis) await api.listen();
  } catch (cause) {
    await close();
    throw cause;
  }
  warnOfExposure(settings, parts.log);
  return { close, reopen: () => apis.forEach((api) => void api.reopen()) };
}

function statsOf(report: WorkerReport): WorkerStats {
  return {
    pid: report.pid,
    heapBytes: report.heapBytes,
    requests: report.requests,
    connections: {
      accepted: report.accepted,
      active: report.active,
      handled: report.accepted,
      reading: 0,
      waiting: Math.max(0, report.active - 1),
      writing: Math.min(1, report.active),
    },
  };
}

/** Why no traffic should come here, in Kong's words. */
function readiness({
  configuration,
  isDraining,
  pluginServers,
  settings,
}: ApiParts): string | null {
  if (isDraining()) return "draining";
  const needsConfig = settings.role === "data_plane" || settings.declarative_config === null;
  if (needsConfig && configuration.hash === "0".repeat(32)) {
    return "no configuration available (empty configuration present)";
  }
  return pluginServers.isReady ? null : "a plugin server does not accept connections";
}

async function metricsText(parts: ApiParts): Promise<string> {
  const { workers, nodeId } = parts;
  const reports = await workers().collect();
  const registry = new Registry();
  const metrics = nodeMetrics(registry);
  let accepted = 0;
  let active = 0;
  let requests = 0;
  for (const report of reports) {
    accepted += report.accepted;
    active += report.active;
    requests += report.requests;
    metrics.workerMemory.labels(nodeId, String(report.pid), "http").value = report.heapBytes;
  }
  const states = {
    accepted,
    active,
    handled: accepted,
    reading: 0,
    total: requests,
    waiting: Math.max(0, active - 1),
    writing: Math.min(1, active),
  };
  for (const [state, value] of Object.entries(states)) {
    metrics.connections.labels(nodeId, "http", state).value = value;
  }
  metrics.requests.labels(nodeId, "http").value = requests;
  metrics.timers.labels("running").value = 0;
  metrics.timers.labels("pending").value = 0;
  metrics.datastoreReachable.labels().value = 1;
  metrics.nodeInfo.labels(nodeId, KONG_VERSION).value = 1;
  pluginServerFigures(
    registry,
    parts.pluginServers.states(),
    reports.flatMap(({ pluginServers }) => pluginServers),
  );
  return mergeAndRender([registry.collect(), ...reports.map((report) => report.metrics)]);
}

/** POST /config: one after the other; one that comes while another, or a reload, is on its way is told to come again. */
function applier(
  parts: ApiParts,
): (config: string | object, options: ApplyOptions) => Promise<ApplyResult> {
  return async (config, options) => {
    const { configuration, log } = parts;
    if (parts.isDraining()) return { outcome: "exiting" };
    if (!configuration.turn.tryTake()) {
      return { outcome: "busy", retryAfterSeconds: BUSY_RETRY_S };
    }
    try {
      const result = configuration.read(config);
      if (options.checkHash && result.hash === configuration.hash) return { outcome: "unchanged" };
      if (!result.ok) {
        if (!options.flattenErrors) return { outcome: "invalid", errors: result.errors };
        const { flattened, rest } = result.flatten();
        return { outcome: "invalid", errors: rest, flattened };
      }
      const before = configuration.config;
      configuration.take(result);
      try {
        await parts.workers().apply(configuration.current);
      } catch (cause) {
        if (cause instanceof WorkerLate) throw cause; // it may yet come into force
        configuration.take(before); // what one worker refuses changes nothing in any
        await parts.workers().apply(configuration.current);
        throw cause;
      }
      configuration.remember(config);
      collectGarbageSoon();
      return { outcome: "applied", entities: declarativeEntities(result) };
    } catch (err) {
      log.error({ err }, "a configuration could not be brought into force");
      if (err instanceof WorkerLate) return { outcome: "timeout" };
      throw err;
    } finally {
      configuration.turn.give();
    }
  };
}
