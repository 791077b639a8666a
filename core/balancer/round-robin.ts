/**
 * Round robin by weight: exact, smooth and without chance.
 *
 * In a cycle every peer comes as often as its weight (divided by what all weights have in common) says, at even
 * distances: turn k of a peer of weight w is due at (k + 1/2) / w of the cycle, and the earliest is next. Due times
 * stand in a heap, so a turn costs log(peers), whatever the weights are; a wheel with an entry per unit of weight, as
 * Kong has it, would cost memory by weight and its order by chance.
 */
import type { Algorithm, WeightedPeer } from "./algorithm.ts";
import type { Peer } from "./peer.ts";

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/**
 * Peers and weights are fixed: others take a new one, and the cycle begins again. Weight 0 is never picked.
 */
export class RoundRobin implements Algorithm {
  readonly #peers: readonly Peer[];
  readonly #weights: readonly number[];
  /** Turns that a peer had in its present cycle, and how many cycles it has behind it. */
  readonly #turns: Int32Array;
  readonly #cycles: Float64Array;
  readonly #dueAt: Float64Array;
  /** Indexes of peers, the one that is due first in front. */
  readonly #heap: Int32Array;

  constructor(weighted: readonly WeightedPeer[]) {
    const used = weighted.filter(({ weight }) => weight > 0);
    const divisor = used.reduce((common, { weight }) => commonDivisor(common, weight), 0) || 1;
    this.#peers = used.map(({ peer }) => peer);
    this.#weights = used.map(({ weight }) => weight / divisor);
    this.#turns = new Int32Array(used.length);
    this.#cycles = new Float64Array(used.length);
    this.#dueAt = Float64Array.from(this.#weights, (weight) => 0.5 / weight);
    this.#heap = Int32Array.from(used.keys()).sort((a, b) => (this.#isBefore(a, b) ? -1 : 1));
  }

  pick(tried: readonly Peer[]): Peer | null {
    const { length } = this.#peers;
    if (length === 0) return null;
    const next = this.#next();
    if (tried.length === 0 || !tried.includes(next)) return next;
    for (let i = 1; i < length; i++) {
      const other = this.#next();
      if (!tried.includes(other)) return other;
    }
    // a heavy peer may fill that many turns; whoever is left comes out of turn, and if nobody is, all get another try
    return this.#peers.find((peer) => !tried.includes(peer)) ?? next;
  }

  #next(): Peer {
    const index = this.#heap[0]!;
    if (this.#heap.length > 1) {
      const weight = this.#weights[index]!;
      let turn = this.#turns[index]! + 1;
      if (turn === weight) {
        turn = 0;
        this.#cycles[index]!++;
      }
      this.#turns[index] = turn;
      this.#dueAt[index] = this.#cycles[index]! + (turn + 0.5) / weight;
      this.#sinkFirst();
    }
    return this.#peers[index]!;
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#dueAt[a]! - this.#dueAt[b]!;
    return difference < 0 || (difference === 0 && a < b);
  }

  /** Put the first of the heap where it belongs. */
  #sinkFirst(): void {
    const heap = this.#heap;
    const index = heap[0]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#isBefore(heap[child]!, index)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = index;
  }
}
