/**
 * The configurations of one plugin name by scope, and which of them applies: Kong's precedence table.
 *
 * Scopes are kept in one map under "route:service:consumer" with empty parts for what is not given, so a lookup is at
 * most eight map reads, and only for dimensions that any configuration of this name uses at all.
 */
import type { PluginHandler } from "./handler.ts";
import { Step } from "./step.ts";
import type { Plugin } from "../entities/plugin.ts";

/** Dimensions that a plugin's schema forbids (`no_route`, `no_service`, `no_consumer`). */
export interface ScopeLimits {
  readonly noRoute?: boolean;
  readonly noService?: boolean;
  readonly noConsumer?: boolean;
}

const ROUTE = 1;
const SERVICE = 2;
const CONSUMER = 4;

/** Most specific first, as Kong tries them. */
const PRECEDENCE = [
  ROUTE | SERVICE | CONSUMER,
  ROUTE | CONSUMER,
  SERVICE | CONSUMER,
  ROUTE | SERVICE,
  CONSUMER,
  ROUTE,
  SERVICE,
  0,
];

/** All configurations of one plugin in one snapshot, disabled ones left out by whoever fills it. */
export class Scopes {
  readonly handler: PluginHandler;
  readonly #limits: ScopeLimits;
  readonly #steps = new Map<string, Step>();
  /** "route:service" of the configurations that name a consumer. */
  readonly #withConsumer = new Set<string>();
  /** Bits of the rows of {@link PRECEDENCE} that some configuration has. */
  #used = 0;

  constructor(handler: PluginHandler, limits: ScopeLimits) {
    this.handler = handler;
    this.#limits = limits;
  }

  /** Take a configuration in. Of two with one scope the later one stands (the store refuses such pairs). */
  add(plugin: Plugin): void {
    const limits = this.#limits;
    const route = limits.noRoute ? "" : (plugin.route?.id ?? "");
    const service = limits.noService ? "" : (plugin.service?.id ?? "");
    const consumer = limits.noConsumer ? "" : (plugin.consumer?.id ?? "");
    this.#steps.set(`${route}:${service}:${consumer}`, new Step(this.handler, plugin));
    if (consumer !== "") this.#withConsumer.add(`${route}:${service}`);
    this.#used |= 1 << rowOf(route, service, consumer);
  }

  /** The step without route, service and consumer; null if there is none. */
  get global(): Step | null {
    return this.#steps.get("::") ?? null;
  }

  /** Can a configuration with a consumer apply to this route and service ("" = none)? */
  mayNeedConsumer(route: string, service: string): boolean {
    const among = this.#withConsumer;
    if (among.size === 0) return false;
    return (
      among.has(":") ||
      among.has(`${route}:`) ||
      among.has(`:${service}`) ||
      among.has(`${route}:${service}`)
    );
  }

  /**
   * The step that applies, null if none does.
   *
   * @param route id, "" if none; likewise the others
   */
  find(route: string, service: string, consumer: string): Step | null {
    const used = this.#used;
    const given = rowOf(route, service, consumer);
    for (const row of PRECEDENCE) {
      // a row that asks for what the request has not, or that no configuration has, cannot apply
      if ((used & (1 << row)) === 0 || (row & ~given) !== 0) continue;
      const forRoute = row & ROUTE ? route : "";
      const forService = row & SERVICE ? service : "";
      const forConsumer = row & CONSUMER ? consumer : "";
      const step = this.#steps.get(`${forRoute}:${forService}:${forConsumer}`);
      if (step !== undefined) return step;
    }
    return null;
  }
}

/** Which of the three are given, as bits. */
function rowOf(route: string, service: string, consumer: string): number {
  return (
    (route === "" ? 0 : ROUTE) | (service === "" ? 0 : SERVICE) | (consumer === "" ? 0 : CONSUMER)
  );
}
