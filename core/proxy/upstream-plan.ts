/** Where a matched request goes, from its Route and Service; plugins may change it afterwards. */
import type { Route } from "../entities/route.ts";
import type { Service } from "../entities/service.ts";
import type { Exchange, UpstreamPlan } from "../exchange/exchange.ts";
import { upstreamPath } from "../router/upstream-path.ts";

/** Characters of a query that no URI holds unescaped. */
const ODD_QUERY = /[^\x21-\x7e]/g;

/**
 * Fills in `x.upstream` from the Service, and the path from all three; a Route without a Service gets a path
 * alone.
 * @param honoursV1 `path_handling: v1` counts (flavour `traditional`)
 */
export function planUpstream(
  x: Exchange,
  route: Route,
  service: Service | null,
  honoursV1: boolean,
): void {
  const { upstream } = x;
  if (service !== null) {
    upstream.scheme = service.protocol as UpstreamPlan["scheme"];
    upstream.host = service.host;
    upstream.port = service.port;
    upstream.retries = service.retries;
    upstream.connectTimeoutMs = service.connect_timeout;
    upstream.writeTimeoutMs = service.write_timeout;
    upstream.readTimeoutMs = service.read_timeout;
  }
  upstream.path = upstreamPath(x, route, service?.path ?? null, honoursV1);
  upstream.hasQuery = x.changedQuery === null ? x.queryAt < x.target.length : x.changedQuery !== "";
  if (upstream.hasQuery) {
    const query = x.changedQuery ?? x.rawQuery;
    upstream.query = ODD_QUERY.test(query) ? escapeQuery(query) : query;
    ODD_QUERY.lastIndex = 0;
  }
  if (route.preserve_host && x.authority !== "") upstream.hostHeader = x.authority;
}

function escapeQuery(query: string): string {
  return query.replace(
    ODD_QUERY,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
