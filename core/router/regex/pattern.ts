/**
 * Patterns of Routes: regex paths and regex header values, matched in linear time whatever the pattern.
 *
 * Decision: a pattern for which backtracking is linear (./linear-time.ts) becomes a JavaScript RegExp; others run on
 * re2js, which has no look-around and no back-references, and neither have we. Measured on Node 20, exec with groups:
 * RegExp 0.05 to 0.1 us, re2js 0.9 to 3 us, and re2js takes 0.3 to 8 ms to compile. Both are compiled at first use.
 * What would change it: V8's own linear engine, when it is no experiment any more.
 */
import type { RE2JS } from "re2js";
import { isAscii, toBytes } from "../normalize-path.ts";
import { literalPrefix, sizeOf, toSource } from "./emit.ts";
import { linearEngine, WORK_MAX } from "./linear-engine.ts";
import { isLinear } from "./linear-time.ts";
import { parsePattern } from "./parser.ts";
import { type Alphabet, type Pattern, PatternError } from "./syntax-tree.ts";

/** States of a pattern for re2js; more are refused. */
const STATES_MAX = 2000;
/** What a pattern matched at the start of a path. */
interface PatternMatch {
  /** Bytes of the path. */
  readonly length: number;
  /** [0] the whole match, then the groups; null if the pattern has none. */
  readonly captures: readonly (string | undefined)[] | null;
  /** Named groups that took part; null if the pattern has no named groups. */
  readonly named: Readonly<Record<string, string>> | null;
}

/** Either engine, as far as we use it: a pattern that is tried at the start, or one that is searched for. */
interface Engine {
  /** [0] the match, then the groups. */
  exec(text: string): readonly (string | undefined)[] | null;
  test(text: string): boolean;
  /** Name of each group, undefined for those without. */
  readonly names: readonly (string | undefined)[];
}

/**
 * Can we have this pattern, in every flavour?
 *
 * @param pattern without the mark that makes it one (`~`, `~*`)
 * @param where a path's is tried at the start, a header's is searched for
 * @returns null, or what is wrong with it, for an error message
 */
export function checkPattern(pattern: string, where: "path" | "header" = "path"): string | null {
  try {
    engineOf(pattern, "text", where === "path");
    engineOf(toBytes(pattern), "bytes", where === "path");
    return null;
  } catch (cause) {
    if (cause instanceof PatternError) return cause.message;
    throw cause;
  }
}

/** Stands in for a pattern that turns out at first use to be none: it matches nothing, and nobody's request fails. */
const NEVER: Engine = { names: [], exec: () => null, test: () => false };

/** Compiling is left to the first use; what {@link checkPattern} refuses is refused before. */
function engineAtFirstUse(source: string, alphabet: Alphabet, isAnchored: boolean): Engine {
  try {
    return engineOf(source, alphabet, isAnchored);
  } catch (cause) {
    if (cause instanceof PatternError) return NEVER;
    throw cause;
  }
}

/** A pattern of a Route, compiled at its first match. */
export class PathPattern {
  /** As in the Route, without `~`. */
  readonly source: string;
  /** Bytes that every match begins with. */
  readonly literalPrefix: string;
  readonly #alphabet: Alphabet;
  #engine: Engine | null = null;

  /**
   * @param alphabet "text": code points, as Rust's regex has it; "bytes": as PCRE without UTF mode
   * @throws {PatternError}
   */
  constructor(source: string, alphabet: Alphabet) {
    this.source = source;
    this.#alphabet = alphabet;
    // the tree is not kept: it is larger than the source and needed once more at most
    const parsed = tryParse(this.#sourceInAlphabet(), alphabet);
    const prefix = parsed === null ? "" : literalPrefix(parsed);
    this.literalPrefix = alphabet === "bytes" ? prefix : toBytes(prefix);
    // what is wrong shows now: unknown syntax and size are looked into at once
    if (parsed === null || sizeOf(parsed.root) > STATES_MAX) {
      this.#engine = engineOf(this.#sourceInAlphabet(), alphabet, true);
    }
  }

  #sourceInAlphabet(): string {
    return this.#alphabet === "bytes" ? toBytes(this.source) : this.source;
  }

  /** Match at the start of a path. */
  exec(path: string): PatternMatch | null {
    const engine = this.#engine ?? this.#compile();
    const isText = this.#alphabet === "text" && !isAscii(path);
    const groups = engine.exec(isText ? fromBytes(path) : path);
    if (groups === null) return null;
    const captures = isText ? groups.map(groupToBytes) : groups;
    return {
      length: captures[0]!.length,
      captures: captures.length > 1 ? captures : null,
      named: this.#named(captures, engine.names),
    };
  }

  #compile(): Engine {
    this.#engine = engineAtFirstUse(this.#sourceInAlphabet(), this.#alphabet, true);
    return this.#engine;
  }

  #named(
    captures: readonly (string | undefined)[],
    names: readonly (string | undefined)[],
  ): Record<string, string> | null {
    let named: Record<string, string> | null = null;
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      const value = captures[i + 1];
      if (name === undefined) continue;
      named ??= Object.create(null) as Record<string, string>;
      if (value !== undefined) named[name] = value;
    }
    return named;
  }
}

/** A pattern that is searched for in a header's value. */
export class HeaderPattern {
  readonly #source: string;
  readonly #alphabet: Alphabet;
  #engine: Engine | null = null;

  /**
   * @param source in the alphabet
   * @throws {PatternError}
   */
  constructor(source: string, alphabet: Alphabet) {
    this.#source = source;
    this.#alphabet = alphabet;
    const parsed = tryParse(source, alphabet);
    if (parsed === null || sizeOf(parsed.root) > STATES_MAX) {
      this.#engine = engineOf(source, alphabet, false);
    }
  }

  test(value: string): boolean {
    this.#engine ??= engineAtFirstUse(this.#source, this.#alphabet, false);
    const isText = this.#alphabet === "text" && !isAscii(value);
    return this.#engine.test(isText ? fromBytes(value) : value);
  }
}

/** null: it has syntax that only the other engine knows. */
function tryParse(source: string, alphabet: Alphabet): Pattern | null {
  try {
    return parsePattern(source, alphabet);
  } catch (cause) {
    if (cause instanceof PatternError && cause.isUnknownSyntax) return null;
    throw cause;
  }
}

function engineOf(source: string, alphabet: Alphabet, isAnchored: boolean): Engine {
  const parsed = tryParse(source, alphabet);
  if (parsed !== null && isLinear(parsed, isAnchored)) {
    return new NativeEngine(parsed, alphabet, isAnchored);
  }
  const states = parsed === null ? source.length : sizeOf(parsed.root);
  return new LinearEngine(source, states, isAnchored);
}

class NativeEngine implements Engine {
  readonly names: readonly (string | undefined)[];
  readonly #regexp: RegExp;

  constructor(pattern: Pattern, alphabet: Alphabet, isAnchored: boolean) {
    this.names = pattern.names;
    const flags = `${alphabet === "text" ? "u" : ""}${pattern.ignoresCase ? "i" : ""}`;
    this.#regexp = new RegExp(toSource(pattern.root), isAnchored ? `${flags}y` : flags);
  }

  exec(text: string): readonly (string | undefined)[] | null {
    this.#regexp.lastIndex = 0; // a sticky one remembers
    return this.#regexp.exec(text);
  }

  test(text: string): boolean {
    this.#regexp.lastIndex = 0;
    return this.#regexp.test(text);
  }
}

class LinearEngine implements Engine {
  readonly names: readonly (string | undefined)[];
  readonly #regexp: RE2JS;
  readonly #lengthMax: number;

  constructor(source: string, states: number, isAnchored: boolean) {
    if (states > STATES_MAX) throw new PatternError("too large");
    const engine = linearEngine();
    try {
      this.#regexp = engine.compile(isAnchored ? `^(?:${source})` : source);
    } catch (cause) {
      throw new PatternError(cause instanceof Error ? cause.message : String(cause));
    }
    const names: (string | undefined)[] = [];
    for (const [name, index] of Object.entries(this.#regexp.namedGroups())) {
      names[index - 1] = name;
    }
    this.names = names;
    // a longer text does not match, as at PCRE's limit
    this.#lengthMax = WORK_MAX / Math.max(states, 1);
  }

  exec(text: string): readonly (string | undefined)[] | null {
    // the test is several times cheaper than the search for groups
    return this.test(text) ? (this.#regexp.exec(text) as (string | undefined)[] | null) : null;
  }

  test(text: string): boolean {
    return text.length <= this.#lengthMax && this.#regexp.test(text);
  }
}

function fromBytes(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

function groupToBytes(group: string | undefined): string | undefined {
  return group === undefined ? undefined : toBytes(group);
}
