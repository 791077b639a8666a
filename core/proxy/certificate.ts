/** The certificate phase: the global plugins that look at a TLS client before the handshake. */
import { type ClientFacts, Exchange, nowMs } from "../exchange/exchange.ts";
import { HeaderBlock } from "../exchange/header-block.ts";
import { runCertificate } from "../runloop/run-phase.ts";
import { AbsentBody } from "./request-body.ts";
import type { ProxyRooms } from "./rooms.ts";

/**
 * @param done told once, at once or later, whether the connection may be used
 */
export function certificatePhase(
  id: string,
  client: ClientFacts,
  rooms: ProxyRooms,
  done: (isGood: boolean) => void,
): void {
  const { state } = rooms;
  if (state.iterator.certificate.length === 0) return done(true);
  const x = new Exchange(
    id,
    client,
    nowMs(),
    "",
    "",
    1.1,
    "https",
    client.tls?.sni ?? "",
    HeaderBlock.empty(),
    new AbsentBody(),
    HeaderBlock.empty(),
  );
  x.state = state;
  runCertificate(x, state.iterator, () => done(!x.failed && x.answer === null));
}
