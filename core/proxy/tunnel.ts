/** After a 101: the two sockets are spliced, with back-pressure both ways, until either side ends. */
import { HeaderBlock } from "../exchange/header-block.ts";
import { fieldCount, takeOffsets } from "../http1/head-scanner.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { UpstreamConnection } from "../http1/upstream-connection.ts";
import { runHeaderFilter } from "../runloop/run-phase.ts";
import { NO_BODY } from "./client-stream.ts";
import { addServiceHeaders } from "./gateway-headers.ts";
import { Held } from "./held.ts";
import type { Transit } from "./transit.ts";

/** A 101 that the client did not ask for is a 502. header_filter runs before the client gets its 101. */
export function openTunnel(transit: Transit, connection: UpstreamConnection): void {
  const { x, client } = transit;
  if (client.tunnel === null || x.requestHeaders.get("upgrade") === undefined) {
    transit.dropConnection(); // an upgrade that nobody asked for
    transit.events.onServiceFailed(transit, 502);
    return;
  }
  x.status = x.serviceStatus = 101;
  x.reason = connection.reason;
  const early = x.responseHeaders.added;
  x.responseHeaders = new HeaderBlock(connection.head, takeOffsets(), fieldCount);
  x.responseHeaders.added = early;
  if (runHeaderFilter(x, splice)) return;
  const held = new Held(); // a plugin is waited for
  transit.held = held;
  connection.transport.pause();
  connection.tunnel((b, n) => held.chunks.push(Buffer.from(b.subarray(0, n))));
}

function splice(x: Exchange): void {
  const transit = x.transit as Transit;
  if (transit.isFinished) return;
  const { client, held } = transit;
  const connection = transit.connection!;
  const tunnel = client.tunnel!;
  addServiceHeaders(x, transit.rooms);
  x.headersSent = true;
  client.respond(x, NO_BODY, null, 0, 0);
  const target = connection.transport;
  tunnel.open((b, n) => {
    if (target.isClosed || target.writeBytes(b, 0, n)) return;
    tunnel.pause();
    target.onceDrained({ onDrain: () => tunnel.resume() });
  });
  const forward = (b: Buffer, n: number): void => {
    x.bodyBytesSent += n;
    if (tunnel.write(b, 0, n)) return;
    target.pause();
    client.waitForDrain({ onDrain: () => target.resume() });
  };
  connection.tunnel(forward);
  if (held === null) return;
  transit.held = null;
  target.resume();
  for (const early of held.chunks) forward(early, early.length);
}
