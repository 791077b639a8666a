/**
 * The PDK as a table of Lua: `kong.request.get_header("x")` calls `kong.request.getHeader("x")`.
 *
 * Text goes in and comes out as bytes. Functions that end a request (`kong.response.exit`) work as in a plugin; those
 * that would have to wait (the body) cannot be had in an expression.
 */
import { camelCase, type Kong } from "../../pdk/kong.ts";
import { toText, toWire } from "../../pdk/text.ts";
import { LuaError, LuaLookup, type LuaTable, type LuaValue } from "./values.ts";

/** A namespace of the PDK, or what a function gave. */
function wrapped(value: unknown): LuaValue {
  if (typeof value === "string") return toWire(value);
  if (typeof value === "function") return calledAsLua(value as (...args: unknown[]) => unknown);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  if (value instanceof Promise) throw new LuaError("attempt to wait in an expression");
  if (Buffer.isBuffer(value)) return value.toString("latin1");
  return Array.isArray(value) ? value.map(wrapped) : namespace(value);
}

function calledAsLua(method: (...args: unknown[]) => unknown): (...args: LuaValue[]) => LuaValue {
  return (...values) =>
    wrapped(method(...values.map((v) => (typeof v === "string" ? toText(v) : v))));
}

function namespace(owner: object): LuaTable {
  const members = owner as Readonly<Record<string, unknown>>;
  return new LuaLookup((key) => {
    if (typeof key !== "string") return undefined;
    const name = Object.hasOwn(members, key) ? key : camelCase(key);
    // what every object of JavaScript has is no part of the PDK
    if (name in Object.prototype) return undefined;
    const member = members[name];
    return typeof member === "function" ? calledAsLua(member.bind(owner)) : wrapped(member);
  });
}

/** `kong` for an expression; it belongs to one request. */
export function pdkTable(kong: Kong): LuaTable {
  return namespace(kong);
}
