/**
 * What the parts of an expression do when it runs: each is made into a function of the environment, once.
 */
import { stringMember } from "./strings.ts";
import {
  arithmetic,
  indexed,
  isEqual,
  isLess,
  isTrue,
  joined,
  LuaError,
  type LuaFunction,
  type LuaTable,
  type LuaValue,
  luaType,
} from "./values.ts";

/** An expression, ready to run; throws {@link LuaError}. */
export type LuaExpression = (environment: LuaTable) => LuaValue;

/** A word of the source that stands for a value. */
export function constant(value: LuaValue): LuaExpression {
  return () => value;
}

/** `value.key` and `value[key]`. */
export function member(value: LuaExpression, key: LuaExpression): LuaExpression {
  return (env) => memberOf(value(env), key(env));
}

/** A text has its functions, in a sandbox too; whatever else it is asked for is nil. */
function memberOf(owner: LuaValue, key: LuaValue): LuaValue {
  return typeof owner === "string" ? stringMember(key) : indexed(owner, key);
}

/** `callee(list)`. Only the first result counts. */
export function call(callee: LuaExpression, list: readonly LuaExpression[]): LuaExpression {
  return (env) =>
    apply(
      callee(env),
      list.map((argument) => argument(env)),
    );
}

/** `self:name(list)`: the value itself is the first argument. */
export function methodCall(
  self: LuaExpression,
  name: LuaExpression,
  list: readonly LuaExpression[],
): LuaExpression {
  return (env) => {
    const value = self(env);
    return apply(memberOf(value, name(env)), [value, ...list.map((argument) => argument(env))]);
  };
}

function apply(callee: LuaValue, values: LuaValue[]): LuaValue {
  if (typeof callee !== "function")
    throw new LuaError(`attempt to call a ${luaType(callee)} value`);
  return (callee as LuaFunction)(...values);
}

/** `{...}`: a list where no field is named, else a table without a prototype. */
export function makeTable(
  items: readonly LuaExpression[],
  fields: readonly (readonly [LuaExpression, LuaExpression])[],
  env: LuaTable,
): LuaValue {
  const list = items.map((item) => item(env));
  if (fields.length === 0 && list.length > 0) return list;
  const record: Record<string, LuaValue> = Object.create(null);
  list.forEach((item, i) => {
    record[String(i + 1)] = item;
  });
  for (const [key, value] of fields) record[String(key(env))] = value(env);
  return record;
}

/**
 * @param operator one that the parser has read; `and` and `or` look at the right side only where they must
 */
export function binary(operator: string, a: LuaExpression, b: LuaExpression): LuaExpression {
  switch (operator) {
    case "or":
      return (env) => {
        const left = a(env);
        return isTrue(left) ? left : b(env);
      };
    case "and":
      return (env) => {
        const left = a(env);
        return isTrue(left) ? b(env) : left;
      };
    case "==":
      return (env) => isEqual(a(env), b(env));
    case "~=":
      return (env) => !isEqual(a(env), b(env));
    case "<":
      return (env) => isLess(a(env), b(env), false);
    case ">":
      return (env) => isLess(b(env), a(env), false);
    case "<=":
      return (env) => isLess(a(env), b(env), true);
    case ">=":
      return (env) => isLess(b(env), a(env), true);
    case "..":
      return (env) => joined(a(env), b(env));
    default:
      return (env) => arithmetic(operator, a(env), b(env));
  }
}
