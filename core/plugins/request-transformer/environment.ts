/**
 * What templates can name: `headers`, `query_params`, `uri_captures`, `shared`, and `type`.
 *
 * Made for a request whose configuration has templates, and each part only when it is first named. Headers and query are
 * those from before this plugin changed anything; values are bytes.
 */
import type { Exchange } from "../../exchange/exchange.ts";
import type { Kong } from "../../pdk/kong.ts";
import { toWire } from "../../pdk/text.ts";
import { type Arguments, decodeArguments } from "../arguments.ts";
import { LIBRARY } from "../lua-expression/library.ts";
import { LuaLookup, type LuaTable, type LuaValue, luaType } from "../lua-expression/values.ts";
import { pdkTable } from "../lua-expression/pdk-table.ts";

/** How many headers and query arguments templates see (`lua_max_req_headers`, `lua_max_uri_args` of Kong). */
const TEMPLATE_FIELDS_MAX = 100;

/** Belongs to one request and plugin; what it gives is not to be kept. */
export class TemplateEnvironment implements LuaTable {
  readonly #x: Exchange;
  readonly #kong: Kong;
  #headers: LuaTable | null = null;
  #query: Arguments | null = null;

  constructor(x: Exchange, kong: Kong) {
    this.#x = x;
    this.#kong = kong;
  }

  get(key: LuaValue): LuaValue {
    switch (key) {
      case "headers":
        this.#headers ??= headersTable(this.#x);
        return this.#headers;
      case "query_params":
        this.#query ??= decodeArguments(this.#x.upstream.query, TEMPLATE_FIELDS_MAX);
        return this.#query;
      case "uri_captures":
        return capturesTable(this.#x);
      case "shared":
        return this.#x.shared === null ? NOTHING : sharedTable(this.#x.shared);
      case "type":
        return luaType;
      default:
        return this.#other(key);
    }
  }

  /** Everything else is there only with `untrusted_lua = on`. */
  #other(key: LuaValue): LuaValue {
    if (this.#kong.configuration.untrusted_lua !== "on" || typeof key !== "string")
      return undefined;
    if (key === "kong") return pdkTable(this.#kong);
    return Object.hasOwn(LIBRARY, key) ? LIBRARY[key] : undefined;
  }
}

const NOTHING = new LuaLookup(() => undefined);

/** By name without case; a name with `_` that is not there is looked up with `-`. */
function headersTable(x: Exchange): LuaTable {
  const record = x.requestHeaders.toRecord(TEMPLATE_FIELDS_MAX);
  return new LuaLookup((key) => {
    if (typeof key !== "string") return undefined;
    const name = key.toLowerCase();
    return record[name] ?? record[name.replaceAll("_", "-")];
  });
}

/** By name, or by number: 0 is everything that the Route's path matched. */
function capturesTable(x: Exchange): LuaTable {
  return new LuaLookup((key) => {
    if (typeof key === "number") return x.captures?.[key];
    if (typeof key !== "string" || x.namedCaptures === null) return undefined;
    return Object.hasOwn(x.namedCaptures, key) ? x.namedCaptures[key] : undefined;
  });
}

/** `kong.ctx.shared`: text in it is turned into bytes as it is read. */
function sharedTable(value: Readonly<Record<string, unknown>>): LuaTable {
  return new LuaLookup((key) => {
    const name = typeof key === "number" && Array.isArray(value) ? String(key - 1) : String(key);
    if (!Object.hasOwn(value, name)) return undefined;
    const member = value[name];
    if (typeof member === "string") return toWire(member);
    const isTable = typeof member === "object" && member !== null;
    return isTable ? sharedTable(member as Record<string, unknown>) : member;
  });
}
