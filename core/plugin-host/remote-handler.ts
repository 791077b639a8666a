/**
 * Plugin servers seen as plugin handlers: what the chain calls, and nothing about where it runs.
 *
 * A handler has a method for each phase that its server advertises. It finds the Plugin entity of the step that runs,
 * makes an event of it, and gives the event back as the thenable to wait for.
 */
import type { Plugin } from "../entities/plugin.ts";
import { PluginFailed } from "../errors.ts";
import type { PluginPhase } from "../phases/phases.ts";
import { exchangeOf } from "../pdk/kong.ts";
import type { Kong } from "../pdk/kong.ts";
import { SLOT } from "../runloop/step.ts";
import type { Handling, PluginConfig, PluginHandler, PluginStep } from "../runloop/handler.ts";
import type { StepHost } from "../runloop/shared-step.ts";
import { isNative } from "./dial.ts";
import type { Endpoint } from "./endpoint.ts";
import { MSGPACK_1 } from "./msgpack/session.ts";
import { writeHello } from "./native/hello.ts";
import { NativeServer } from "./native/native-server.ts";
import type { ServerFigures } from "./figures.ts";
import type { PluginServerChange, PluginServerNotice } from "./notices.ts";
import type { PluginServerInfo, RemotePluginInfo } from "./plugin-info.ts";
import type { PluginProcess } from "./plugin-process.ts";
import { PROTOBUF_1 } from "./protobuf/session.ts";
import { RemoteEvent } from "./remote-event.ts";
import type { RemoteDeps, RemoteServer } from "./remote-server.ts";
import { sessionServer } from "./sessions.ts";
import type { Protocol } from "./session.ts";

/** Protocols by the name in a query command's answer; every further one is an entry here. */
const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map(
  [MSGPACK_1, PROTOBUF_1].map((protocol) => [protocol.name, protocol]),
);
/** Instances of plugin configs that a new configuration does not have live on for requests that began before it. */
const RETIRE_AFTER_MS = 5000;

/** Handlers by plugin name, and the way in for what the primary tells. */
export class RemoteHandlers extends Map<string, PluginHandler> {
  readonly #servers = new Map<string, RemoteServer>();

  /** What is to be shown of all servers. */
  figures(): ServerFigures[] {
    return Array.from(this.#servers.values(), (server) => server.figures());
  }

  /** Of two servers with one plugin name the later one counts, as in Kong. */
  add(info: PluginServerInfo, deps: RemoteDeps): void {
    if (isNative(info.protocol)) {
      const server = new NativeServer(info, deps, writeHello(deps.gateway));
      this.#servers.set(server.name, server as unknown as RemoteServer);
      for (const plugin of info.plugins) this.set(plugin.name, nativeHandler(plugin, server));
      return;
    }
    const protocol = PROTOCOLS.get(info.protocol);
    if (protocol === undefined) {
      for (const plugin of info.plugins) this.set(plugin.name, brokenHandler(plugin, info));
      return;
    }
    const server = sessionServer(info, protocol, deps);
    this.#servers.set(server.name, server as unknown as RemoteServer);
    for (const plugin of info.plugins) this.set(plugin.name, remoteHandler(plugin, server));
  }

  /** A message from the primary. */
  onNotice(notice: PluginServerNotice): void {
    this.#servers.get(notice.server)?.onNotice(notice);
  }

  onChange(change: PluginServerChange): void {
    this.#servers.get(change.server)?.onChange(change);
  }

  /** Close all connections. */
  close(): void {
    for (const server of this.#servers.values()) server.close();
  }
}

/** Handlers for all plugins of all plugin servers. */
export function createRemoteHandlers(
  infos: readonly PluginServerInfo[],
  deps: RemoteDeps,
): RemoteHandlers {
  const handlers = new RemoteHandlers();
  for (const info of infos) handlers.add(info, deps);
  return handlers;
}

type Method = (config: PluginConfig, kong: Kong) => Handling;

interface HandlerFields {
  name: string;
  priority: number;
  version: string;
  host?: StepHost;
  configure?: (configs: readonly PluginConfig[] | null, rows?: readonly Plugin[] | null) => void;
  [phase: string]: unknown;
}

function handlerOf(plugin: RemotePluginInfo, methodOf: (phase: string) => Method): HandlerFields {
  const handler: HandlerFields = {
    name: plugin.name,
    priority: plugin.priority,
    version: plugin.version,
  };
  for (const phase of plugin.phases) if (phase in SLOT) handler[phase] = methodOf(phase);
  return handler;
}

function remoteHandler(info: RemotePluginInfo, server: RemoteServer<Endpoint>): PluginHandler {
  const handler = handlerOf(info, (phase) => (_, kong) => {
    const x = exchangeOf(kong);
    const event = new RemoteEvent(server, (x.plugin as PluginStep).plugin, phase, x);
    server.begin(event);
    return event;
  });
  const retire = retirer(info.name, server);
  handler.configure = (configs, rows) => {
    server.setConfigs(info.name, rows ?? []);
    retire(configs ?? []);
  };
  return handler as unknown as PluginHandler;
}

function nativeHandler(info: RemotePluginInfo, server: NativeServer): PluginHandler {
  const handler = handlerOf(info, (phase) => (_, kong) => {
    const x = exchangeOf(kong);
    if (phase === "body_filter") return server.runBody(x, x.plugin as PluginStep);
    return server.run(x, phase as PluginPhase, x.plugin as PluginStep);
  });
  const retire = retirer(info.name, server);
  handler.host = server;
  const wantsConfigs = info.phases.includes("configure");
  handler.configure = (configs, rows) => {
    server.setConfigs(info.name, rows ?? []);
    if (wantsConfigs) server.configure(info.name, rows ?? []);
    retire(configs ?? []);
  };
  return handler as unknown as PluginHandler;
}

/** Told of each new configuration, it lets instances of older ones end, when requests of those are over. */
function retirer(
  plugin: string,
  server: { readonly endpoints: readonly PluginProcess[] },
): (configs: readonly PluginConfig[]) => void {
  let timer: NodeJS.Timeout | null = null;
  return (configs) => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => {
      const live = new Set<unknown>(configs);
      for (const process of server.endpoints) process.retire(plugin, live);
    }, RETIRE_AFTER_MS);
    timer.unref();
  };
}

/** The gateway starts with a server that speaks an unknown protocol, and every event of its plugins fails. */
function brokenHandler(plugin: RemotePluginInfo, info: PluginServerInfo): PluginHandler {
  const what = `plugin server ${info.settings.name} speaks ${info.protocol}, which is not known`;
  return handlerOf(plugin, () => () => {
    throw new PluginFailed(plugin.name, what);
  }) as unknown as PluginHandler;
}
