/**
 * `kong.ctx` and the two ways in which plugin servers reach it: tables that live as long as the request.
 *
 * They have no prototype, so a key like "constructor" from a plugin is a key like any other.
 */
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { isNil } from "./arguments.ts";
import { inWorkspace, WORKSPACE_ID } from "./entity-view.ts";
import type { PdkNode, RunningPlugin } from "./pdk-node.ts";
import { textOf } from "./text.ts";

type Context = Record<string, unknown>;
const newContext = (): Context => Object.create(null) as Context;

/** Name in {@link Exchange.pluginContexts} of the table that belongs to no plugin. */
const CORE = "";

/** `kong.ctx.shared`: one table for all plugins of the request, made at first use. */
export function sharedContext(x: Exchange): Context {
  x.shared ??= newContext();
  return x.shared;
}

function contextNamed(x: Exchange, name: string): Context {
  x.pluginContexts ??= new Map();
  let context = x.pluginContexts.get(name);
  if (context === undefined) {
    context = newContext();
    x.pluginContexts.set(name, context);
  }
  return context;
}

/** The running plugin's own table: by handler, so all configs of a plugin share it. */
export function contextOfPlugin(x: Exchange): Context {
  const running = x.plugin as RunningPlugin | null;
  if (running === null) throw new PdkError("kong.ctx.plugin is there only while a plugin runs");
  return contextNamed(x, running.handler.name);
}

/** The table of `kong.nginx.set_ctx` and `kong.ctx.core`; what the gateway keeps is not in it. */
export function coreContext(x: Exchange): Context {
  return contextNamed(x, CORE);
}

/** A key of a plugin server: numbers and strings are different keys in Lua. */
function keyOf(key: unknown): string {
  if (typeof key === "string") return key;
  if (key instanceof Uint8Array) return textOf(key);
  if (isNil(key)) throw new PdkError("index is nil");
  return `\0${typeof key}:${String(key)}`;
}

/** nil may be asked for, and nothing is there: only writing to it is an error, as in Lua. */
function read(context: Context | null | undefined, key: unknown): unknown {
  return isNil(key) ? null : (context?.[keyOf(key)] ?? null);
}

/** nil takes the value away, as in a Lua table. */
function write(context: Context, key: unknown, value: unknown): void {
  const name = keyOf(key);
  if (isNil(value)) delete context[name];
  else context[name] = value instanceof Uint8Array ? textOf(value) : value;
}

/** `kong.ctx.shared.get` of plugin servers. null for a key that was not written; makes no table. */
export function sharedGet(x: Exchange, _node: PdkNode, key: unknown): unknown {
  return read(x.shared, key);
}

/**
 * `kong.ctx.shared.set` of plugin servers; nil removes.
 * @throws {PdkError} for a key that is nil
 */
export function sharedSet(x: Exchange, _node: PdkNode, key: unknown, value: unknown): void {
  write(sharedContext(x), key, value);
}

/** What Kong itself keeps in the request's context: times in milliseconds of the epoch, entities, facts. */
const OF_THE_GATEWAY: Readonly<Record<string, (x: Exchange) => unknown>> = {
  KONG_PROCESSING_START: (x) => Math.trunc(x.startedMs),
  KONG_REWRITE_START: (x) => Math.trunc(x.startedMs),
  KONG_ACCESS_START: (x) => timeOf(x.accessStartMs),
  KONG_ACCESS_ENDED_AT: (x) => timeOf(x.tries?.[0]?.balancerStartMs ?? x.accessEndMs),
  KONG_PHASE: (x) => x.phase,
  KONG_PROXIED: (x) => (x.serviceStatus !== 0 ? true : null),
  KONG_UNEXPECTED: (x) => (x.failed ? true : null),
  authenticated_consumer: (x) => x.consumer,
  authenticated_credential: (x) => x.credential,
  host_port: (x) => x.client.advertisedPort,
  route: (x) => (x.route === null ? null : inWorkspace(x.route)),
  service: (x) => (x.service === null ? null : inWorkspace(x.service)),
  workspace: () => WORKSPACE_ID,
};

function timeOf(ms: number): number | null {
  return ms < 0 ? null : Math.trunc(ms);
}

/** What plugins wrote goes first; it changes nothing of the gateway's own. */
export function getCtx(x: Exchange, _node: PdkNode, key: unknown): unknown {
  const written = read(x.pluginContexts?.get(CORE), key);
  if (written !== null || typeof key !== "string") return written;
  return Object.hasOwn(OF_THE_GATEWAY, key) ? OF_THE_GATEWAY[key]!(x) : null;
}

/**
 * `kong.nginx.set_ctx` of plugin servers; nil removes.
 * @throws {PdkError} for a key that is nil
 */
export function setCtx(x: Exchange, _node: PdkNode, key: unknown, value: unknown): void {
  write(coreContext(x), key, value);
}
