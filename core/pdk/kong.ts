/**
 * The facade `kong` that plugins inside the gateway call, generated from the table when the gateway starts.
 *
 * Each namespace of the table becomes a class with a method for each function, and each exchange gets an object of it
 * at first use. A method checks the phase with one AND and calls the implementation; methods are made by arity, so no
 * call builds an array of its arguments. Types for plugin authors are in kong-api.ts.
 */
import type { Exchange } from "../exchange/exchange.ts";
import { contextOfPlugin, coreContext, sharedContext } from "./ctx.ts";
import type { Kong as KongApi } from "./kong-api.ts";
import { makeLog } from "./log.ts";
import type { PdkNode } from "./pdk-node.ts";
import { callFunction, type PdkFunction, refusePhase, TABLE } from "./registry.ts";
import { ANY } from "./phase-sets.ts";
import { versionNumber } from "./version.ts";

/** The PDK as plugins in the gateway are given it. */
export type Kong = KongApi;

interface Pdk {
  /** The facade of an exchange; the same object for the life of the request. */
  kongFor(x: Exchange): Kong;
  /**
   * Call a function by its wire name, as plugin servers do. Arguments are checked; what is nil in Kong is null, and the
   * reason stands in `x.pdkError`. May give a promise where a body has not arrived yet.
   *
   * @throws {PdkError} for an unknown name, a wrong phase or a bad argument; EXIT after `exit` and `error`
   */
  call(wireName: string, x: Exchange, args: readonly unknown[]): unknown;
}

const EXCHANGE = Symbol("exchange");

/** The exchange behind a facade, for handlers that are part of the gateway. */
export function exchangeOf(kong: Kong): Exchange {
  return (kong as unknown as Scoped)[EXCHANGE];
}

/** An object of a namespace: it knows its exchange, its class knows the rest. */
interface Scoped {
  [EXCHANGE]: Exchange;
}

type Method = (this: Scoped, ...args: unknown[]) => unknown;
type Run = (x: Exchange, node: PdkNode, ...args: unknown[]) => unknown;

/** `get_raw_body` -> `getRawBody`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function methodOf(fn: PdkFunction, node: PdkNode): Method {
  const run = fn.run as Run;
  const { phases } = fn;
  const arity = fn.isVariadic ? -1 : fn.args.length;
  switch (arity) {
    case 0:
      return function () {
        const x = this[EXCHANGE];
        if ((x.phase & phases) === 0 && phases !== ANY) throw refusePhase(fn, x);
        return run(x, node);
      };
    case 1:
      return function (a) {
        const x = this[EXCHANGE];
        if ((x.phase & phases) === 0 && phases !== ANY) throw refusePhase(fn, x);
        return run(x, node, a);
      };
    case 2:
      return function (a, b) {
        const x = this[EXCHANGE];
        if ((x.phase & phases) === 0 && phases !== ANY) throw refusePhase(fn, x);
        return run(x, node, a, b);
      };
    case 3:
      return function (a, b, c) {
        const x = this[EXCHANGE];
        if ((x.phase & phases) === 0 && phases !== ANY) throw refusePhase(fn, x);
        return run(x, node, a, b, c);
      };
    default:
      return function (...args) {
        const x = this[EXCHANGE];
        if ((x.phase & phases) === 0 && phases !== ANY) throw refusePhase(fn, x);
        return run(x, node, ...args);
      };
  }
}

interface Tree {
  readonly functions: Map<string, PdkFunction>;
  readonly children: Map<string, Tree>;
}

/** The table as a tree of namespaces, without what only plugin servers have. */
function treeOf(table: readonly PdkFunction[]): Tree {
  const root: Tree = { functions: new Map(), children: new Map() };
  for (const fn of table) {
    const path = fn.name.split(".").slice(1);
    const last = path.pop();
    // kong.log itself is made by makeLog, values by createPdk
    if (fn.isPluginServerOnly || fn.isValue || last === undefined || fn.name === "kong.log")
      continue;
    let tree = root;
    for (const part of path) {
      let child = tree.children.get(part);
      if (child === undefined) {
        child = { functions: new Map(), children: new Map() };
        tree.children.set(part, child);
      }
      tree = child;
    }
    tree.functions.set(last, fn);
  }
  return root;
}

type ScopedClass = new (x: Exchange) => Scoped;

/** A class with the methods of a namespace, and a getter for each namespace in it. */
function classOf(tree: Tree, node: PdkNode): ScopedClass {
  class Namespace implements Scoped {
    readonly [EXCHANGE]: Exchange;
    constructor(x: Exchange) {
      this[EXCHANGE] = x;
    }
  }
  for (const [name, fn] of tree.functions) {
    Object.defineProperty(Namespace.prototype, camelCase(name), { value: methodOf(fn, node) });
  }
  for (const [name, child] of tree.children) {
    defineLazy(Namespace.prototype, camelCase(name), makerOf(classOf(child, node)));
  }
  return Namespace;
}

function makerOf(Class: ScopedClass): (x: Exchange) => unknown {
  return (x) => new Class(x);
}

/** A getter that makes its value at first use and keeps it in the object. */
function defineLazy(target: object, name: string, make: (x: Exchange) => unknown): void {
  const key = Symbol(name);
  Object.defineProperty(target, name, {
    get(this: Scoped & { [key: symbol]: unknown }): unknown {
      const had = this[key];
      if (had !== undefined) return had;
      const made = make(this[EXCHANGE]);
      this[key] = made;
      return made;
    },
  });
}

/** The PDK of a worker: one for all its requests. */
export function createPdk(node: PdkNode): Pdk {
  const tree = treeOf(TABLE);
  const logTree = tree.children.get("log")!;
  tree.children.delete("log");
  const KongClass = classOf(tree, node);
  const { prototype } = KongClass;
  const LogClass = classOf(logTree, node);
  defineLazy(prototype, "log", (x) => {
    const log = makeLog(x, node) as unknown as Scoped;
    log[EXCHANGE] = x;
    return Object.setPrototypeOf(log, LogClass.prototype);
  });
  defineLazy(prototype, "ctx", (x) => new Contexts(x));
  const constants = {
    configuration: Object.freeze({ ...node.settings }),
    version: node.version,
    versionNum: versionNumber(node.version),
  };
  for (const [name, value] of Object.entries(constants)) {
    Object.defineProperty(prototype, name, { value });
  }
  Object.defineProperty(prototype, "lastError", {
    get(this: Scoped) {
      return this[EXCHANGE].pdkError;
    },
  });
  return {
    kongFor(x) {
      x.kong ??= new KongClass(x);
      return x.kong as Kong;
    },
    call: (wireName, x, args) => callFunction(wireName, x, node, args),
  };
}

/** `kong.ctx`: tables that live as long as the request. */
class Contexts {
  readonly #x: Exchange;
  constructor(x: Exchange) {
    this.#x = x;
  }
  get shared(): Record<string, unknown> {
    return sharedContext(this.#x);
  }
  get plugin(): Record<string, unknown> {
    return contextOfPlugin(this.#x);
  }
  get core(): Record<string, unknown> {
    return coreContext(this.#x);
  }
}
