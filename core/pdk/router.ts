/** `kong.router`: what the router found. */
import type { Exchange } from "../exchange/exchange.ts";
import { type EntityView, inWorkspace } from "./entity-view.ts";

export function getRoute(x: Exchange): EntityView | null {
  return x.route === null ? null : inWorkspace(x.route);
}

export function getService(x: Exchange): EntityView | null {
  return x.service === null ? null : inWorkspace(x.service);
}
