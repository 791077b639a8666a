/** The end of a request: log phase, access log, metrics. */
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
  if (pending !== undefined) return; // its headers are looked at later: their offsets stay theirs
  releaseOffsets(x.requestHeaders.offsets);
  if (x.responseHeaders.count > 0) releaseOffsets(x.responseHeaders.offsets);
}
