/**
 * When a phase is worth a call, and what an answer depends on. Both are evaluated in the gateway, so a request that does
 * not meet a condition, or whose answer is known, costs this process nothing.
 *
 *     when: (config) => ({ access: all(method("GET"), not(pathPrefix("/health"))) }),
 *     cacheKey: () => [by.header("authorization"), by.route()],
 */
import type { Message } from "../wire/codec.ts";
import { type PhaseName, PHASE } from "./phases.ts";

/** A predicate over a request. Made with the functions below. */
export interface Condition {
  readonly message: Message;
}

const condition = (message: Message): Condition => ({ message });
const listOf = (conditions: readonly Condition[]): Message => ({
  list: conditions.map(({ message }) => message),
});

/** All of them hold; without any: always. */
export const all = (...conditions: Condition[]): Condition =>
  condition({ all: listOf(conditions) });
/** One of them holds. */
export const any = (...conditions: Condition[]): Condition =>
  condition({ any: listOf(conditions) });
/** It does not hold. */
export const not = (one: Condition): Condition => condition({ not: one.message });

/** The method is one of these. */
export const method = (...list: string[]): Condition => condition({ method_in: { list } });
/** The path (normalised, without query) is one of these. */
export const path = (...list: string[]): Condition => condition({ path_in: { list } });
/** The path begins with one of these. */
export const pathPrefix = (...list: string[]): Condition => condition({ path_prefix: { list } });

/** The request has that header; with values: one of exactly these. */
export function header(name: string, ...list: string[]): Condition {
  if (list.length === 0) return condition({ header_present: name });
  return condition({ header_in: { name, list } });
}

/** The request has that header with a value that begins with one of these. */
export function headerPrefix(name: string, ...list: string[]): Condition {
  return condition({ header_prefix: { name, list } });
}

/** The query has that argument. */
export const query = (name: string): Condition => condition({ query_present: name });
/** The Route, by id or name. */
export const route = (...list: string[]): Condition => condition({ route_in: { list } });
/** The Service, by id or name. */
export const service = (...list: string[]): Condition => condition({ service_in: { list } });
/** The Consumer, by id, username or custom_id. */
export const consumer = (...list: string[]): Condition => condition({ consumer_in: { list } });
/** There is an authenticated Consumer. */
export const authenticated = (): Condition => condition({ has_consumer: true });
/** The status of the response is from `first` to `last`; in header_filter, body_filter, response and log. */
export const status = (first: number, last = first): Condition =>
  condition({ status: { first, last } });

/** Conditions by phase; a phase that is not there gets every event, a list is met by any of it. */
export type PhaseConditions = Partial<Record<PhaseName, Condition | readonly Condition[]>>;

/** A part of what an answer depends on. Made with {@link by}. */
export interface CachePart {
  readonly message: Message;
}

const part = (kind: number, name = ""): CachePart => ({ message: { kind, name } });

/** Parts of a cache key: requests for which all of them are equal get the same answer. */
export const by = {
  method: () => part(1),
  host: () => part(2),
  path: () => part(3),
  /** All values of that header. */
  header: (name: string) => part(4, name),
  /** The whole query, or one argument. */
  query: (name = "") => part(5, name),
  /** As `kong.client.getForwardedIp`. */
  clientIp: () => part(6),
  route: () => part(7),
  service: () => part(8),
  consumer: () => part(9),
} as const;

/** The conditions and the key as they stand in Started. */
export function startedFields(
  conditions: PhaseConditions,
  cacheKey: readonly CachePart[] | undefined,
): Message {
  const list: Message[] = [];
  for (const [phase, given] of Object.entries(conditions)) {
    const phases = PHASE[phase as PhaseName];
    for (const one of Array.isArray(given) ? given : [given as Condition]) {
      list.push({ phases, condition: one.message });
    }
  }
  const key = cacheKey && { cache_key: { parts: cacheKey.map(({ message }) => message) } };
  return { conditions: list, ...key };
}
