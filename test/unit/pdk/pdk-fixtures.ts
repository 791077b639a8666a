/** What the tests of the PDK share: an exchange in a phase, and short ways to call a function and to see it refuse. */
import assert from "node:assert/strict";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { PdkError } from "../../../core/errors.ts";
import { createPdk, type Kong } from "../../../core/pdk/kong.ts";
import type { PdkNode } from "../../../core/pdk/pdk-node.ts";
import { PHASE, type PhaseName } from "../../../core/phases/phases.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { type LogRecord, makeNode, makeSnapshot, recordingLog } from "../../helpers/make-node.ts";

type MakeArguments = Parameters<typeof makeExchange>;

export interface Bench {
  readonly x: Exchange;
  readonly kong: Kong;
  readonly records: LogRecord[];
  /** By wire name, as plugin servers do. */
  call(name: string, ...args: unknown[]): unknown;
  in(phase: PhaseName): Bench;
  /** The call throws PdkError with this message. */
  refuses(message: string, name: string, ...args: unknown[]): void;
}

export function bench(
  request: MakeArguments | Exchange = [],
  changes: Partial<PdkNode> = {},
  rows: Readonly<Record<string, readonly object[]>> = {},
): Bench {
  const x = Array.isArray(request) ? makeExchange(...request) : request;
  const { log, records } = recordingLog();
  const pdk = createPdk(makeNode({ log, ...changes }, makeSnapshot(rows)));
  x.phase = PHASE.access;
  const made: Bench = {
    x,
    kong: pdk.kongFor(x),
    records,
    call: (name, ...args) => pdk.call(`kong.${name}`, x, args),
    in(phase) {
      x.phase = PHASE[phase];
      return made;
    },
    refuses(message, name, ...args) {
      const isRight = (cause: unknown) => {
        assert.ok(cause instanceof PdkError, String(cause));
        assert.equal(cause.message, message);
        return true;
      };
      assert.throws(() => made.call(name, ...args), isRight, name);
    },
  };
  return made;
}

/** A copy without the missing prototype, for deepEqual. */
export const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
