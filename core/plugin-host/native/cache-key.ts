/** What a plugin's answer depends on, as a text: requests with the same one get the same answer. */
import type { Exchange } from "../../exchange/exchange.ts";
import { unescapeArg } from "../../pdk/query.ts";
import { getHost, getMethod, getPath } from "../../pdk/request.ts";
import { type MayRead, readsAll } from "./conditions.ts";
import { CACHE_PART } from "./frame-types.ts";

/** As read by shapes.ts. */
export interface CacheKeyFields {
  readonly parts: readonly { readonly kind: number; readonly name: string }[];
}

/** Gives the key of a request. */
export type KeyOf = (x: Exchange) => string;

type PartOf = (x: Exchange) => string;

/** @returns null where a part is not known, or is not the plugin's to read: then nothing may be used again */
export function compileCacheKey(fields: CacheKeyFields, mayRead: MayRead = readsAll): KeyOf | null {
  const parts: PartOf[] = [];
  for (const { kind, name } of fields.parts) {
    const part = isReadable(kind, name, mayRead) ? compilePart(kind, name) : null;
    if (part === null) return null;
    parts.push(part);
  }
  // each with its length, so that no two lists of parts make one key
  return (x) => {
    let key = "";
    for (const part of parts) {
      const text = part(x);
      key += `${text.length}:${text}`;
    }
    return key;
  };
}

function isReadable(kind: number, name: string, mayRead: MayRead): boolean {
  if (kind === CACHE_PART.HEADER) return mayRead("kong.request.get_header", name);
  if (kind === CACHE_PART.QUERY) return mayRead("kong.request.get_query_arg", name);
  return kind !== CACHE_PART.CONSUMER || mayRead("kong.client.get_consumer");
}

function compilePart(kind: number, name: string): PartOf | null {
  switch (kind) {
    case CACHE_PART.METHOD:
      return getMethod;
    case CACHE_PART.HOST:
      return getHost;
    case CACHE_PART.PATH:
      return getPath;
    case CACHE_PART.HEADER:
      return (x) => list(x.requestHeaders.getAll(name));
    case CACHE_PART.QUERY:
      return name === "" ? queryOf : (x) => list(argumentsOf(x, name));
    case CACHE_PART.CLIENT_IP:
      return (x) => x.forwardedIp;
    case CACHE_PART.ROUTE:
      return (x) => x.route?.id ?? "";
    case CACHE_PART.SERVICE:
      return (x) => x.service?.id ?? "";
    case CACHE_PART.CONSUMER:
      return (x) => x.consumer?.id ?? "";
  }
  return null;
}

function queryOf(x: Exchange): string {
  return x.changedQuery ?? x.rawQuery;
}

function list(values: readonly string[]): string {
  return values.length === 0 ? "" : values.map((one) => `${one.length}:${one}`).join("");
}

/** Values of an argument; without `=` it is another thing than with nothing behind it. */
function argumentsOf(x: Exchange, name: string): string[] {
  const values: string[] = [];
  for (const pair of queryOf(x).split("&")) {
    const equals = pair.indexOf("=");
    if (unescapeArg(equals < 0 ? pair : pair.slice(0, equals)) !== name) continue;
    values.push(equals < 0 ? "" : pair.slice(equals));
  }
  return values;
}
