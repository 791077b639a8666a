/**
 * `kong.client.tls`: the client's certificate, and how its handshake goes on. What plugins ask for in the certificate
 * phase the listener does afterwards.
 */
import { PdkError } from "../errors.ts";
import type { Exchange, HandshakeWishes } from "../exchange/exchange.ts";
import { isNil, stringOr } from "./arguments.ts";
import type { PdkNode } from "./pdk-node.ts";
import { noResult } from "./request-body.ts";

function wishesOf(x: Exchange): HandshakeWishes | null {
  return x.client.tls?.wishes ?? null;
}

/** The handshake goes on whether the client sends one or not, and whoever signed it. */
export function requestClientCertificate(
  x: Exchange,
  _node: PdkNode,
  caCerts: unknown,
): true | null {
  if (!isNil(caCerts)) throw new PdkError("ca_certs must be a handle of OpenSSL");
  const wishes = wishesOf(x);
  if (wishes === null) return noResult(x, "no handshake is under way");
  wishes.asksForCertificate = true;
  return true;
}

/**
 * In the certificate phase: this client gets no ticket to resume with. null where no handshake is under way.
 */
export function disableSessionReuse(x: Exchange): true | null {
  const wishes = wishesOf(x);
  if (wishes === null) return noResult(x, "no handshake is under way");
  wishes.reusesSession = false;
  return true;
}

/** PEM; null where the client sent no certificate, as where none was asked for. */
export function getFullClientCertificateChain(x: Exchange): string | null {
  return x.client.tls?.chain ?? noResult(x, "no client certificate");
}

/**
 * What `ssl_client_verify` and the log entry say from now on; nothing over plain TCP.
 * @throws {PdkError} unless it is "SUCCESS", "NONE" or "FAILED:<reason>"
 */
export function setClientVerify(x: Exchange, _node: PdkNode, verify: unknown): void {
  const value = stringOr(verify, unknownVerify(verify));
  if (value !== "SUCCESS" && value !== "NONE" && !value.startsWith("FAILED:")) {
    throw new PdkError(unknownVerify(value));
  }
  if (x.client.tls !== null) x.client.tls.clientVerify = value;
}

function unknownVerify(value: unknown): string {
  return `unknown client verify value: ${String(value)} accepted values are: "SUCCESS", "NONE" or "FAILED:<reason>"`;
}
