/**
 * Which plugins run for a request, in which order and with which configuration: compiled from one snapshot.
 *
 * The constructor looks at plugin configs only; a chain is compiled when its first request comes and kept. Only Routes
 * and Services that a config names have chains of their own, all others share one: so a hundred thousand Routes cost
 * nothing, used or not, and what their requests read stays in the caches of the CPU. Where a configuration names a consumer that could
 * matter, its slot is resolved at its turn in access, because an authentication plugin that runs earlier may set the
 * consumer for those that run later, and only for those.
 */
import type { Plugin } from "../entities/plugin.ts";
import { PluginFailed } from "../errors.ts";
import type { EntityRef, Exchange } from "../exchange/exchange.ts";
import type { Snapshot } from "../store/snapshot.ts";
import { Collected } from "./collected.ts";
import type { PluginHandler } from "./handler.ts";
import type { Runtime } from "./runtime.ts";
import { type ScopeLimits, Scopes } from "./scopes.ts";
import { shareSteps } from "./shared-step.ts";
import { SLOT, type Step } from "./step.ts";

/** Protocols of the http subsystem; a config with none of them runs in the stream subsystem only. */
const HTTP_PROTOCOLS: ReadonlySet<string> = new Set(["http", "https", "grpc", "grpcs"]);

/** A plugin name in a chain. */
export interface Slot {
  readonly scopes: Scopes;
  /** What runs while there is no consumer; null: nothing. */
  readonly plain: Step | null;
  readonly needsConsumer: boolean;
}

/** What the requests of a Route run. */
export interface Chain {
  /** "" for the Routes that no config names; likewise the Services. */
  readonly routeId: string;
  readonly serviceId: string;
  /** Steps that implement access, where no consumer matters; else `slots` are walked. */
  readonly access: readonly Step[];
  /** For the later phases, where no consumer matters. */
  readonly collected: Collected;
  /** null where no consumer matters. */
  readonly slots: readonly Slot[] | null;
}

/** The chains of one version of the configuration; never changed once made, so a request keeps its own to the end. */
export class PluginsIterator {
  readonly runtime: Runtime;
  /** Steps of the global configs that implement rewrite, in order. */
  readonly rewrite: readonly Step[];
  readonly certificate: readonly Step[];
  /** For requests that never come to access: the global configs. */
  readonly globalCollected: Collected;
  readonly #scopes: readonly Scopes[];
  /** Chains of the Routes that configs name, by id; null until it is compiled. */
  readonly #ofRoutes = new Map<string, Chain | null>();
  /** The same for Services: chains of their Routes that no config names. */
  readonly #ofServices = new Map<string, Chain | null>();
  /** The chain of all other requests. */
  #common: Chain | null = null;

  /**
   * @param handlers by plugin name; configs of names that are not in it are left out
   * @param limits dimensions that a plugin's schema forbids, by plugin name
   * @throws {PluginFailed} for a handler with `response` and `header_filter` or `body_filter`
   */
  constructor(
    snapshot: Snapshot,
    handlers: ReadonlyMap<string, PluginHandler>,
    runtime: Runtime,
    limits: ReadonlyMap<string, ScopeLimits> = new Map(),
  ) {
    this.runtime = runtime;
    const byName = new Map<string, Scopes>();
    for (const plugin of snapshot.plugins.values()) {
      const handler = handlers.get(plugin.name);
      if (handler === undefined || !plugin.enabled || !runsOverHttp(plugin)) continue;
      let scopes = byName.get(plugin.name);
      if (scopes === undefined) {
        checkHandler(handler);
        scopes = new Scopes(handler, limits.get(plugin.name) ?? {});
        byName.set(plugin.name, scopes);
      }
      scopes.add(plugin);
      if (plugin.route) this.#ofRoutes.set(plugin.route.id, null);
      if (plugin.service) this.#ofServices.set(plugin.service.id, null);
    }
    this.#scopes = [...byName.values()].sort((a, b) => compareHandlers(a.handler, b.handler));
    const globals = this.#scopes.map((scopes) => scopes.global).filter((step) => step !== null);
    const inRewrite = globals.filter((step) => step.methods[SLOT.rewrite] !== null);
    this.rewrite = shareSteps(inRewrite, "rewrite", runtime);
    this.certificate = globals.filter((step) => step.methods[SLOT.certificate] !== null);
    this.globalCollected = Collected.of(runtime, globals);
  }

  /** The chain of the request's Route, compiled at first use. */
  chainFor(x: Exchange): Chain {
    const { route, service } = x;
    if (route !== null) {
      const ofRoute = this.#ofRoutes.size === 0 ? undefined : this.#ofRoutes.get(route.id);
      if (ofRoute !== undefined) return ofRoute ?? this.#compileForRoute(route, service);
      if (service !== null && this.#ofServices.size > 0) {
        const ofService = this.#ofServices.get(service.id);
        if (ofService !== undefined) return ofService ?? this.#compileForService(service);
      }
    }
    this.#common ??= this.#compile("", "");
    return this.#common;
  }

  #compileForRoute(route: EntityRef, service: EntityRef | null): Chain {
    const chain = this.#compile(route.id, service?.id ?? "");
    this.#ofRoutes.set(route.id, chain);
    return chain;
  }

  #compileForService(service: EntityRef): Chain {
    const chain = this.#compile("", service.id);
    this.#ofServices.set(service.id, chain);
    return chain;
  }

  #compile(routeId: string, serviceId: string): Chain {
    const slots: Slot[] = [];
    for (const scopes of this.#scopes) {
      const plain = scopes.find(routeId, serviceId, "");
      const needsConsumer = scopes.mayNeedConsumer(routeId, serviceId);
      if (plain !== null || needsConsumer) slots.push({ scopes, plain, needsConsumer });
    }
    const steps = slots.map((slot) => slot.plain).filter((step) => step !== null);
    const inAccess = steps.filter((step) => step.methods[SLOT.access] !== null);
    return {
      routeId,
      serviceId,
      access: shareSteps(inAccess, "access", this.runtime),
      collected: Collected.of(this.runtime, steps),
      slots: slots.some((slot) => slot.needsConsumer) ? slots : null,
    };
  }
}

/** Order of plugins: priority, higher first; then name, later in the alphabet first. */
export function compareHandlers(a: PluginHandler, b: PluginHandler): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return a.name < b.name ? 1 : a.name > b.name ? -1 : 0;
}

/**
 * Refuse a handler that Kong would not load.
 *
 * @throws {PluginFailed} if it has `response` (needs the whole response) and a method for a response on its way
 */
export function checkHandler(handler: PluginHandler): void {
  if (handler.response === undefined) return;
  if (handler.header_filter === undefined && handler.body_filter === undefined) return;
  throw new PluginFailed(
    handler.name,
    "cannot be loaded because it implements both `response` and `header_filter` or `body_filter`",
  );
}

function runsOverHttp(plugin: Plugin): boolean {
  // a row without protocols comes from a test or an older store; the schema's default is http
  const protocols: readonly string[] | undefined = plugin.protocols;
  return protocols === undefined || protocols.some((protocol) => HTTP_PROTOCOLS.has(protocol));
}
