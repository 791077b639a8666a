/**
 * A pattern as a tree: what the parser makes, the analysis judges and the emitter writes as a JavaScript RegExp.
 */

/** Which characters of ASCII (bits 0 to 127) a set may hold, and (bit 128) whether any others. Never too few. */
export type Mask = bigint;

/** Bit for all characters beyond ASCII. */
export const HIGH: Mask = 1n << 128n;
/** Bits of all 128. */
export const ALL_ASCII: Mask = HIGH - 1n;

/** A part of a pattern. */
export type Node =
  | {
      readonly kind: "set";
      readonly mask: Mask;
      /** As JavaScript source. */
      readonly source: string;
      /** Code point, if it is a single literal character; -1 else. */
      readonly literal: number;
    }
  | { readonly kind: "sequence"; readonly items: readonly Node[] }
  | { readonly kind: "choice"; readonly options: readonly Node[] }
  | {
      readonly kind: "repeat";
      readonly body: Node;
      readonly min: number;
      /** Infinity for no bound. */
      readonly max: number;
      readonly isLazy: boolean;
    }
  | {
      readonly kind: "group";
      readonly body: Node;
      /** Does it capture? Groups are numbered by their place in the source. */
      readonly captures: boolean;
    }
  | { readonly kind: "assertion"; readonly what: "start" | "end" | "word" | "notWord" };

/** The characters in a pattern are bytes (flavour `traditional`), or code points. */
export type Alphabet = "bytes" | "text";

/** A whole pattern, parsed. */
export interface Pattern {
  readonly root: Node;
  /** Name of each capturing group, undefined for those without, in order of their opening. */
  readonly names: readonly (string | undefined)[];
  /** Begins with `(?i)`. */
  readonly ignoresCase: boolean;
}

/** The pattern is refused, or has to be left to the other engine. */
export class PatternError extends Error {
  override readonly name = "PatternError";
  /** Might another engine with linear time know what we do not? */
  readonly isUnknownSyntax: boolean;

  constructor(message: string, isUnknownSyntax = false) {
    super(message);
    this.isUnknownSyntax = isUnknownSyntax;
  }
}

/** Mask of one code point. */
export function maskOf(code: number): Mask {
  return code < 128 ? 1n << BigInt(code) : HIGH;
}

/** Mask of all code points from `from` to `to`. */
export function maskOfRange(from: number, to: number): Mask {
  const high = to >= 128 ? HIGH : 0n;
  if (from >= 128) return high;
  const last = Math.min(to, 127);
  const width = BigInt(last - from + 1);
  return high | (((1n << width) - 1n) << BigInt(from));
}
