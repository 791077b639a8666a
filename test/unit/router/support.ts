/**
 * Snapshots, facts and exchanges for the tests of the router, from as little as a test wants to say.
 */
import { HeaderBlock } from "../../../core/exchange/header-block.ts";
import type { Route } from "../../../core/entities/route.ts";
import type { Service } from "../../../core/entities/service.ts";
import { emptyFacts, type RequestFacts } from "../../../core/router/facts.ts";
import { buildRouter, type Router } from "../../../core/router/router.ts";
import { type Row, type Snapshot, SnapshotBuilder } from "../../../core/store/snapshot.ts";

export type Flavor = "traditional_compatible" | "traditional";
export type RouteText = Partial<Route> & { readonly [field: string]: unknown };

/** An id that counts: smaller index, smaller id. */
export function countingId(index: number): string {
  return `00000000-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;
}

/** A Route as the router sees it; what is not given has the default of the schema, but nothing is stripped. */
export function route(text: RouteText, index = 0): Route {
  return {
    id: countingId(index),
    protocols: ["http", "https"],
    https_redirect_status_code: 426,
    strip_path: false,
    path_handling: "v0",
    regex_priority: 0,
    preserve_host: false,
    request_buffering: true,
    response_buffering: true,
    ...text,
  };
}

export function service(text: Partial<Service> & { readonly id: string }): Service {
  return {
    protocol: "http",
    host: "example.test",
    port: 80,
    retries: 5,
    connect_timeout: 60000,
    write_timeout: 60000,
    read_timeout: 60000,
    enabled: true,
    ...text,
  };
}

export function snapshot(routes: readonly Route[], services: readonly Service[] = []): Snapshot {
  const builder = new SnapshotBuilder();
  builder.add("routes", routes as unknown as Row[]);
  builder.add("services", services as unknown as Row[]);
  return builder.build("0".repeat(32), 1);
}

/** Run a generator to its end. */
export function finish<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

export function routerOf(
  routes: readonly Route[],
  flavor: Flavor = "traditional_compatible",
  services: readonly Service[] = [],
): Router {
  return finish(buildRouter(snapshot(routes, services), flavor));
}

export function headerBlock(
  headers: Readonly<Record<string, string | readonly string[]>>,
): HeaderBlock {
  const block = HeaderBlock.empty();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of typeof value === "string" ? [value] : value) block.add(name, one);
  }
  return block;
}

export function facts(
  given: Partial<Omit<RequestFacts, "headers">> & {
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  },
): RequestFacts {
  return { ...emptyFacts(), ...given, headers: headerBlock(given.headers ?? {}) };
}
