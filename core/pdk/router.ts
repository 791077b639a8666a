/** `kong.router`: what the router found. */
import type { Exchange } from "../exchange/exchange.ts";
import { type EntityView, inWorkspace } from "./entity-view.ts";

/** null before the router ran and where nothing matched. Frozen; shared between requests. */
export function getRoute(x: Exchange): EntityView | null {
  return x.route === null ? null : inWorkspace(x.route);
}

/** null before the router ran and for a Route without a Service. Frozen; shared between requests. */
export function getService(x: Exchange): EntityView | null {
  return x.service === null ? null : inWorkspace(x.service);
}
