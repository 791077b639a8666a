/**
 * A body as plugins for kong-pdk get it: a Buffer, as MessagePack's bytes become one there, which has the methods of a text
 * besides where a Buffer has none of that name.
 *
 * Kong once gave texts, and plugins written since then, kong-pdk's own example js-transform among them, still say
 * `body.replace(...)`. In kong-pdk that is an exception which nobody sees, and the request passes as if there were no plugin.
 */

/** What a Buffer has under the same name (`slice`, `indexOf`, `includes`, `at`, `length`) stays the Buffer's. */
const TEXT_METHODS = [
  "charAt",
  "charCodeAt",
  "codePointAt",
  "concat",
  "endsWith",
  "localeCompare",
  "match",
  "matchAll",
  "normalize",
  "padEnd",
  "padStart",
  "repeat",
  "replace",
  "replaceAll",
  "search",
  "split",
  "startsWith",
  "substr",
  "substring",
  "toLowerCase",
  "toUpperCase",
  "trim",
  "trimEnd",
  "trimStart",
] as const;

type TextMethod = (this: string, ...args: unknown[]) => unknown;

function makePrototype(): object {
  const prototype = Object.create(Buffer.prototype) as object;
  for (const name of TEXT_METHODS) {
    const method = String.prototype[name] as TextMethod;
    Object.defineProperty(prototype, name, {
      value(this: Buffer, ...args: unknown[]): unknown {
        return method.apply(this.toString(), args);
      },
      writable: true,
      configurable: true,
    });
  }
  return prototype;
}

const PROTOTYPE = makePrototype();

/** @param value what a function that gives a body has given: a Buffer is made able, all else stays as it is */
export function asRawBody(value: unknown): unknown {
  return Buffer.isBuffer(value) ? (Object.setPrototypeOf(value, PROTOTYPE) as Buffer) : value;
}
