/**
 * The part of Lua's library that expressions may call.
 *
 * With `untrusted_lua = sandbox` Kong gives templates only `type`, and every text its functions (strings.ts); with
 * `untrusted_lua = on` they reach everything. "On" here is the functions below and the PDK: what can be done without a
 * Lua machine.
 */
import { type Functions, number, STRING } from "./strings.ts";
import { isTrue, LuaError, LuaLookup, type LuaValue, luaType, shownText } from "./values.ts";

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
