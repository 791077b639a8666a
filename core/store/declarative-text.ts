/**
 * The text of a declarative configuration as a table: JSON or YAML, within limits.
 *
 * YAML is read as Kong reads it: the words yes, no, on and off are booleans, of equal keys the last one counts, of several
 * documents the first. Aliases are not copied when they are read, so a few lines can stand for more than any memory
 * holds; therefore what they stand for is counted before anybody walks through it.
 */
import { createRequire } from "node:module";
import {
  CORE_SCHEMA,
  defineScalarTag,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
  YAMLException,
} from "js-yaml";
import { integerTag } from "./declarative-yaml-integers.ts";

/** Tables within tables. */
export const DOCUMENT_DEPTH_MAX = 64;
/** Values in a document, those that aliases stand for counted each time. */
const DOCUMENT_NODES_MAX = 20_000_000;
/** Places where an alias stands. */
const DOCUMENT_ALIASES_MAX = 100_000;
/** The same for documents that only the lenient parser takes: it copies what aliases stand for. */
const LENIENT_ALIASES_MAX = 100;
/** Keys that `<<` brings along. */
const DOCUMENT_MERGED_KEYS_MAX = 1_000_000;

/** "json" takes nothing else, and its errors are those of JSON. */
export type TextFormat = "yaml" | "json" | "auto";

/** Why a text is no document. */
export interface TextError {
  /** In Kong's words: "1:4: did not find expected node content". */
  readonly message: string;
  /** From 1; undefined where the parser does not say. */
  readonly line: number | undefined;
}
type ReadText = { readonly value: unknown } | { readonly error: TextError };

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"].map((w) => [w, true] as const),
  ...["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"].map(
    (w) => [w, false] as const,
  ),
]);

const boolTag = defineScalarTag<boolean>("tag:yaml.org,2002:bool", {
  implicit: true,
  implicitFirstChars: [..."tTfFyYnNoO"],
  resolve: (source) => BOOLEANS.get(source) ?? NOT_RESOLVED,
  identify: (data) => typeof data === "boolean",
});

const SCHEMA = CORE_SCHEMA.withTags([boolTag, integerTag, mergeTag]);

/** The parser's sentences in the words of Kong's parser, for those that people know; `$1` is a name in the sentence. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/unexpected end of the stream within a flow collection/, "did not find expected node content"],
  [
    /unexpected end of the stream within a (double|single) quoted/,
    "found unexpected end of stream",
  ],
  [/tab characters must not be used/, "found character that cannot start any token"],
  [/bad indentation of a mapping entry/, "mapping values are not allowed in this context"],
  [/unidentified alias "([^"]*)"/, "invalid reference: $1"],
];

/** What the parser says where a document goes beyond what it was told to take. */
const LIMITS = /exceeded max/;

function yamlError(cause: unknown): TextError {
  if (!(cause instanceof YAMLException)) return { message: String(cause), line: undefined };
  const known = SENTENCES.find(([pattern]) => pattern.test(cause.reason));
  const name = known?.[0].exec(cause.reason)?.[1] ?? "";
  const sentence = known?.[1].replace("$1", () => name) ?? cause.reason;
  const { mark } = cause;
  if (mark === undefined) return { message: sentence, line: undefined };
  return { message: `${mark.line + 1}:${mark.column}: ${sentence}`, line: mark.line + 1 };
}

function readYaml(text: string): ReadText {
  try {
    const [value] = loadAll(text, {
      schema: SCHEMA,
      json: true,
      maxDepth: DOCUMENT_DEPTH_MAX,
      maxAliases: DOCUMENT_ALIASES_MAX,
      maxTotalMergeKeys: DOCUMENT_MERGED_KEYS_MAX,
    });
    return { value: value === null ? {} : value }; // to Kong's parser null is a table
  } catch (cause) {
    // a limit is a limit: the other parser, which has none of its own, is not asked
    const isLimit = cause instanceof YAMLException && LIMITS.test(cause.reason);
    const value = isLimit ? undefined : readLenientYaml(text);
    return value === undefined ? { error: yamlError(cause) } : { value };
  }
}

/**
 * A document that js-yaml refuses and libyaml takes, such as one with a closing bracket further left than its key.
 *
 * @returns undefined where it is no YAML to this parser either, or goes beyond a limit
 */
function readLenientYaml(text: string): unknown {
  const { parseAllDocuments } = createRequire(import.meta.url)("yaml") as typeof import("yaml");
  const [document] = parseAllDocuments(text, { version: "1.1", merge: true, uniqueKeys: false });
  if (document === undefined || !("contents" in document) || document.errors.length > 0) {
    return undefined;
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: LENIENT_ALIASES_MAX });
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Deepest nesting of brackets outside of strings. */
function depthOfJson(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) {
        if (text.charCodeAt(at) === 0x5c) at++;
      }
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > deepest) deepest = depth;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}

const TOO_DEEP: TextError = {
  message: `deeper than ${DOCUMENT_DEPTH_MAX} levels`,
  line: undefined,
};

function readJson(text: string): ReadText {
  if (depthOfJson(text) > DOCUMENT_DEPTH_MAX) return { error: TOO_DEEP };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (cause) {
    return { error: { message: (cause as Error).message, line: undefined } };
  }
}

/** Counts values, those that are shared each time; Infinity for what contains itself or is too deep. */
class Measure {
  readonly #sizes = new Map<object, number>();

  of(value: unknown, depth: number): number {
    if (typeof value !== "object" || value === null) return 1;
    if (depth > DOCUMENT_DEPTH_MAX) return Number.POSITIVE_INFINITY;
    const known = this.#sizes.get(value);
    if (known !== undefined) return known;
    this.#sizes.set(value, Number.POSITIVE_INFINITY); // while it is open: a table within itself
    let size = 1;
    for (const member of Object.values(value)) size += this.of(member, depth + 1);
    this.#sizes.set(value, size);
    return size;
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const name in value) {
    const member = (value as Record<string, unknown>)[name];
    if (typeof member === "object" && isDeeperThan(member, levels - 1)) return true;
  }
  return false;
}

/** What is wrong with the depth of an object that came from JSON. */
export function depthError(value: unknown): TextError | undefined {
  return isDeeperThan(value, DOCUMENT_DEPTH_MAX) ? TOO_DEEP : undefined;
}

/** What is wrong with the size of a document whose parts may be shared. */
function sizeError(value: unknown): TextError | undefined {
  const size = new Measure().of(value, 1);
  if (size <= DOCUMENT_NODES_MAX) return undefined;
  const message = `more than ${DOCUMENT_NODES_MAX} values, or deeper than ${DOCUMENT_DEPTH_MAX} levels`;
  return { message, line: undefined };
}

/**
 * @param format "auto" takes what begins with a brace for JSON, and reads it as YAML if it is none
 */
export function readText(text: string, format: TextFormat): ReadText {
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (format === "json" || (format === "auto" && /^\s*\{/.test(source))) {
    const read = readJson(source);
    if ("value" in read || format === "json" || read.error === TOO_DEEP) return read;
  }
  const read = readYaml(source);
  // without an anchor and an alias nothing is shared
  if ("error" in read || !source.includes("*") || !source.includes("&")) return read;
  const error = sizeError(read.value);
  return error === undefined ? read : { error };
}
