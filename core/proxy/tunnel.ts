/** After a 101: the two sockets are spliced, with back-pressure both ways, until either side ends. */
import { HeaderBlock } from "../exchange/header-block.ts";
import { fieldCount, takeOffsets } from "../http1/head-scanner.ts";
import type { UpstreamConnection } from "../http1/upstream-connection.ts";
import { runHeaderFilter } from "../runloop/run-phase.ts";
import { NO_BODY } from "./client-stream.ts";
import { addServiceHeaders } from "./gateway-headers.ts";
import type { Transit } from "./transit.ts";

export function openTunnel(transit: Transit, connection: UpstreamConnection): void {
  const { x, client } = transit;
  const tunnel = client.tunnel;
  if (tunnel === null || x.requestHeaders.get("upgrade") === undefined) {
    transit.dropConnection(); // an upgrade that nobody asked for
    transit.events.onServiceFailed(transit, 502);
    return;
  }
  x.status = x.serviceStatus = 101;
  x.reason = connection.reason;
  const early = x.responseHeaders.added;
  x.responseHeaders = new HeaderBlock(connection.head, takeOffsets(), fieldCount);
  x.responseHeaders.added = early;
  runHeaderFilter(x);
  addServiceHeaders(x, transit.rooms);
  x.headersSent = true;
  client.respond(x, NO_BODY, null, 0, 0);
  const target = connection.transport;
  tunnel.open((b, n) => {
    if (target.isClosed || target.writeBytes(b, 0, n)) return;
    tunnel.pause();
    target.onceDrained({ onDrain: () => tunnel.resume() });
  });
  connection.tunnel((b, n) => {
    x.bodyBytesSent += n;
    if (tunnel.write(b, 0, n)) return;
    target.pause();
    client.waitForDrain({ onDrain: () => target.resume() });
  });
}
