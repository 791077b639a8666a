/**
 * The part of Lua's library that expressions may call.
 *
 * With `untrusted_lua = sandbox` Kong gives templates only `type`; with `untrusted_lua = on` they reach everything. "On"
 * here is the functions below and the PDK: what can be done without a Lua machine.
 */
import { luaNumber } from "../../pdk/lua-number.ts";
import { isTrue, LuaError, LuaLookup, type LuaValue, luaType, shownText } from "./values.ts";

/** Longest text that `string.rep` makes, in bytes. */
export const REPEATED_TEXT_MAX = 65_536;

type Functions = Readonly<Record<string, (...args: LuaValue[]) => LuaValue>>;

function text(value: LuaValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return luaNumber(value);
  throw new LuaError(`bad argument #1 (string expected, got ${luaType(value)})`);
}

function number(value: LuaValue, otherwise?: number): number {
  if (value === undefined && otherwise !== undefined) return otherwise;
  const converted =
    typeof value === "number" ? value : typeof value === "string" ? Number(value) : Number.NaN;
  if (Number.isNaN(converted))
    throw new LuaError(`bad argument (number expected, got ${luaType(value)})`);
  return converted;
}

/** Lua's positions count from 1, negative ones from the end; both ends belong to the part. */
function part(value: string, from: number, to: number): string {
  const start = from < 0 ? Math.max(value.length + from, 0) : Math.max(from - 1, 0);
  const end = to < 0 ? value.length + to + 1 : to;
  return value.slice(start, Math.max(end, 0));
}

const STRING: Functions = {
  sub: (s, i, j) => part(text(s), number(i, 1), number(j, -1)),
  upper: (s) => text(s).replace(/[a-z]/g, (c) => c.toUpperCase()),
  lower: (s) => text(s).replace(/[A-Z]/g, (c) => c.toLowerCase()),
  len: (s) => text(s).length,
  reverse: (s) => [...text(s)].reverse().join(""),
  rep: (s, n) => {
    const [word, count] = [text(s), Math.max(0, number(n))];
    if (word.length * count > REPEATED_TEXT_MAX) throw new LuaError("resulting string too large");
    return word.repeat(count);
  },
};

const MATH: Functions = {
  floor: (x) => Math.floor(number(x)),
  ceil: (x) => Math.ceil(number(x)),
  abs: (x) => Math.abs(number(x)),
  max: (...xs) => Math.max(...xs.map((x) => number(x))),
  min: (...xs) => Math.min(...xs.map((x) => number(x))),
};

const OS: Functions = {
  time: () => Math.floor(Date.now() / 1000),
  clock: () => process.uptime(),
};

function table(functions: Functions): LuaLookup {
  return new LuaLookup((key) =>
    typeof key === "string" && Object.hasOwn(functions, key) ? functions[key] : undefined,
  );
}

/** All globals that are there with `untrusted_lua = on`. */
export const LIBRARY: Readonly<Record<string, LuaValue>> = {
  type: luaType,
  tostring: (value: LuaValue) => (luaType(value) === "nil" ? "nil" : shownText(value)),
  tonumber: (value: LuaValue) => {
    const converted = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof converted === "number" && !Number.isNaN(converted) ? converted : undefined;
  },
  assert: (value: LuaValue, message: LuaValue) => {
    if (!isTrue(value))
      throw new LuaError(message === undefined ? "assertion failed!" : shownText(message));
    return value;
  },
  string: table(STRING),
  math: table(MATH),
  os: table(OS),
};
