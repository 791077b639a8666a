/**
 * `kong` as plugins of kong-pdk for JavaScript see it: every function in camel case and by its wire name, every result a
 * promise, every name a function, also one that this version does not know.
 *
 * Known names are properties of classes that are made once from the SDK's; each gives a function that needs no `this`,
 * because plugins take functions out of their namespace. Unknown names end at a Proxy behind the prototypes.
 */
import type { PluginEvent } from "../../plugin-sdk/typescript/event/plugin-event.ts";
import { KongClient, KongClientTls, KongRouter } from "../../plugin-sdk/typescript/pdk/client.ts";
import { KongSharedContext } from "../../plugin-sdk/typescript/pdk/ctx.ts";
import { Kong } from "../../plugin-sdk/typescript/pdk/kong.ts";
import * as node from "../../plugin-sdk/typescript/pdk/node.ts";
import { KongRequest } from "../../plugin-sdk/typescript/pdk/request.ts";
import { KongResponse } from "../../plugin-sdk/typescript/pdk/response.ts";
import * as service from "../../plugin-sdk/typescript/pdk/service.ts";
import { bridge } from "./bridge.ts";
import { ask, callAsKongPdk, knownFunction, type Method } from "./calls.ts";
import { methodsOf, wireName } from "./names.ts";

/** Where a namespace keeps its event and the SDK's object that it stands for. */
const EVENT = Symbol("event");
const SELF = Symbol("self");

/** What every namespace is; fields are defined, not set, so that the Proxy behind is not asked. */
class Namespace {
  readonly [EVENT]: PluginEvent;
  readonly [SELF]: object;

  constructor(event: PluginEvent, self: object) {
    this[EVENT] = event;
    this[SELF] = self;
  }
}

type NamespaceClass = new (event: PluginEvent, self: object) => Namespace;
/** A namespace within another: its class, and where the SDK has it. */
type Inner = readonly [made: NamespaceClass, of: (self: never) => object];

const NO_NAMES = Object.create(null) as object;

/** Stands behind a namespace's prototype and answers for the names that are not there. @param behind what is known still */
function unknownNames(path: string, behind = NO_NAMES): object {
  return new Proxy(behind, {
    get(target, name, receiver: Namespace) {
      if (typeof name === "symbol" || name === "then" || name in target) {
        return Reflect.get(target, name);
      }
      const event = receiver[EVENT];
      return bridge((wire, args) => ask(event, wire, args), `${path}.${wireName(name)}`);
    },
  });
}

/** A function of the SDK under both of its names. */
function defineMethod(prototype: object, path: string, method: string, run: Method): void {
  const known = knownFunction(`${path}.${wireName(method)}`, run);
  const get = function (this: Namespace): Method {
    const event = this[EVENT];
    const self = this[SELF];
    return (...args) => callAsKongPdk(event, self, known, args);
  };
  for (const name of new Set([method, wireName(method)])) {
    Object.defineProperty(prototype, name, { get, enumerable: true, configurable: true });
  }
}

/** The class of the namespace `path`, with the methods of a class of the SDK and the namespaces within it. */
function namespace(
  path: string,
  methods: object,
  inner: Readonly<Record<string, Inner>> = {},
): NamespaceClass {
  const Made = class extends Namespace {};
  Object.setPrototypeOf(Made.prototype, unknownNames(path));
  for (const method of methodsOf(methods)) {
    defineMethod(Made.prototype, path, method, (methods as Record<string, Method>)[method]!);
  }
  for (const [name, [InnerClass, of]] of Object.entries(inner)) {
    const get = function (this: Namespace): Namespace {
      return new InnerClass(this[EVENT], of(this[SELF] as never));
    };
    Object.defineProperty(Made.prototype, name, { get, enumerable: true });
  }
  return Made;
}

const LEVELS = ["debug", "info", "notice", "warn", "err", "crit", "alert", "emerg"] as const;
type Log = Kong["log"];

/** Functions of `kong.log`, by name; of the SDK's log of an event. */
const LOG_FUNCTIONS = [
  ["", (log: Log) => log],
  ...LEVELS.map((level) => [level, (log: Log) => log[level]] as const),
  ["inspect", (log: Log) => log.inspect],
  ["deprecation", (log: Log) => log.deprecation],
  ["setSerializeValue", (log: Log) => log.setSerializeValue as Method],
  ["serialize", (log: Log) => log.serialize as Method],
] as const;

const LOG_KNOWN = LOG_FUNCTIONS.map(([name, of]) => {
  const run = function (this: Log, ...args: unknown[]): unknown {
    return (of(this) as Method)(...args);
  };
  return [
    name,
    knownFunction(name === "" ? "kong.log" : `kong.log.${wireName(name)}`, run),
  ] as const;
});

const UNKNOWN_LOG = unknownNames("kong.log", Function.prototype);

/** `kong.log`, which can be called itself. */
function logOf(event: PluginEvent, own: Log): Method {
  let log: (Method & Record<string, Method>) | undefined;
  for (const [name, known] of LOG_KNOWN) {
    const run: Method = (...args) => callAsKongPdk(event, own, known, args);
    if (log === undefined) log = run as Method & Record<string, Method>;
    else log[name] = run;
  }
  const made = log!;
  made.set_serialize_value = made.setSerializeValue!;
  Object.defineProperty(made, EVENT, { value: event });
  return Object.setPrototypeOf(made, UNKNOWN_LOG) as Method;
}

const KongPdkKong = namespace(
  "kong",
  {},
  {
    request: [namespace("kong.request", KongRequest.prototype), (kong: Kong) => kong.request],
    response: [namespace("kong.response", KongResponse.prototype), (kong: Kong) => kong.response],
    client: [
      namespace("kong.client", KongClient.prototype, {
        tls: [namespace("kong.client.tls", KongClientTls.prototype), (of: KongClient) => of.tls],
      }),
      (kong: Kong) => kong.client,
    ],
    service: [
      namespace("kong.service", service.KongService.prototype, {
        request: [
          namespace("kong.service.request", service.KongServiceRequest.prototype),
          (of: service.KongService) => of.request,
        ],
        response: [
          namespace("kong.service.response", service.KongServiceResponse.prototype),
          (of: service.KongService) => of.response,
        ],
      }),
      (kong: Kong) => kong.service,
    ],
    router: [namespace("kong.router", KongRouter.prototype), (kong: Kong) => kong.router],
    node: [namespace("kong.node", node.KongNode.prototype), (kong: Kong) => kong.node],
    nginx: [namespace("kong.nginx", node.KongNginx.prototype), (kong: Kong) => kong.nginx],
    ip: [namespace("kong.ip", node.KongIp.prototype), (kong: Kong) => kong.ip],
    plugin: [namespace("kong.plugin", node.KongPlugin.prototype), (kong: Kong) => kong.plugin],
    cluster: [namespace("kong.cluster", node.KongCluster.prototype), (kong: Kong) => kong.cluster],
    vault: [namespace("kong.vault", node.KongVault.prototype), (kong: Kong) => kong.vault],
    telemetry: [
      namespace("kong.telemetry", node.KongTelemetry.prototype),
      (kong: Kong) => kong.telemetry,
    ],
    ctx: [
      namespace(
        "kong.ctx",
        {},
        {
          shared: [
            namespace("kong.ctx.shared", KongSharedContext.prototype),
            (of: Kong["ctx"]) => of.shared,
          ],
        },
      ),
      (kong: Kong) => kong.ctx,
    ],
  },
);
Object.defineProperty(KongPdkKong.prototype, "log", {
  get(this: Namespace): Method {
    return logOf(this[EVENT], (this[SELF] as Kong).log);
  },
  enumerable: true,
});

/** The `kong` of kong-pdk over the SDK's own. */
export function kongPdkKong(kong: Kong): object {
  return new KongPdkKong(Kong.eventOf(kong), kong);
}
