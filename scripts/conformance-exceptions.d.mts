export interface ExceptionList {
  /** File of test/conformance/exceptions. */
  readonly name: string;
  /** It waits for parts of the gateway that come later. */
  readonly isLater: boolean;
  /** "file / group / step" to why it differs. */
  readonly reasons: Readonly<Record<string, string>>;
}

export interface Listed {
  excepted: number;
  later: number;
}

/** @param own a list that is for one area alone */
export function listsFor(own?: string): ExceptionList[];
export function exceptionsFile(into: string, own?: string): string;
export function countListed(file: string, own?: string): Listed;
export function figures(outcome: Listed & { passed: number; failed: number; skipped: number }): string;
