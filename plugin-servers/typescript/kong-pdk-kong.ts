/**
 * `kong` as plugins of kong-pdk for JavaScript see it: every function in camel case and by its wire name, every result a
 * promise, every name a function, also one that this version does not know.
 *
 * Known names are properties of prototypes that are made once from the SDK's classes; each gives a function that needs no
 * `this`, because plugins take functions out of their namespace. Unknown ones end at a Proxy behind the prototypes.
 */
import type { PluginEvent } from "../../plugin-sdk/typescript/event/plugin-event.ts";
import { KongClient, KongClientTls, KongRouter } from "../../plugin-sdk/typescript/pdk/client.ts";
import { KongSharedContext } from "../../plugin-sdk/typescript/pdk/ctx.ts";
import { Kong } from "../../plugin-sdk/typescript/pdk/kong.ts";
import * as node from "../../plugin-sdk/typescript/pdk/node.ts";
import { KongRequest } from "../../plugin-sdk/typescript/pdk/request.ts";
import { KongResponse } from "../../plugin-sdk/typescript/pdk/response.ts";
import * as service from "../../plugin-sdk/typescript/pdk/service.ts";
import { ask, callAsKongPdk } from "./calls.ts";
import { methodsOf, wireName } from "./names.ts";

type AnyFunction = (...args: unknown[]) => unknown;

/** Where a namespace keeps its event and the SDK's object that it stands for. */
const EVENT = Symbol("event");
const SELF = Symbol("self");

interface Namespace {
  [EVENT]: PluginEvent;
  [SELF]: object;
}

/** A name that the SDK does not have: a function that asks the gateway, with more names below it. */
function bridge(event: PluginEvent, path: string): unknown {
  return new Proxy((...args: unknown[]) => ask(event, path, args), {
    get(target, name) {
      if (typeof name === "symbol" || name === "then") return Reflect.get(target, name);
      return bridge(event, `${path}.${wireName(name)}`);
    },
  });
}

/** Stands behind a namespace's prototype and answers for the names that are not there. */
function unknownNames(path: string): object {
  return new Proxy(Object.create(null) as object, {
    get(_target, name, receiver: Namespace) {
      if (typeof name === "symbol" || name === "then") return undefined;
      return bridge(receiver[EVENT], `${path}.${wireName(name)}`);
    },
  });
}

/** A function of the SDK under both of its names. */
function defineMethod(prototype: object, path: string, method: string, run: AnyFunction): void {
  const wire = `${path}.${wireName(method)}`;
  const get = function (this: Namespace): AnyFunction {
    const event = this[EVENT];
    const self = this[SELF];
    return (...args) => callAsKongPdk(event, self, run, wire, args);
  };
  for (const name of new Set([method, wireName(method)])) {
    Object.defineProperty(prototype, name, { get, enumerable: true, configurable: true });
  }
}

type Make = (event: PluginEvent, self: object) => object;

/** @returns a constructor of the namespace `path` over the methods of a class of the SDK */
function namespaceOf(path: string, methods: object): Make {
  const prototype = Object.create(unknownNames(path)) as object;
  for (const method of methodsOf(methods)) {
    defineMethod(prototype, path, method, (methods as Record<string, AnyFunction>)[method]!);
  }
  return (event, self) => Object.assign(Object.create(prototype), { [EVENT]: event, [SELF]: self });
}

/** A namespace within another, made when it is asked for. */
type Inner = readonly [
  make: Make,
  of: (self: never) => object,
  inner?: Readonly<Record<string, Inner>>,
];

const NAMESPACES: Readonly<Record<string, Inner>> = {
  request: [namespaceOf("kong.request", KongRequest.prototype), (kong: Kong) => kong.request],
  response: [namespaceOf("kong.response", KongResponse.prototype), (kong: Kong) => kong.response],
  client: [
    namespaceOf("kong.client", KongClient.prototype),
    (kong: Kong) => kong.client,
    { tls: [namespaceOf("kong.client.tls", KongClientTls.prototype), (of: KongClient) => of.tls] },
  ],
  service: [
    namespaceOf("kong.service", service.KongService.prototype),
    (kong: Kong) => kong.service,
    {
      request: [
        namespaceOf("kong.service.request", service.KongServiceRequest.prototype),
        (of: service.KongService) => of.request,
      ],
      response: [
        namespaceOf("kong.service.response", service.KongServiceResponse.prototype),
        (of: service.KongService) => of.response,
      ],
    },
  ],
  router: [namespaceOf("kong.router", KongRouter.prototype), (kong: Kong) => kong.router],
  node: [namespaceOf("kong.node", node.KongNode.prototype), (kong: Kong) => kong.node],
  nginx: [namespaceOf("kong.nginx", node.KongNginx.prototype), (kong: Kong) => kong.nginx],
  ip: [namespaceOf("kong.ip", node.KongIp.prototype), (kong: Kong) => kong.ip],
  plugin: [namespaceOf("kong.plugin", node.KongPlugin.prototype), (kong: Kong) => kong.plugin],
  cluster: [namespaceOf("kong.cluster", node.KongCluster.prototype), (kong: Kong) => kong.cluster],
  vault: [namespaceOf("kong.vault", node.KongVault.prototype), (kong: Kong) => kong.vault],
  telemetry: [
    namespaceOf("kong.telemetry", node.KongTelemetry.prototype),
    (kong: Kong) => kong.telemetry,
  ],
  ctx: [
    namespaceOf("kong.ctx", {}),
    (kong: Kong) => kong.ctx,
    {
      shared: [
        namespaceOf("kong.ctx.shared", KongSharedContext.prototype),
        (of: Kong["ctx"]) => of.shared,
      ],
    },
  ],
};

function withInner(
  target: object,
  event: PluginEvent,
  self: object,
  inner: Readonly<Record<string, Inner>>,
): void {
  for (const [name, [make, of, more]] of Object.entries(inner)) {
    let made: object | null = null;
    const get = (): object => {
      if (made === null) {
        const its = of(self as never);
        made = make(event, its);
        if (more !== undefined) withInner(made, event, its, more);
      }
      return made;
    };
    Object.defineProperty(target, name, { get, enumerable: true, configurable: true });
  }
}

const LEVELS = ["debug", "info", "notice", "warn", "err", "crit", "alert", "emerg"] as const;

/** `kong.log`, which can be called itself. */
function logOf(kong: Kong, event: PluginEvent): unknown {
  const run =
    (method: AnyFunction, wire: string): AnyFunction =>
    (...args) =>
      callAsKongPdk(event, kong.log, method, wire, args);
  const log = run(kong.log, "kong.log") as AnyFunction & Record<string, unknown>;
  for (const level of LEVELS) log[level] = run(kong.log[level], `kong.log.${level}`);
  const others = { inspect: kong.log.inspect, deprecation: kong.log.deprecation };
  for (const [name, method] of Object.entries(others)) log[name] = run(method, `kong.log.${name}`);
  const set = run(kong.log.setSerializeValue as AnyFunction, "kong.log.set_serialize_value");
  log.setSerializeValue = set;
  log.set_serialize_value = set;
  log.serialize = run(kong.log.serialize as AnyFunction, "kong.log.serialize");
  return log;
}

const ROOT = Object.create(unknownNames("kong")) as object;
for (const [name, inner] of Object.entries(NAMESPACES)) {
  Object.defineProperty(ROOT, name, {
    get(this: Namespace) {
      const holder = {};
      withInner(holder, this[EVENT], this[SELF], { [name]: inner });
      const made = (holder as Record<string, object>)[name];
      Object.defineProperty(this, name, { value: made, enumerable: true });
      return made;
    },
  });
}
Object.defineProperty(ROOT, "log", {
  get(this: Namespace) {
    const log = logOf(this[SELF] as Kong, this[EVENT]);
    Object.defineProperty(this, "log", { value: log, enumerable: true });
    return log;
  },
});

/** The `kong` of kong-pdk over the SDK's own. */
export function kongPdkKong(kong: Kong): object {
  return Object.assign(Object.create(ROOT) as Namespace, {
    [EVENT]: Kong.eventOf(kong),
    [SELF]: kong,
  });
}
