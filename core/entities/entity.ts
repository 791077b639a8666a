/** What all entities have in common, and how one refers to another. */

/** Reference to another entity: the value of a foreign field. */
export interface ForeignKey {
  readonly id: string;
}

/** What rows of all entities have. */
export interface Entity {
  readonly id: string;
  /** Seconds of the epoch. */
  readonly created_at?: number;
  readonly updated_at?: number;
  readonly tags?: readonly string[] | null;
}
