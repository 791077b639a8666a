export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  /** What the player printed. */
  output: string;
}

export interface Suite {
  readonly name: string;
  /** Takes minutes: not part of `npm test`, but for `inTests`. */
  readonly isLong?: boolean;
  /** Files of a long suite that `npm test` plays. */
  readonly inTests?: readonly string[];
  /** Scenario files, where the suite has several. */
  readonly files?: readonly string[];
  /** Why it cannot be played here; null if it can. */
  needs?(): string | null;
  /** @param file only this one of `files` */
  play(file?: string): Promise<Outcome>;
}

export const suitesFolder: string;
export const probers: string;
export const nativeProbers: string;
export const SUITES: readonly Suite[];
