/** Which pool a request's connection comes from: plain text, or TLS with what its Service and the settings say. */
import type { Service } from "../entities/service.ts";
import type { TargetPool } from "../http1/target-pool.ts";
import { hostHeader } from "./request-head.ts";
import type { Peer } from "../balancer/peer.ts";
import type { GatewayState } from "./rooms.ts";
import type { UpstreamTls } from "./targets.ts";
import type { Transit } from "./transit.ts";

/** @throws never for plain text; a TLS option that cannot be used throws here and becomes a 502 */
export function poolFor(transit: Transit, peer: Peer): TargetPool {
  const { x, rooms } = transit;
  const { scheme } = x.upstream;
  if (scheme !== "https" && scheme !== "grpcs") return rooms.targets.plain(peer);
  return rooms.targets.tls(peer, tlsOptions(transit, peer));
}

function tlsOptions(transit: Transit, peer: Peer): UpstreamTls {
  const { x } = transit;
  const service = x.service as Service | null;
  const { snapshot } = x.state as GatewayState;
  // SNI is the Host that goes upstream, without its port; an address is no server name
  const host = hostHeader(x, peer).replace(/:\d+$/, "");
  const verify = service?.tls_verify ?? false;
  const ids = service?.ca_certificates ?? null;
  const ca = ids?.map((id) =>
    certificateText(snapshot.entities.get("ca_certificates")?.get(id), "cert"),
  );
  const own = service?.client_certificate ?? null;
  const pair = own === null ? undefined : snapshot.entities.get("certificates")?.get(own.id);
  return {
    servername: isAddress(host) ? "" : host,
    verify,
    ...(ca === undefined || !verify ? {} : { ca }),
    ...(pair === undefined
      ? {}
      : { cert: certificateText(pair, "cert"), key: certificateText(pair, "key") }),
  };
}

function certificateText(row: object | undefined, field: string): string {
  const text = (row as Record<string, unknown> | undefined)?.[field];
  return typeof text === "string" ? text : "";
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(":") || host.startsWith("[");
}
