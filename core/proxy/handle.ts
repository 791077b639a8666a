/**
 * One request from the listener to the log phase: the table of contents of the data plane.
 *
 * Every step is one call into one room; all branching on a request's way happens here. A step goes on by calling the
 * next one, at once or when what it waited for has come; nothing makes a promise unless a plugin does. A plugin's or the
 * gateway's own answer (`x.answer`) leaves the way and goes to `reply.ts`.
 */
import type { Route } from "../entities/route.ts";
import type { Service } from "../entities/service.ts";
import { GatewayError } from "../errors.ts";
import { type Answer, type Exchange, nowMs } from "../exchange/exchange.ts";
import type { UpstreamConnection } from "../http1/upstream-connection.ts";
import { checkAfterMatch } from "../router/after-match.ts";
import { collectGlobal, runAccess, runRewrite } from "../runloop/run-phase.ts";
import { resolveRealIp } from "./real-ip.ts";
import { finish } from "./finish.ts";
import { answerOwn, cutAnswer, endService, receiveService, startService } from "./reply.ts";
import type { GatewayState } from "./rooms.ts";
import type { Transit, TransitEvents } from "./transit.ts";
import { openTunnel } from "./tunnel.ts";
import { planUpstream } from "./upstream-plan.ts";

/** Answer a head that cannot be used: no Route, no access phase, only the global plugins' later phases. */
export function handleBad(x: Exchange, status: number): void {
  const { state } = (x.transit as Transit).rooms;
  x.state = state;
  collectGlobal(x, state.iterator);
  page(x, status);
}

/** Take a request on its way. Its transit is `x.transit`. */
export function handle(x: Exchange): void {
  const { rooms } = x.transit as Transit;
  const state = rooms.state;
  x.state = state;
  if (x.client.trusted) resolveRealIp(x, rooms.options);
  if (x.answer !== null) answerOwn(x);
  else runRewrite(x, state.iterator, afterRewrite);
}

function afterRewrite(x: Exchange): void {
  if (x.answer !== null) return answerOwn(x);
  const { rooms } = x.transit as Transit;
  const state = x.state as GatewayState;
  if (!state.router.match(x)) {
    // a path that cannot be normalised is no path at all
    if (x.path !== "") return refuse(x, 404, "no Route matched with those values");
    (x.transit as Transit).client.closeAfterAnswer();
    return page(x, 400);
  }
  if (x.answer !== null) return answerOwn(x);
  const route = x.route as Route;
  x.answer = checkAfterMatch(x, route);
  if (x.answer !== null) return answerOwn(x);
  planUpstream(x, route, x.service as Service | null, rooms.options.honoursV1);
  const max = rooms.options.clientBodyBytesMax;
  if (max > 0 && (x.transit as Transit).client.bodyLength > max) return page(x, 413);
  // the clock is read again only where somebody may have taken time since
  x.accessStartMs = state.iterator.rewrite.length === 0 ? x.startedMs : nowMs();
  runAccess(x, state.iterator, afterAccess);
}

function afterAccess(x: Exchange): void {
  if (x.answer !== null) return answerOwn(x);
  const transit = x.transit as Transit;
  if (transit.isFinished) return;
  if (x.service === null && !x.upstream.targetFixed && x.upstream.host === "") {
    return refuse(x, 503, "no Service found with those values");
  }
  transit.forward((x.route as Route).request_buffering !== false);
}

/** What becomes of a request when its transit has news: the rest of the way. */
export const TRANSIT_EVENTS: TransitEvents = {
  onServiceHead(transit: Transit, connection: UpstreamConnection): void {
    if (connection.status === 101) openTunnel(transit, connection);
    else startService(transit, connection);
  },
  onServiceBytes: receiveService,
  onServiceEnd: endService,
  onServiceFailed({ x }: Transit, status: 502 | 504): void {
    // where the response would have been buffered, `get_source` says "exit" of it (recorded)
    x.answer = { ...PAGE, status, source: x.buffered ? "exit" : "error" };
    answerOwn(x);
  },
  onServiceCut: cutAnswer,
  onNoPeer(transit: Transit, cause: unknown): void {
    const { x } = transit;
    if (cause instanceof GatewayError) refuse(x, cause.status, cause.publicMessage);
    else {
      transit.rooms.log.error({ err: cause, request_id: x.id }, "no peer for a request");
      page(x, 500);
    }
  },
  onBodyFailed(transit: Transit, status: 400 | 413): void {
    page(transit.x, status);
  },
};

/** Answer with an error in the format that `kong.response.error` would use. */
function refuse(x: Exchange, status: number, message: string): void {
  x.answer = { status, body: null, headers: [], source: "exit", template: message };
  answerOwn(x);
}

/** The answer for which the page of its status stands. */
const PAGE: Answer = { status: 500, body: null, headers: [], source: "error", template: null };

/** Answer with the page that stands for a status without a body. */
function page(x: Exchange, status: number): void {
  x.answer = { ...PAGE, status };
  answerOwn(x);
}

/** The client went away. */
export function clientGone(x: Exchange): void {
  const transit = x.transit as Transit;
  if (transit.isFinished) return;
  x.clientGone = true;
  transit.dropConnection();
  const waiting = x.remoteWait;
  finish(transit);
  waiting?.onClientGone();
}
