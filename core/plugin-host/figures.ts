/** What a worker tells the primary of a plugin server when it is asked: plain JSON, bounded by plugins and phases. */
import type { FleetReport } from "./fleet.ts";
import type { EventCounts } from "./native/counters.ts";
import type { NamedBreaker } from "./policy.ts";

/** A plugin server as one worker sees it; the primary adds up those of all workers. */
export interface ServerFigures {
  readonly server: string;
  /** Events under way, and events that wait for their turn. */
  readonly active: number;
  readonly queued: number;
  /** Events that nobody waited for (log) and that were given up. */
  readonly dropped: number;
  readonly fleets: readonly FleetReport[];
  readonly breakers: readonly NamedBreaker[];
  /** Reads and writes that a plugin was not allowed, by plugin. */
  readonly refused: Readonly<Record<string, { readonly reads: number; readonly writes: number }>>;
  readonly events: readonly EventCounts[];
}
