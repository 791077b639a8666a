/**
 * `/upstreams/{upstreams}/health`: the addresses that a balancer would use, and how healthy they are.
 *
 * Nobody checks Targets yet, so every address that can be told is HEALTHCHECKS_OFF, and a name that does not resolve is
 * DNS_ERROR. Names are looked up when somebody asks, here in the primary, where no balancer runs.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Row } from "../../store/snapshot.ts";
import { type Answer, json } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { EntityDeps } from "../deps.ts";
import type { Endpoint } from "../endpoint-table.ts";
import { withEntity } from "./entity-lookup.ts";
import { pageByPosition } from "./paging.ts";
import { currentTargets } from "./targets.ts";

const OFF = "HEALTHCHECKS_OFF";
const DNS_ERROR = "DNS_ERROR";

interface Host {
  readonly row: Row;
  readonly host: string;
  readonly port: number;
  readonly weight: number;
  readonly ips: readonly string[];
}

/** Lua has one empty table. */
function orEmptyTable<T>(list: readonly T[]): readonly T[] | object {
  return list.length === 0 ? {} : list;
}

async function resolve(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

async function hostOf(deps: EntityDeps, row: Row): Promise<Host> {
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(String(row.target)) ?? [];
  const isAddress = isIP(host.replace(/^\[(.*)\]$/, "$1")) !== 0;
  const ips = isAddress ? [host] : await (deps.resolve ?? resolve)(host);
  return { row, host, port: Number(port), weight: Number(row.weight), ips };
}

/** What a balancer knows of a host; `shown` is what is told of each address beside its place and weight. */
function hostView({ host, port, weight, ips }: Host, shown: object): object {
  const total = weight * ips.length;
  const first = ips[0]?.replace(/^\[(.*)\]$/, "$1");
  return {
    host,
    port,
    ...(first === undefined ? {} : { dns: isIP(first) === 6 ? "AAAA" : "A" }),
    nodeWeight: weight,
    weight: { total, available: total, unavailable: 0 },
    addresses: orEmptyTable(ips.map((ip) => ({ ip, port, weight, ...shown }))),
  };
}

function targetView(host: Host): object {
  const health = host.ips.length === 0 ? DNS_ERROR : OFF;
  return { ...host.row, health, data: hostView(host, { health }) };
}

function balancerView(upstream: Row, hosts: readonly Host[]): object {
  const total = hosts.reduce((sum, { weight, ips }) => sum + weight * ips.length, 0);
  const healthy = total > 0;
  return {
    id: upstream.id,
    health: OFF,
    balancer_health: healthy ? "HEALTHY" : "UNHEALTHY",
    details: {
      healthy,
      hosts: orEmptyTable(hosts.map((host) => hostView(host, { healthy: true }))),
      weight: { total, available: total, unavailable: 0 },
    },
  };
}

async function healthOf(deps: EntityDeps, upstream: Row, request: ApiRequest): Promise<Answer> {
  const hosts = await Promise.all(currentTargets(deps, upstream).map((row) => hostOf(deps, row)));
  if (request.query.balancer_health === "1") {
    const data = balancerView(upstream, hosts.reverse());
    return json(200, { data, next: null, node_id: deps.nodeId });
  }
  return pageByPosition(request, hosts.map(targetView), { node_id: deps.nodeId });
}

/** An answer waits for the lookups of all names. */
export function upstreamHealthEndpoints(deps: EntityDeps): Endpoint[] {
  const schema = deps.model.schemas.get("upstreams");
  if (schema === undefined) return [];
  return [
    {
      path: "/upstreams/{upstreams}/health",
      arguments: true,
      methods: {
        GET: (request) => withEntity(deps, schema, request, (row) => healthOf(deps, row, request)),
      },
    },
  ];
}
