/**
 * Patterns of Routes, matched in linear time.
 */
import { RE2JS } from "re2js";

export class PathPattern {
  readonly source: string;
  readonly literalPrefix: string = "";
  #compiled: RE2JS | null = null;

  constructor(source: string) {
    this.source = source;
  }

  exec(path: string): PatternMatch | null {
    this.#compiled ??= RE2JS.compile(`^(?:${this.source})`);
    const match = this.#compiled.exec(path) as RegExpExecArray | null;
    if (match === null) return null;
    const groups = match.groups;
    const named: Record<string, string> = {};
    for (const [name, value] of Object.entries(groups ?? {})) {
      if (value !== undefined) named[name] = value;
    }
    return {
      length: match[0]!.length,
      captures: match.length > 1 ? [...match] : null,
      named: groups === undefined ? null : named,
    };
  }
}

export class HeaderPattern {
  readonly #compiled: RE2JS;
  constructor(source: string) {
    this.#compiled = RE2JS.compile(source);
  }
  test(value: string): boolean {
    return this.#compiled.test(value);
  }
}

/** What a pattern matched at the start of a path. */
export interface PatternMatch {
  /** Bytes of the path. */
  readonly length: number;
  /** [0] the whole match, then the groups; null if the pattern has none. */
  readonly captures: readonly (string | undefined)[] | null;
  /** Named groups that took part; null if the pattern has no groups. */
  readonly named: Readonly<Record<string, string>> | null;
}
