/**
 * What a plugin wrote, done in the order in which it was written, by the PDK.
 *
 * A write is a PDK call whose result nobody needs. The short forms of the contract are done here without the way through
 * the registry where that gives the very same result (a plain name, a phase in which the function is allowed, headers not
 * sent yet); in every other case they take the PDK's way, with its checks and its messages.
 */
import type { Plugin } from "../../entities/plugin.ts";
import type { Exchange } from "../../exchange/exchange.ts";
import { isHeaderName } from "../../exchange/header-block.ts";
import { findFunction } from "../../pdk/registry.ts";
import { ownHeaders } from "../../pdk/response.ts";
import { UnreadableProtobuf } from "../protobuf/wire.ts";
import { OP } from "./frame-types.ts";
import type { Writes } from "./writes.ts";

/** The PDK's way: by wire name. Throws PdkError, and EXIT after exit and error. */
interface PdkCaller {
  callPdk(method: string, x: Exchange, args: readonly unknown[], plugin: Plugin | null): unknown;
  /** Does some plugin have less than all of the request? Then nothing may go past {@link callPdk}. */
  readonly isRestricted: boolean;
}

/** Functions that the short forms stand for, by op. */
const METHODS: readonly string[] = [
  "",
  "kong.service.request.set_header",
  "kong.service.request.add_header",
  "kong.service.request.clear_header",
  "kong.response.set_header",
  "kong.response.add_header",
  "kong.response.clear_header",
  "kong.response.set_status",
];
/** Phases in which each is allowed, by op. */
const PHASES = METHODS.map((name) => findFunction(name)?.phases ?? 0);

/** Names for which a header is more than a header: Host and the framing. */
const SPECIAL: ReadonlySet<string> = new Set(["host", "content-length", "transfer-encoding"]);
/** Names that were looked at: true for those that are plain. A plugin writes few. */
const plainNames = new Map<string, boolean>();
const PLAIN_NAMES_MAX = 1024;

const STATUS_MIN = 100;
const STATUS_MAX = 599;

/** A token that is not special: the PDK would take it as it is. */
function isPlain(name: string): boolean {
  let known = plainNames.get(name);
  if (known === undefined) {
    known = isHeaderName(name) && !SPECIAL.has(name.toLowerCase().replaceAll("_", "-"));
    if (plainNames.size >= PLAIN_NAMES_MAX) plainNames.clear();
    plainNames.set(name, known);
  }
  return known;
}

/**
 * Do write `i`, which is not NEXT_INSTANCE.
 *
 * @throws {PdkError} what the PDK refuses; EXIT after exit and error
 * @throws {UnreadableProtobuf} for an op that there is not
 */
export function applyWrite(
  writes: Writes,
  i: number,
  x: Exchange,
  pdk: PdkCaller,
  plugin: Plugin | null,
): void {
  const op = writes.op(i);
  if (op === OP.CALL) {
    pdk.callPdk(writes.name(i), x, writes.args(i), plugin);
    return;
  }
  const method = METHODS[op];
  if (method === undefined) throw new UnreadableProtobuf(`write ${op}`);
  if (!pdk.isRestricted && isAllowed(op, x) && applyFast(writes, i, op, x)) return;
  pdk.callPdk(method, x, argumentsOf(writes, i, op), plugin);
}

function isAllowed(op: number, x: Exchange): boolean {
  return (PHASES[op]! & x.phase) !== 0 && (op < OP.RESPONSE_SET_HEADER || !x.headersSent);
}

/** @returns false where the PDK has to look at it; nothing was done then */
function applyFast(writes: Writes, i: number, op: number, x: Exchange): boolean {
  if (op === OP.RESPONSE_SET_STATUS) {
    const status = writes.number(i);
    if (status < STATUS_MIN || status > STATUS_MAX) return false;
    x.status = status;
    x.reason = "";
    return true;
  }
  const name = writes.name(i);
  if (!isPlain(name)) return false;
  switch (op) {
    case OP.SERVICE_REQUEST_SET_HEADER:
      x.requestHeaders.set(name, headerValue(writes, i));
      break;
    case OP.SERVICE_REQUEST_ADD_HEADER:
      x.requestHeaders.add(name, headerValue(writes, i));
      break;
    case OP.SERVICE_REQUEST_CLEAR_HEADER:
      x.requestHeaders.remove(name);
      break;
    case OP.RESPONSE_SET_HEADER:
      ownHeaders(x).set(answerName(name), headerValue(writes, i));
      break;
    case OP.RESPONSE_ADD_HEADER:
      ownHeaders(x).add(answerName(name), headerValue(writes, i));
      break;
    case OP.RESPONSE_CLEAR_HEADER:
      ownHeaders(x).remove(name);
      break;
  }
  return true;
}

/** An empty value is a single space, as in Kong. */
function headerValue(writes: Writes, i: number): string {
  return writes.wireValue(i) || " ";
}

/** nginx's Lua makes a dash of an underscore. */
function answerName(name: string): string {
  return name.includes("_") ? name.replaceAll("_", "-") : name;
}

function argumentsOf(writes: Writes, i: number, op: number): readonly unknown[] {
  if (op === OP.RESPONSE_SET_STATUS) return [writes.number(i)];
  if (op === OP.SERVICE_REQUEST_CLEAR_HEADER || op === OP.RESPONSE_CLEAR_HEADER) {
    return [writes.name(i)];
  }
  return [writes.name(i), writes.value(i)];
}
