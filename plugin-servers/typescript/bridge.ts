/** Names of the PDK that are looked up as they are used: `kong.any.thing(...)` is a function that asks the gateway. */
import { wireName } from "./names.ts";

/** Asks the gateway for a function by its wire name. */
export type Ask = (wire: string, args: unknown[]) => Promise<unknown>;

/** A function that asks, with more names below it. */
export function bridge(ask: Ask, path: string): unknown {
  return new Proxy((...args: unknown[]) => ask(path, args), {
    get(target, name) {
      // `then` would make a promise of it
      if (typeof name === "symbol" || name === "then") return Reflect.get(target, name);
      return bridge(ask, `${path}.${wireName(name)}`);
    },
  });
}
