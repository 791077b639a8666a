/** How the next peer is chosen: one file per algorithm, all behind this. */
import type { Peer } from "./peer.ts";

/** Made for one set of peers; where the set changes, another is made. */
export interface Algorithm {
  /**
   * The peer for the next try.
   *
   * @param tried peers that this request has tried; they come again only where there are no others
   * @returns null where nothing has a weight
   */
  pick(tried: readonly Peer[]): Peer | null;
}

/** An address with its share of the requests. */
export interface WeightedPeer {
  readonly peer: Peer;
  /** 0 for none. */
  readonly weight: number;
}
