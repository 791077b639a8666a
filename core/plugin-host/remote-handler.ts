/**
 * Plugin servers seen as plugin handlers: what the chain calls, and nothing about where it runs.
 *
 * A handler has a method for each phase that its server advertises. It finds the Plugin entity of the step that runs,
 * makes an event of it, and gives the event back as the thenable to wait for.
 */
import { PluginFailed } from "../errors.ts";
import { exchangeOf } from "../pdk/kong.ts";
import type { Kong } from "../pdk/kong.ts";
import type { Handling, PluginConfig, PluginHandler, PluginStep } from "../runloop/handler.ts";
import { MSGPACK_1 } from "./msgpack/session.ts";
import type { PluginServerNotice } from "./notices.ts";
import { isRemotePhase, type PluginServerInfo, type RemotePluginInfo } from "./plugin-info.ts";
import { PROTOBUF_1 } from "./protobuf/session.ts";
import { RemoteEvent } from "./remote-event.ts";
import { type RemoteDeps, RemoteServer } from "./remote-server.ts";
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

  add(info: PluginServerInfo, deps: RemoteDeps): void {
    const protocol = PROTOCOLS.get(info.protocol);
    const server = protocol === undefined ? null : new RemoteServer(info, protocol, deps);
    if (server !== null) this.#servers.set(server.name, server);
    for (const plugin of info.plugins) {
      const handler = server === null ? brokenHandler(plugin, info) : remoteHandler(plugin, server);
      this.set(plugin.name, handler); // of two servers with one plugin name the later one counts, as in Kong
    }
  }

  /** A message from the primary. */
  onNotice(notice: PluginServerNotice): void {
    this.#servers.get(notice.server)?.onNotice(notice);
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
  configure?: (configs: readonly PluginConfig[] | null) => void;
  [phase: string]: unknown;
}

function handlerOf(plugin: RemotePluginInfo, methodOf: (phase: string) => Method): HandlerFields {
  const handler: HandlerFields = {
    name: plugin.name,
    priority: plugin.priority,
    version: plugin.version,
  };
  for (const phase of plugin.phases) if (isRemotePhase(phase)) handler[phase] = methodOf(phase);
  return handler;
}

function remoteHandler(info: RemotePluginInfo, server: RemoteServer): PluginHandler {
  const handler = handlerOf(info, (phase) => (_, kong) => {
    const x = exchangeOf(kong);
    const event = new RemoteEvent(server, (x.plugin as PluginStep).plugin, phase, x);
    server.begin(event);
    return event;
  });
  let timer: NodeJS.Timeout | null = null;
  handler.configure = (configs) => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => retire(info.name, server, configs ?? []), RETIRE_AFTER_MS);
    timer.unref();
  };
  return handler as unknown as PluginHandler;
}

function retire(plugin: string, server: RemoteServer, configs: readonly PluginConfig[]): void {
  const live = new Set<unknown>(configs);
  for (const endpoint of server.endpoints) endpoint.instances.retire(plugin, live);
}

/** The gateway starts with a server that speaks an unknown protocol, and every event of its plugins fails. */
function brokenHandler(plugin: RemotePluginInfo, info: PluginServerInfo): PluginHandler {
  const what = `plugin server ${info.settings.name} speaks ${info.protocol}, which is not known`;
  return handlerOf(plugin, () => () => {
    throw new PluginFailed(plugin.name, what);
  }) as unknown as PluginHandler;
}
