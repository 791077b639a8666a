/**
 * What a plugin writes through Done against the same calls of the PDK: whatever is done on the short way has to leave an
 * exchange as the long way does, and has to be refused with the same words.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { EXIT } from "../../../core/pdk/exit.ts";
import { createPdk } from "../../../core/pdk/kong.ts";
import { PHASE } from "../../../core/phases/phases.ts";
import { applyWrite } from "../../../core/plugin-host/native/apply-writes.ts";
import { headerLines } from "../../../core/plugin-host/native/header-lines.ts";
import { readDone, writes } from "../../../core/plugin-host/native/writes.ts";
import { encode, type Message } from "../../../plugin-sdk/typescript/wire/codec.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { makeNode } from "../../helpers/make-node.ts";
import { seeded } from "./seeded.ts";

const SEQUENCES = 2000;
const WRITES_MAX = 12;

const chance = seeded("native writes");
const pdk = createPdk(makeNode());
const oneOf = <T>(list: readonly T[]): T => list[chance.below(list.length)]!;

const NAMES = ["x-a", "X-A", "x_a", "x-b", "Host", "Content-Length", "transfer_encoding", "connection", "cookie", "via", "set-cookie", "a b", "", "x:y", "ü", "date", "content-type"]; // biome-ignore format: a list
const VALUES = ["", "1", "two words", " padded ", "Grüße", "17", "a\r\nb: c", "\0", "v".repeat(300), "text/plain"]; // biome-ignore format: a list
const STATUSES = [0, 99, 100, 200, 204, 304, 404, 599, 600, 70_000];
const PHASES = [PHASE.rewrite, PHASE.access, PHASE.response, PHASE.header_filter, PHASE.body_filter, PHASE.log]; // biome-ignore format: a list
/** Functions of the short forms, by op. */
const SHORT = ["", "kong.service.request.set_header", "kong.service.request.add_header", "kong.service.request.clear_header", "kong.response.set_header", "kong.response.add_header", "kong.response.clear_header", "kong.response.set_status"]; // biome-ignore format: a list

interface Act {
  readonly write: Message;
  readonly method: string;
  readonly args: readonly unknown[];
}

function anyAct(): Act {
  const op = chance.below(SHORT.length);
  const method = SHORT[op]!;
  const name = oneOf(NAMES);
  if (op === 0) return anyCall();
  if (op === 7) {
    const number = oneOf(STATUSES);
    return { write: { op, number }, method, args: [number] };
  }
  if (op === 3 || op === 6) return { write: { op, name }, method, args: [name] };
  const value = oneOf(VALUES);
  return { write: { op, name, value }, method, args: [name, value] };
}

function anyCall(): Act {
  const [method, ...args] = oneOf<readonly [string, ...string[]]>([
    ["kong.service.request.set_path", oneOf(["/a", "/b?c", "no slash", "/Grüße"])],
    ["kong.service.request.set_raw_query", oneOf(["", "a=1", "b=2&c"])],
    ["kong.service.request.set_method", oneOf(["POST", "get", "NO SUCH"])],
    ["kong.service.request.set_header", oneOf(NAMES), oneOf(VALUES)],
    ["kong.response.set_header", oneOf(NAMES), oneOf(VALUES)],
    ["kong.response.exit"],
    ["kong.no_such_function"],
  ]);
  return { write: { op: 0, name: method, args: args.map((text) => ({ text })) }, method, args };
}

/** @returns how it ended: "exit", or what was refused with which words */
function endingOf(run: () => void): string {
  try {
    run();
    return "";
  } catch (cause) {
    return cause === EXIT ? "exit" : String((cause as Error).message);
  }
}

function anyExchange(): () => Exchange {
  const phase = oneOf(PHASES);
  const headersSent = chance.below(4) === 0;
  const isAnswered = chance.below(3) > 0;
  const headers: [string, string][] = [["Host", "h.test"]];
  for (let n = chance.below(4); n > 0; n--) headers.push([oneOf(["x-a", "X-B", "Cookie"]), "old"]);
  return () => {
    const x = makeExchange("GET", "/path?q=1", headers, null, { startedMs: 1 });
    x.phase = phase;
    x.headersSent = headersSent;
    if (isAnswered) x.status = 200;
    x.responseHeaders.add("x-a", "from the Service");
    return x;
  };
}

function stateOf(x: Exchange): object {
  const { status, reason, answer, upstreamMethod, changedQuery, upstream, failed } = x;
  return {
    ...{ status, reason, answer, upstreamMethod, changedQuery, failed },
    upstream: { ...upstream },
    request: headerLines(x.requestHeaders),
    response: headerLines(x.responseHeaders),
  };
}

it("is as if the PDK had been called", () => {
  for (let n = 0; n < SEQUENCES; n++) {
    const acts = Array.from({ length: 1 + chance.below(WRITES_MAX) }, anyAct);
    const make = anyExchange();
    const [short, long] = [make(), make()];
    const message = Buffer.from(
      encode("Done", { ran: 1, writes: acts.map(({ write }) => write) }),
      "latin1",
    );
    const caller = { callPdk: pdk.call.bind(pdk), isRestricted: false };
    const ofShort = endingOf(() => {
      readDone(message, 0, message.length);
      for (let i = 0; i < writes.count; i++) applyWrite(writes, i, short, caller, null);
    });
    const ofLong = endingOf(() => {
      for (const { method, args } of acts) pdk.call(method, long, args);
    });
    const told = JSON.stringify({ phase: short.phase, sent: short.headersSent, acts });
    assert.equal(ofShort, ofLong, told);
    assert.deepEqual(stateOf(short), stateOf(long), told);
  }
});
