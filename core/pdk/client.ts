/** `kong.client`: who is asking, as far as connection and authentication plugins say. */
import type { Route } from "../entities/route.ts";
import { PdkError } from "../errors.ts";
import type { EntityRef, Exchange } from "../exchange/exchange.ts";
import { isNil, isTable, isTruthy, stringOr } from "./arguments.ts";
import { type EntityView, withoutNil } from "./entity-view.ts";
import type { PdkNode } from "./pdk-node.ts";
import { noResult } from "./request-body.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The direct peer's address, be it a trusted proxy or not. */
export function getIp(x: Exchange): string {
  return x.client.ip;
}

/** The client's address after `trusted_ips` and `real_ip_header`; the peer's where they say nothing. */
export function getForwardedIp(x: Exchange): string {
  return x.forwardedIp;
}

/** The direct peer's port. */
export function getPort(x: Exchange): number {
  return x.client.port;
}

/** The client's port behind trusted proxies; null where they named an address alone. */
export function getForwardedPort(x: Exchange): number | null {
  return x.forwardedPort ?? null;
}

/** As an authentication plugin left it, its Consumer as `consumer_id` or `consumer`; null before. */
export function getCredential(x: Exchange): Readonly<Record<string, unknown>> | null {
  return x.credential;
}

/** As an authentication plugin left it; a table of a plugin's own, too. null before. */
export function getConsumer(x: Exchange): EntityRef | null {
  return x.consumer;
}

/**
 * A Consumer of the configuration this request runs with.
 * @returns null where there is none, without a reason
 * @throws {PdkError} for an id that is no UUID, unless names are searched as well
 */
export function loadConsumer(
  x: Exchange,
  node: PdkNode,
  consumerId: unknown,
  searchByUsername: unknown,
): EntityView | null {
  const id = stringOr(consumerId, "consumer_id must be a string");
  const byUsername = isTruthy(searchByUsername);
  x.pdkError = null;
  const isUuid = UUID.test(id);
  if (!isUuid && !byUsername) {
    throw new PdkError("cannot load a consumer with an id that is not a uuid");
  }
  const snapshot = node.snapshot(x);
  // by the very text: an id in upper case is no id of Kong's (recorded)
  const byId = isUuid ? snapshot.consumers.get(id) : undefined;
  const consumer = byId ?? (byUsername ? snapshot.consumersByUsername.get(id) : undefined);
  return consumer === undefined ? null : withoutNil(consumer);
}

/**
 * Whose request this is from now on. What is left out is taken away, as in Kong.
 * @throws {PdkError} unless one of the two is a table
 */
export function authenticate(
  x: Exchange,
  _node: PdkNode,
  consumer: unknown,
  credential: unknown,
): void {
  if (!isNil(consumer) && !isTable(consumer)) throw new PdkError("consumer must be a table or nil");
  if (!isNil(credential) && !isTable(credential)) {
    throw new PdkError("credential must be a table or nil");
  }
  if (isNil(consumer) && isNil(credential)) {
    throw new PdkError("either credential or consumer must be provided");
  }
  x.consumer = (consumer ?? null) as EntityRef | null;
  x.credential = (credential ?? null) as Readonly<Record<string, unknown>> | null;
}

/** The Route's protocol where it has one alone, else what the client spoke; null before the router ran. */
export function getProtocol(x: Exchange, node: PdkNode, allowTerminated: unknown): string | null {
  x.pdkError = null;
  const route = x.route as Route | null;
  if (route === null) return noResult(x, "No active route found");
  if (route.protocols.length === 1) return route.protocols[0]!;
  if (x.scheme === "https") return "https";
  if (isTruthy(allowTerminated) && node.isTrusted(x.client.ip)) {
    const forwarded = x.requestHeaders.getAll("x-forwarded-proto").join(",");
    if (forwarded.includes(",")) return noResult(x, "Only one X-Forwarded-Proto header allowed");
    if (forwarded.toLowerCase() === "https") return "https";
  }
  return "http";
}
