/**
 * Conditions of a plugin config as functions: when an event of a phase is worth a call.
 *
 * Compiled once when the config starts. A condition with a kind in it that is not known, at whatever depth, holds always:
 * a newer plugin is called too often rather than not at all. So does one that looks at what its plugin may not read: whether
 * it was called would tell.
 */
import type { Exchange } from "../../exchange/exchange.ts";
import { unescapeArg } from "../../pdk/query.ts";
import { getMethod, getPath } from "../../pdk/request.ts";
import { toWire } from "../../pdk/text.ts";

/** Does it hold for this request, as it stands now? Looks, and changes nothing; must not throw. */
export type Test = (x: Exchange) => boolean;

/** May the plugin read what a function of the PDK gives, for a name where it is about one? */
export type MayRead = (method: string, name?: string) => boolean;

/** Of a config without access rules. */
export const readsAll: MayRead = () => true;

interface List {
  readonly list: readonly string[];
}

interface Named extends List {
  readonly name: string;
}

/** As read by shapes.ts. */
export interface ConditionFields {
  readonly all?: { readonly list: readonly ConditionFields[] };
  readonly any?: { readonly list: readonly ConditionFields[] };
  readonly not?: ConditionFields;
  readonly method_in?: List;
  readonly path_in?: List;
  readonly path_prefix?: List;
  readonly header_present?: string;
  readonly header_in?: Named;
  readonly header_prefix?: Named;
  readonly query_present?: string;
  readonly route_in?: List;
  readonly service_in?: List;
  readonly consumer_in?: List;
  readonly has_consumer?: boolean;
  readonly status?: { readonly first: number; readonly last: number };
}

const always: Test = () => true;

/** Its message was read, so its depth is bounded (NESTING_MAX). What may not be read counts as a kind that is not known. */
export function compileCondition(given: ConditionFields, mayRead: MayRead = readsAll): Test {
  return isKnown(given, mayRead) ? compileKnown(given) : always;
}

/** A kind that shapes.ts does not know was passed over when the message was read: nothing is left of it. */
function isKnown(given: ConditionFields, mayRead: MayRead): boolean {
  const { all, any, not } = given;
  if (all !== undefined) return all.list.every((one) => isKnown(one, mayRead));
  if (any !== undefined) return any.list.every((one) => isKnown(one, mayRead));
  if (not !== undefined) return isKnown(not, mayRead);
  return Object.values(given).some((value) => value !== undefined) && isReadable(given, mayRead);
}

/** A kind that looks at what no rule is about is readable. */
function isReadable(given: ConditionFields, mayRead: MayRead): boolean {
  const { header_present, header_in, header_prefix, query_present } = given;
  const header = header_present ?? header_in?.name ?? header_prefix?.name;
  if (header !== undefined) return mayRead("kong.request.get_header", header);
  if (query_present !== undefined) return mayRead("kong.request.get_query_arg", query_present);
  if (given.consumer_in === undefined && given.has_consumer === undefined) return true;
  return mayRead("kong.client.get_consumer");
}

function compileKnown(given: ConditionFields): Test {
  return compileGroup(given) ?? compileRequest(given) ?? compileEntity(given) ?? always;
}

/** Kinds that look at what no plugin changes. */
const FIXED: ReadonlySet<string> = new Set(["path_in", "path_prefix", "route_in", "service_in"]);

/** Does it give the same for a request whatever its plugins do? */
export function isFixed(given: ConditionFields): boolean {
  const { all, any, not } = given;
  if (all !== undefined) return all.list.every(isFixed);
  if (any !== undefined) return any.list.every(isFixed);
  if (not !== undefined) return isFixed(not);
  return Object.entries(given).every(([kind, value]) => value === undefined || FIXED.has(kind));
}

function compileGroup({ all, any, not }: ConditionFields): Test | null {
  if (all !== undefined) {
    const tests = all.list.map(compileKnown);
    return (x) => tests.every((test) => test(x));
  }
  if (any !== undefined) {
    const tests = any.list.map(compileKnown);
    return (x) => tests.some((test) => test(x));
  }
  if (not === undefined) return null;
  const test = compileKnown(not);
  return (x) => !test(x);
}

function compileRequest(given: ConditionFields): Test | null {
  const { method_in, path_in, path_prefix, header_present, query_present } = given;
  if (method_in !== undefined) {
    const methods = new Set(method_in.list);
    return (x) => methods.has(getMethod(x));
  }
  if (path_in !== undefined) {
    const paths = new Set(path_in.list);
    return (x) => paths.has(getPath(x));
  }
  if (path_prefix !== undefined) {
    const { list } = path_prefix;
    return (x) => {
      const path = getPath(x);
      return list.some((prefix) => path.startsWith(prefix));
    };
  }
  if (header_present !== undefined) return (x) => x.requestHeaders.has(header_present);
  if (query_present !== undefined) return (x) => hasArgument(x, query_present);
  return compileHeader(given);
}

function compileHeader({ header_in, header_prefix }: ConditionFields): Test | null {
  if (header_in !== undefined) {
    const values = new Set(header_in.list.map(toWire));
    return (x) => someHeader(x, header_in.name, (value) => values.has(value));
  }
  if (header_prefix === undefined) return null;
  const prefixes = header_prefix.list.map(toWire);
  return (x) =>
    someHeader(x, header_prefix.name, (value) => prefixes.some((one) => value.startsWith(one)));
}

function someHeader(x: Exchange, name: string, holds: (value: string) => boolean): boolean {
  const { requestHeaders } = x;
  for (let f = requestHeaders.find(name); f >= 0; f = requestHeaders.find(name, f + 1)) {
    if (holds(requestHeaders.valueAt(f))) return true;
  }
  return false;
}

function hasArgument(x: Exchange, name: string): boolean {
  const query = x.changedQuery ?? x.rawQuery;
  if (query === "") return false;
  return query.split("&").some((pair) => {
    const equals = pair.indexOf("=");
    return unescapeArg(equals < 0 ? pair : pair.slice(0, equals)) === name;
  });
}

/** What entities may be named by. */
interface Nameable {
  readonly id: string;
  readonly name?: string | null;
  readonly username?: string | null;
  readonly custom_id?: string | null;
}

function compileEntity(given: ConditionFields): Test | null {
  const { route_in, service_in, consumer_in, has_consumer, status } = given;
  if (route_in !== undefined) return among(route_in, (x) => x.route);
  if (service_in !== undefined) return among(service_in, (x) => x.service);
  if (consumer_in !== undefined) return among(consumer_in, (x) => x.consumer);
  if (has_consumer !== undefined) return (x) => (x.consumer !== null) === has_consumer;
  if (status === undefined) return null;
  return (x) => x.status >= status.first && x.status <= status.last;
}

function among({ list }: List, entityOf: (x: Exchange) => Nameable | null): Test {
  const names = new Set(list);
  return (x) => {
    const entity = entityOf(x);
    if (entity === null) return false;
    const { id, name, username, custom_id } = entity;
    return [id, name, username, custom_id].some((one) => typeof one === "string" && names.has(one));
  };
}
