/** A worker's side of a native plugin server without the gateway around it, with the real PDK. */
import type { PluginServerSettings } from "../../../core/config/plugin-servers.ts";
import type { Plugin } from "../../../core/entities/plugin.ts";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { createPdk } from "../../../core/pdk/kong.ts";
import { PHASE, type PluginPhase } from "../../../core/phases/phases.ts";
import { writeHello } from "../../../core/plugin-host/native/hello.ts";
import { NativeServer } from "../../../core/plugin-host/native/native-server.ts";
import type { RemotePluginInfo } from "../../../core/plugin-host/plugin-info.ts";
import type { PluginServerReport } from "../../../core/plugin-host/notices.ts";
import type { Outcome } from "../../../core/plugin-host/plugin-process.ts";
import type { PluginStep } from "../../../core/runloop/handler.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { makeNode, recordingLog, type LogRecord } from "../../helpers/make-node.ts";
import { carrier } from "./carrier.ts";
import { remoteDeps } from "./remote.ts";

export interface NativeRemote {
  readonly server: NativeServer;
  readonly reports: PluginServerReport[];
  readonly records: LogRecord[];
  /** Run a phase of a plugin config; resolves to null, EXIT or what went wrong. */
  run(plugin: Plugin, phase?: PluginPhase, x?: Exchange): Promise<Outcome>;
  close(): void;
}

export function stepOf(plugin: Plugin): PluginStep {
  const handler = { name: plugin.name, priority: 1, version: "1.0" };
  return { handler, config: plugin.config, plugin };
}

export function nativeRemote(
  settings: PluginServerSettings,
  sockets: readonly string[],
  plugins: readonly RemotePluginInfo[] = [],
): NativeRemote {
  const { log, records } = recordingLog();
  const reports: PluginServerReport[] = [];
  const deps = { ...remoteDeps(reports, log), pdk: createPdk(makeNode()) };
  const info = { settings, protocol: carrier.protocol, sockets, plugins };
  const server = new NativeServer(info, deps, writeHello(deps.gateway));
  return {
    server,
    reports,
    records,
    run: (plugin, phase = "access", x = makeExchange()) =>
      new Promise((resolve) => {
        x.phase = PHASE[phase];
        const step = stepOf(plugin);
        x.plugin = step;
        const event = server.run(x, phase, step);
        if (event === undefined) return resolve(null);
        event.then(
          () => resolve(null),
          (cause) => resolve(cause as Outcome),
        );
      }),
    close: () => server.close(),
  };
}
