/** Types of load.mjs, for its tests. */
export interface Kind {
  readonly name: string;
  readonly text: string;
}
export interface Answer {
  readonly kind: Kind;
  readonly status: number;
  readonly head: string;
  readonly dueMs: number;
  readonly sentMs: number;
  readonly endMs: number;
}
export declare function get(path: string, headers?: Readonly<Record<string, string>>): string;
export declare class Load {
  answered: number;
  readonly inFlight: number;
  constructor(given: {
    readonly port: number;
    readonly connections: number;
    readonly rate: number;
    readonly kinds: readonly Kind[];
    readonly onAnswer: (answer: Answer) => void;
  });
  stop(): Promise<void>;
}
