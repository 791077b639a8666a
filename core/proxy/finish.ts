/** The end of a request: log phase, access log, metrics. */
import type { Exchange } from "../exchange/exchange.ts";
import { releaseOffsets } from "../http1/head-scanner.ts";
import { runLog } from "../runloop/run-phase.ts";
import type { Transit } from "./transit.ts";

/** After the answer, or what there was of it. Once for each request. */
export function finish(transit: Transit): void {
  if (transit.isFinished) return;
  transit.isFinished = true;
  const { x, rooms } = transit;
  const pending = runLog(x);
  rooms.onFinished(x);
  if (x.remoteKept !== null) letGo(x, pending);
  if (pending !== undefined) return; // its headers are looked at later: their offsets stay theirs
  releaseOffsets(x.requestHeaders.offsets);
  if (x.responseHeaders.count > 0) releaseOffsets(x.responseHeaders.offsets);
}

/** What plugin servers hold for the request is of no more use once its log phase is over. */
function letGo(x: Exchange, pending: Promise<void> | undefined): void {
  const tell = (): void => {
    for (let kept = x.remoteKept; kept !== null; kept = kept.next) kept.onRequestOver();
    x.remoteKept = null;
  };
  if (pending === undefined) tell();
  else void pending.then(tell);
}
