/**
 * Snapshots, facts and exchanges for the tests of the router, from as little as a test wants to say.
 */
import { type ClientFacts, Exchange } from "../../../core/exchange/exchange.ts";
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

/** An exchange as the listener makes it, from what matters to the router. */
export function exchange(given: {
  readonly method?: string;
  readonly target?: string;
  readonly authority?: string;
  readonly scheme?: "http" | "https";
  readonly httpVersion?: number;
  readonly trusted?: boolean;
  readonly sni?: string;
  readonly headers?: HeaderBlock;
}): Exchange {
  const tls = { version: "TLSv1.3", cipher: "", sni: given.sni ?? "", clientVerify: "NONE" };
  const client: ClientFacts = {
    ip: "127.0.0.1",
    port: 5000,
    localIp: "127.0.0.1",
    localPort: 8000,
    advertisedPort: 80,
    tls: given.scheme === "https" ? tls : null,
    trusted: given.trusted ?? false,
    proxied: null,
  };
  const body = { isPresent: false, read: () => Buffer.alloc(0), replace: () => {} };
  return new Exchange(
    "0".repeat(32),
    client,
    0,
    given.method ?? "GET",
    given.target ?? "/",
    given.httpVersion ?? 1.1,
    given.scheme ?? "http",
    given.authority ?? "h.test",
    given.headers ?? HeaderBlock.empty(),
    body,
    HeaderBlock.empty(),
  );
}
