/**
 * request-transformer: change path, method, headers, body and query on the way to the Service, in this order.
 *
 * A configuration that only sets headers to fixed values (the usual one) makes no object for a request. Only a body that
 * is to be changed is waited for.
 */
import type { Exchange } from "../../exchange/exchange.ts";
import { exchangeOf, type Kong } from "../../pdk/kong.ts";
import { toText, toWire } from "../../pdk/text.ts";
import type { PluginConfig, PluginHandler } from "../../runloop/handler.ts";
import { compiledOnce } from "../compiled.ts";
import { LuaError, type LuaTable } from "../lua-expression/values.ts";
import { BUNDLED_VERSION } from "../version.ts";
import { bodyKind, transformBody } from "./body.ts";
import { compileSection, compileValue, type Entry, type Section, valueFor } from "./entries.ts";
import { TemplateEnvironment } from "./environment.ts";
import { transformHeaders } from "./headers.ts";
import { queryWithForm, transformQuery } from "./parameters.ts";

interface Compiled {
  readonly method: string | null;
  readonly uri: Entry["value"] | null;
  readonly headers: Section;
  readonly body: Section;
  readonly query: Section;
  readonly hasTemplates: boolean;
}

/** Methods whose form, if the client sent one, goes into the query: they have no body to the Service. */
const BODILESS_METHODS = new Set(["GET", "HEAD", "TRACE"]);

const compiled = compiledOnce((config: PluginConfig): Compiled => {
  const uri = (config.replace as PluginConfig | null)?.uri;
  const uriValue = typeof uri === "string" ? compileValue(toWire(uri)) : null;
  const headers = compileSection(config, "headers");
  const body = compileSection(config, "body");
  const query = compileSection(config, "querystring");
  return {
    method: typeof config.http_method === "string" ? config.http_method.toUpperCase() : null,
    uri: uriValue,
    headers,
    body,
    query,
    hasTemplates:
      [headers, body, query].some((section) => section.hasTemplates) ||
      (uriValue !== null && typeof uriValue !== "string"),
  };
});

/** The environment of plain values: nobody looks anything up in it. */
const NO_ENVIRONMENT: LuaTable = { get: () => undefined };

function environmentFor(x: Exchange, kong: Kong, hasTemplates: boolean): LuaTable {
  if (!hasTemplates) return NO_ENVIRONMENT;
  if (kong.configuration.untrusted_lua === "off") {
    throw new LuaError(
      "loading of untrusted Lua code disabled because 'untrusted_lua' config option is set to 'off'",
    );
  }
  return new TemplateEnvironment(x, kong);
}

function setQuery(x: Exchange, query: string): void {
  x.changedQuery = x.upstream.query = query; // later plugins see it, as in Kong (recorded)
  // a "?" that the client sent with nothing behind it stays, one that lost what was behind it goes
  if (query !== "" || x.queryAt < x.target.length - 1) x.upstream.hasQuery = query !== "";
}

/** A body that is at hand or will be; `undefined` as it is larger than the gateway keeps counts as empty. */
function withBody(kong: Kong, next: (body: Buffer) => void): void | Promise<void> {
  const body = kong.request.getRawBody();
  if (body instanceof Promise) return body.then((bytes) => next(bytes ?? EMPTY));
  next(body ?? EMPTY);
}

const EMPTY = Buffer.alloc(0);

function changeMethod(x: Exchange, kong: Kong, method: string): void | Promise<void> {
  kong.service.request.setMethod(method);
  if (!BODILESS_METHODS.has(method)) return;
  if (bodyKind(x.requestHeaders.get("content-type")) !== "form") return;
  return withBody(kong, (body) => {
    if (body.length > 0) setQuery(x, queryWithForm(x.upstream.query, body.latin1Slice()));
  });
}

function changeBody(
  x: Exchange,
  kong: Kong,
  section: Section,
  environment: LuaTable,
): void | Promise<void> {
  const contentType = x.requestHeaders.get("content-type");
  const kind = bodyKind(contentType);
  if (kind === null) return;
  return withBody(kong, (body) => {
    const changed = transformBody(body, contentType!, kind, section, environment);
    if (changed !== null) kong.service.request.setRawBody(changed);
  });
}

/** Everything after the method: headers, body, query. */
function changeRest(
  x: Exchange,
  kong: Kong,
  steps: Compiled,
  environment: LuaTable,
): void | Promise<void> {
  if (!steps.headers.isEmpty) {
    transformHeaders(x, steps.headers, steps.headers.hasTemplates ? environment : null);
  }
  if (!steps.body.isEmpty) {
    const pending = changeBody(x, kong, steps.body, environment);
    if (pending !== undefined) return pending.then(() => changeQuery(x, steps.query, environment));
  }
  changeQuery(x, steps.query, environment);
}

function changeQuery(x: Exchange, section: Section, environment: LuaTable): void {
  if (!section.isEmpty) setQuery(x, transformQuery(x.upstream.query, section, environment));
}

/** As in Kong. Only where a body is changed it may wait. */
export const handler: PluginHandler = {
  name: "request-transformer",
  priority: 801,
  version: BUNDLED_VERSION,

  isNeeded(_phase, config) {
    const { uri, method, headers, body, query } = compiled(config);
    return uri !== null || method !== null || !(headers.isEmpty && body.isEmpty && query.isEmpty);
  },

  access(config, kong) {
    const steps = compiled(config);
    const x = exchangeOf(kong);
    const environment = environmentFor(x, kong, steps.hasTemplates);
    if (steps.uri !== null) kong.service.request.setPath(toText(valueFor(steps.uri, environment)));
    if (steps.method !== null) {
      const pending = changeMethod(x, kong, steps.method);
      if (pending !== undefined) return pending.then(() => changeRest(x, kong, steps, environment));
    }
    return changeRest(x, kong, steps, environment);
  },
};
