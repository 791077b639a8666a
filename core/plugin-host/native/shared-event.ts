/**
 * The part of an event that carries several steps of the chain: whose turn it is, whose failure it was, and what runs
 * after it.
 *
 * It does what the runner does between two steps (core/runloop): where a plugin answers or fails nothing runs behind it,
 * unless its policy or the phase lets the chain go on; what has not run then has its turn in an event of its own.
 */
import { answerIfClosed, isFailureIgnored } from "../failed-event.ts";
import { PluginProtocolError } from "../../errors.ts";
import type { Exchange } from "../../exchange/exchange.ts";
import { EXIT } from "../../pdk/exit.ts";
import { PHASE } from "../../phases/phases.ts";
import type { SharedStep } from "../../runloop/shared-step.ts";
import type { Outcome } from "../plugin-process.ts";
import { applyWrite } from "./apply-writes.ts";
import { OP } from "./frame-types.ts";
import { WaitingEvent } from "./waiting-event.ts";
import { writes } from "./writes.ts";

/** Phases whose steps all run, whatever becomes of those before them. */
const NEVER_ENDED = PHASE.header_filter | PHASE.body_filter | PHASE.log;

/** The write that is being done, or was refused: messages are read and their writes done one after the other. */
let refusedWrite = 0;

/** Where the next plugin's writes begin behind a write; `writes.count` where there are none. */
function nextTurnAfter(write: number): number {
  let i = write + 1;
  while (i < writes.count && writes.op(i) !== OP.NEXT_INSTANCE) i++;
  return i;
}

/** The layer above the wait for instances (waiting-event.ts): it knows of writes, and not of frames. */
export abstract class SharedEvent extends WaitingEvent {
  /** What its failures are reported to where several steps share a call; null: the only step fails by a rejection. */
  shared: SharedStep | null = null;

  override reset(x: Exchange, phase: string, phaseBit: number): void {
    super.reset(x, phase, phaseBit);
    this.shared = null;
  }

  // ---- what its plugins wrote

  /**
   * Do the writes of the message that was read. One that is refused is the end of its plugin; those behind that have run,
   * too, so where the chain goes on behind a failure theirs are done.
   */
  protected doWrites(): Outcome {
    for (let from = 0; ; ) {
      try {
        this.applyWrites(from);
        return null;
      } catch (cause) {
        if (cause === EXIT) return EXIT;
        const refused = this.server.asGatewayError(cause);
        from = nextTurnAfter(refusedWrite);
        const isLast = from === writes.count || refused instanceof PluginProtocolError;
        if (isLast || this.shared === null || !this.#passOver(refused)) return refused;
      }
    }
  }

  /** Writes of the message that was read, from one on, each in the name of its plugin. */
  protected applyWrites(from: number): void {
    const { count } = writes;
    for (let i = from; i < count; i++) {
      refusedWrite = i;
      if (writes.op(i) === OP.NEXT_INSTANCE) this.#nextStep();
      else applyWrite(writes, i, this.x, this.server, this.plugin);
    }
  }

  #nextStep(): void {
    if (this.at + 1 >= this.stepCount) {
      throw new PluginProtocolError(this.server.name, "it wrote for more plugins than there are");
    }
    this.x.plugin = this.steps[++this.at];
  }

  // ---- behind it

  /**
   * Where several steps share a call, report the failure of the one that stands at `at`, by its own policy.
   *
   * @returns true where the chain goes on behind it
   */
  #passOver(outcome: Exclude<Outcome, null>): boolean {
    const { server, x } = this;
    this.outcome = outcome;
    x.plugin = this.steps[this.at];
    if (outcome !== EXIT && isFailureIgnored(this, server.log)) return true;
    answerIfClosed(this);
    this.shared!.failed(x, outcome);
    return (this.phaseBit & NEVER_ENDED) !== 0;
  }

  /** What became of the steps is not known: each that had not ended has failed. @returns as {@link #passOver} */
  #passOverAll(outcome: Exclude<Outcome, null>, over: number): boolean {
    for (; this.at < over; this.at++) if (!this.#passOver(outcome)) return false;
    return true;
  }

  protected override goesOn(over: number): boolean {
    const { outcome } = this;
    if (this.shared === null) return false;
    if (outcome !== null) {
      const isKnown = this.ran >= 0;
      const goesOn = isKnown ? this.#passOver(outcome) : this.#passOverAll(outcome, over);
      this.outcome = null;
      if (!goesOn) return false;
    }
    if (over >= this.total || this.#isChainOver()) return false;
    this.beginRest(over);
    return true;
  }

  /** As the runner looks at it between two steps. */
  #isChainOver(): boolean {
    const { x, phaseBit } = this;
    if (phaseBit === PHASE.log) return false;
    return x.clientGone || ((phaseBit & NEVER_ENDED) === 0 && (x.answer !== null || x.failed));
  }
}
