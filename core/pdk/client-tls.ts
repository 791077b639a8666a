/**
 * `kong.client.tls`: the client's certificate. Asking for one comes with certificates per server name; until then a
 * plugin is told so, and the rest of the request goes on.
 */
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { stringOr } from "./arguments.ts";
import type { PdkNode } from "./pdk-node.ts";
import { noResult } from "./request-body.ts";

export function requestClientCertificate(x: Exchange): null {
  return noResult(x, "client certificates are not part of this gateway yet");
}

export function disableSessionReuse(x: Exchange): null {
  return noResult(x, "switching session reuse off is not part of this gateway yet");
}

/** null: no client ever sent a certificate, because none is asked for. */
export function getFullClientCertificateChain(x: Exchange): null {
  return noResult(x, "no client certificate");
}

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
