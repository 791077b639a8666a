/** What a connection is busy with, for the operator who asks why a process that drains does not end. */
import type { Exchange } from "../exchange/exchange.ts";
import { phaseNames } from "../phases/phases.ts";
import type { Transit } from "../proxy/transit.ts";

/** Plain, for the log. */
export interface UnderWay {
  readonly requestId: string;
  readonly client: string;
  readonly method: string;
  /** Without its query, which may hold what nobody else shall read. */
  readonly path: string;
  readonly ageS: number;
  /** "upgraded connection", "answer", "Service", or "phase access" where plugins are not done. */
  readonly waitsFor: string;
}

/** @param epochMs now, by the system's clock: that is what requests are stamped with */
export function underWay(x: Exchange, isTunnel: boolean, epochMs: number): UnderWay {
  return {
    requestId: x.id,
    client: x.forwardedIp,
    method: x.method,
    path: x.target.slice(0, x.queryAt),
    ageS: Math.max(0, Math.round((epochMs - x.startedMs) / 1000)),
    waitsFor: isTunnel ? "upgraded connection" : waitOf(x),
  };
}

function waitOf(x: Exchange): string {
  if (x.headersSent) return "answer";
  if ((x.transit as Transit).connection !== null) return "Service";
  const [phase] = phaseNames(x.phase);
  return phase === undefined ? "gateway" : `phase ${phase}`;
}
