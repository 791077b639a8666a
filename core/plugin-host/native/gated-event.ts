/**
 * Whether an event is worth a call at all, by what its plugins said beforehand (gate.ts): steps whose condition does not
 * hold are left out, and an answer that was given for an equal request is used again.
 */
import type { Gate } from "./gate.ts";
import { SharedEvent } from "./shared-event.ts";
import { done, readDone } from "./writes.ts";

/** The layer between a wait for instances (below) and the wire (above, native-event.ts). */
export abstract class GatedEvent extends SharedEvent {
  /** Key of the request for answers that may be used again; "" where there are none. */
  #cacheKey = "";

  protected clearGates(): void {
    this.#cacheKey = "";
  }

  protected hasGate(): boolean {
    for (let i = 0; i < this.claimedCount; i++) if (this.claimed[i]!.gate !== null) return true;
    return false;
  }

  /**
   * Leave out the steps whose conditions do not hold, and use an answer again if there is one.
   *
   * @returns true where that was all
   */
  protected passGates(): boolean {
    const { claimed, claimedCount, phaseBit } = this;
    let kept = 0;
    let i = 0;
    for (; i < claimedCount; i++) {
      const instance = claimed[i]!;
      const { gate } = instance;
      // what those before it write may decide whether it runs, or with which answer
      if (gate !== null && kept > 0 && gate.isAfterOthers(phaseBit)) break;
      if (gate !== null && !gate.isMet(phaseBit, this.x)) {
        this.at = i;
        this.server.counters.skipped(this);
        this.life!.instances.release(instance);
        continue;
      }
      claimed[kept] = instance;
      this.steps[kept++] = this.steps[i]!;
      if (gate?.isAlone(phaseBit) !== true) continue;
      i++;
      break;
    }
    this.leaveOut(kept, i);
    this.at = 0;
    if (kept === 0) {
      this.settle(null);
      return true;
    }
    return kept === 1 && this.#useVerdict(claimed[0]!.gate);
  }

  #useVerdict(gate: Gate | null): boolean {
    if (gate === null || !gate.isCaching) return false;
    this.#cacheKey = gate.keyOf(this.phaseBit, this.x);
    if (this.#cacheKey === "") return false;
    const message = gate.verdicts.find(this.#cacheKey, performance.now());
    if (message === null) return false;
    this.server.counters.cacheHit(this);
    readDone(message, 0, message.length);
    this.settle(this.doWrites());
    return true;
  }

  /** Keep the answer that was just read, where the plugin allows it: writes and exits, and nothing that asked for more. */
  protected keepVerdict(b: Buffer, from: number, end: number): void {
    if (this.#cacheKey === "" || done.keepsContext || done.wantsBody) return;
    const gate = this.claimed[0]?.gate ?? null;
    gate?.verdicts.keep(this.#cacheKey, b, from, end, performance.now() + done.cacheMs);
  }
}
