/** What the harness answers when a plugin asks: what its model knows, then what the test said, else nothing. */
import type { Exchange } from "./exchange.ts";
import { bodyOf } from "./message.ts";

/** Answers a PDK function in a test: what it gives is the function's result. */
export type Answer = (...args: unknown[]) => unknown;

/** Nobody answers the function. */
export const UNANSWERED: unique symbol = Symbol("unanswered");

type Known = (x: Exchange, ...args: unknown[]) => unknown;

function parsed(body: Buffer, type: string | undefined): unknown {
  if (type?.includes("urlencoded")) return Object.fromEntries(new URLSearchParams(body.toString()));
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
}

const KNOWN: Readonly<Record<string, Known>> = {
  "kong.request.get_raw_body": (x) => x.requestBody,
  "kong.request.get_body": (x, type) =>
    parsed(x.requestBody, (type as string | undefined) ?? x.requestHeaders.get("content-type")),
  "kong.request.get_headers": (x) => x.requestHeaders.toTable(),
  "kong.request.get_header": (x, name) => x.requestHeaders.get(String(name)),
  "kong.request.get_forwarded_path": (x) => x.path,
  "kong.request.get_forwarded_prefix": () => undefined,
  "kong.request.get_uri_captures": () => ({ unnamed: [], named: {} }),
  "kong.client.get_protocol": (x) => x.scheme,
  "kong.service.response.get_header": (x, name) => x.serviceHeaders.get(String(name)),
  "kong.service.response.get_headers": (x) => x.serviceHeaders.toTable(),
  "kong.service.response.get_raw_body": (x) => x.serviceBody,
  "kong.service.response.get_body": (x) =>
    parsed(x.serviceBody, x.serviceHeaders.get("content-type")),
  "kong.service.set_upstream": (x, name) => {
    x.upstream = String(name);
    return true;
  },
  "kong.service.request.set_body": (x, args, mime) => {
    x.requestBody = bodyOf(args);
    x.requestHeaders.set("content-type", mime ?? "application/json");
    x.requestHeaders.set("content-length", String(x.requestBody.length));
    return true;
  },
  "kong.ctx.shared.get": (x, key) => x.shared[String(key)],
  "kong.ip.is_trusted": () => false,
  "kong.nginx.get_subsystem": () => "http",
  "kong.plugin.get_id": () => "00000000-0000-4000-8000-000000000002",
  "kong.vault.is_reference": (_x, text) =>
    typeof text === "string" && /^\{vault:\/\/.+\}$/.test(text),
  "kong.log.serialize": (x) =>
    JSON.stringify({
      request: { method: x.method, uri: x.asked.path ?? "/", headers: x.requestHeaders.toTable() },
      response: { status: x.status, headers: x.responseHeaders.toTable() },
      ...x.serialized,
    }),
};

/** @returns the function's result, {@link UNANSWERED} where there is none */
export function answerOf(
  x: Exchange,
  answers: ReadonlyMap<string, Answer>,
  name: string,
  args: readonly unknown[],
): unknown {
  const told = answers.get(name);
  if (told !== undefined) return told(...args);
  const known = KNOWN[name];
  return known === undefined ? UNANSWERED : known(x, ...args);
}
