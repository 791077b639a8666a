/**
 * response-transformer: change headers and JSON bodies on the way to the client, the gateway's own answers included.
 *
 * A body that may change loses its Content-Length before a byte of it is known, and is held back until it is whole. A
 * body that nobody can read (compressed, or of another type) passes as it comes.
 */
import type { Exchange } from "../../exchange/exchange.ts";
import { exchangeOf } from "../../pdk/kong.ts";
import type { PluginConfig, PluginHandler } from "../../runloop/handler.ts";
import { compiledOnce } from "../compiled.ts";
import { BUNDLED_VERSION } from "../version.ts";
import { compileHeaders, type HeaderSteps, transformHeaders } from "./headers.ts";
import { compileJson, isJsonType, type JsonSteps, transformJson } from "./json-body.ts";

interface Compiled {
  readonly headers: HeaderSteps;
  /** null: bodies are left alone. */
  readonly json: JsonSteps | null;
}

const compiled = compiledOnce(
  (config: PluginConfig): Compiled => ({
    headers: compileHeaders(config),
    json: compileJson(config),
  }),
);

function hasReadableJson({ responseHeaders }: Exchange): boolean {
  if (!isJsonType(responseHeaders.get("content-type"))) return false;
  const encoding = responseHeaders.get("content-encoding");
  return encoding === undefined || encoding.toLowerCase() === "identity";
}

/** As in Kong. Holds a JSON body back until it is whole. */
export const handler: PluginHandler = {
  name: "response-transformer",
  priority: 800,
  version: BUNDLED_VERSION,

  isNeeded(phase, config) {
    const { headers, json } = compiled(config);
    return json !== null || (phase === "header_filter" && !headers.isEmpty);
  },

  header_filter(config, kong) {
    const { headers, json } = compiled(config);
    const x = exchangeOf(kong);
    if (json !== null && hasReadableJson(x)) x.responseHeaders.remove("content-length");
    transformHeaders(x.responseHeaders, headers);
  },

  body_filter(config, kong) {
    const { json } = compiled(config);
    if (json === null || !hasReadableJson(exchangeOf(kong))) return;
    const body = kong.response.getRawBody();
    if (body === null) return;
    const changed = transformJson(body, json);
    if (changed !== null) kong.response.setRawBody(changed);
  },
};
