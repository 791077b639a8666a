/** `kong.router`: what the router found. */
import type { EntityRef, Exchange } from "../exchange/exchange.ts";

export function getRoute(x: Exchange): EntityRef | null {
  return x.route;
}

export function getService(x: Exchange): EntityRef | null {
  return x.service;
}
