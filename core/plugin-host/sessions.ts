/** Plugin servers of the protocols that carry one call at a time on a connection: MsgPack:1 and ProtoBuf:1. */
import { Endpoint } from "./endpoint.ts";
import type { PluginServerInfo } from "./plugin-info.ts";
import { type RemoteDeps, RemoteServer } from "./remote-server.ts";
import type { Protocol } from "./session.ts";
import { ownerOf } from "./socket-owner.ts";

/** A start of an instance may take as long as an event. */
export function sessionServer(
  info: PluginServerInfo,
  protocol: Protocol,
  deps: RemoteDeps,
): RemoteServer<Endpoint> {
  const owner = ownerOf(info.settings);
  return new RemoteServer(
    info,
    deps,
    (socketPath, host) =>
      new Endpoint({
        serverName: info.settings.name,
        socketPath,
        owner,
        protocol,
        startTimeoutMs: info.settings.eventTimeoutMs,
        workspaceId: deps.workspaceId,
        log: host.log,
        nextSequence: deps.nextSequence,
        onDrained: () => host.onDrained(),
      }),
  );
}
