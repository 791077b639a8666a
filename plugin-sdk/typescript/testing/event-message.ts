/** The Event that a gateway would send of an exchange. */
import { PHASE } from "../plugin/phases.ts";
import type { Message } from "../wire/codec.ts";
import { bytesOf, toWire } from "../wire/text.ts";
import { BODY } from "../wire/snapshot.ts";
import type { Exchange } from "./exchange.ts";

const SOURCE = { none: 0, service: 1, exit: 2, error: 3 } as const;
const REQUEST_ID = "0123456789abcdef0123456789abcdef";
const CLIENT_PORT = 50_000;

const wire = (text: string): Buffer => Buffer.from(toWire(text), "latin1");

function responseFields(x: Exchange, phase: number): Message {
  if (x.status === 0) return {};
  const holdsBody = phase === PHASE.response;
  return {
    status: x.status,
    response_headers: wire(x.responseHeaders.toLines()),
    source: SOURCE[x.source],
    service_status: x.serviceStatus,
    ...(holdsBody && { response_body_state: BODY.HERE, response_body: x.responseBody }),
  };
}

/** Event as the gateway would send it. @param request number that all events of a request share */
export function eventMessage(x: Exchange, phase: number, request: number): Message {
  const { asked } = x;
  const ip = asked.clientIp ?? "127.0.0.1";
  const target = asked.path ?? "/";
  return {
    phase,
    request,
    id: REQUEST_ID,
    method: x.method,
    target: bytesOf(target),
    http_version: 11,
    scheme: asked.scheme ?? "http",
    host: bytesOf(x.host),
    port: asked.scheme === "https" ? 443 : 80,
    headers: wire(x.requestHeaders.toLines()),
    client_ip: ip,
    client_port: CLIENT_PORT,
    forwarded_ip: ip,
    forwarded_port: CLIENT_PORT,
    route: asked.route === undefined ? 0 : 1,
    service: asked.service === undefined ? 0 : 2,
    consumer: x.consumer === undefined ? 0 : 3,
    credential: x.credential === undefined ? 0 : 4,
    start_ms: BigInt(Date.now()),
    body_state: asked.body === undefined ? BODY.NONE : BODY.HERE,
    body: x.requestBody,
    shared: JSON.stringify(x.shared),
    ...responseFields(x, phase),
  };
}
