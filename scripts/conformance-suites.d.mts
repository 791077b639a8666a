export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  /** Of a recording, steps that are excused: among the skipped. */
  excepted?: number;
  /** The same, of parts that come later. */
  later?: number;
  /** What the player printed. */
  output: string;
}

export interface Suite {
  readonly name: string;
  /** Not part of `npm test`, but for `inTests`: it takes minutes, or has files in which nothing can pass yet. */
  readonly isLong?: boolean;
  /** Files of a long suite that `npm test` plays. */
  readonly inTests?: readonly string[];
  /** Scenario files, where the suite has several. */
  readonly files?: readonly string[];
  /** An area of recorded/: its files are scenarios with answers of a real Kong. */
  readonly isRecorded?: boolean;
  /** A list of exceptions that is for this area alone. */
  readonly exceptions?: string;
  /** Why it cannot be played here; null if it can. */
  needs?(): string | null;
  /** @param file only this one of `files` */
  play(file?: string): Promise<Outcome>;
}

export const suitesFolder: string;
export const probers: string;
export const nativeProbers: string;
export const SUITES: readonly Suite[];
