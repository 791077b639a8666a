/**
 * Which pool a request's connection comes from: plain text, or TLS with what its Service, its Upstream and the settings
 * say, in this order. Pools differ in everything that a handshake depends on, so connections never mix.
 */
import type { Service } from "../entities/service.ts";
import type { TargetPool } from "../http1/target-pool.ts";
import { hostHeader } from "./request-head.ts";
import type { Peer } from "../balancer/peer.ts";
import type { GatewayState } from "./rooms.ts";
import type { UpstreamTls } from "./targets.ts";
import { joined, materialOf, type TlsMaterial } from "./tls-material.ts";
import type { Transit } from "./transit.ts";

/** @throws never for plain text; a TLS option that cannot be used throws here and becomes a 502 */
export function poolFor(transit: Transit, peer: Peer): TargetPool {
  const { x, rooms } = transit;
  const { scheme } = x.upstream;
  if (scheme !== "https" && scheme !== "grpcs") return rooms.targets.plain(peer);
  return rooms.targets.tls(peer, tlsOptions(transit, peer));
}

function tlsOptions(transit: Transit, peer: Peer): UpstreamTls {
  const { x, rooms } = transit;
  const { upstream } = x;
  const service = x.service as Service | null;
  // SNI is the Host that goes upstream, without its port; an address is no server name
  const host = hostHeader(x, peer).replace(/:\d+$/, "");
  const verify = upstream.tlsVerify ?? service?.tls_verify ?? false;
  const defaults = rooms.options.upstreamTls;
  return {
    servername: isAddress(host) ? "" : host,
    verify,
    verifyDepth: upstream.tlsVerifyDepth ?? service?.tls_verify_depth ?? defaults.verifyDepth,
    ca: verify ? (serviceCas(service, x.state as GatewayState) ?? defaults.trustedCas) : null,
    pair:
      certificateOf(service, upstream.host, x.state as GatewayState) ?? defaults.clientCertificate,
  };
}

/** The CAs that a Service names; null if it names none. */
function serviceCas(service: Service | null, { snapshot }: GatewayState): TlsMaterial | null {
  const ids = service?.ca_certificates ?? null;
  if (ids === null || ids.length === 0) return null;
  const rows = snapshot.entities.get("ca_certificates");
  return joined(
    ids.flatMap((id) => {
      const row = rows?.get(id);
      return row === undefined ? [] : [materialOf(row, "cert")];
    }),
  );
}

/** The Service's certificate, else that of the Upstream that its host names; null for neither. */
function certificateOf(
  service: Service | null,
  host: string,
  { snapshot }: GatewayState,
): TlsMaterial | null {
  const own =
    service?.client_certificate ?? snapshot.upstreamsByName.get(host)?.client_certificate ?? null;
  const row = own === null ? undefined : snapshot.entities.get("certificates")?.get(own.id);
  return row === undefined ? null : materialOf(row, "cert", "key");
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(":") || host.startsWith("[");
}
