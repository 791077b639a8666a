/**
 * What may be said of the failures, times and shares of plugins that run in plugin servers: for a server, for one plugin of
 * it, and by a tag for one plugin config.
 *
 * The three say it with the same words, and the nearer one counts: `pluginserver_<server>_on_failure`, over it
 * `pluginserver_<server>_plugin_<plugin>_on_failure`, over that the tag `dragoman:on_failure=open` of the plugin config.
 * A tag is the place of an entity that Kong and its tools keep and do not look at.
 */
import { InvalidSetting } from "../errors.ts";
import { parseCount } from "./sizes.ts";

/** What tags of plugin configs that are meant here begin with. */
const POLICY_TAG_PREFIX = "dragoman:";
/** Phases that may have a limit of time of their own. */
const TIMED_PHASES = [
  "init_worker",
  "configure",
  "certificate",
  "rewrite",
  "access",
  "response",
  "header_filter",
  "body_filter",
  "log",
] as const;
/** Longest limit of time, in milliseconds: a day. */
const TIMEOUT_MS_MAX = 86_400_000;
const PERCENT_MAX = 100;

/** What was said, and nothing where nothing was; times in milliseconds. */
export interface PolicyWords {
  readonly on_failure?: "close" | "open";
  /** Of one event, where its phase has none of its own. */
  readonly timeout?: number;
  readonly timeouts?: Readonly<Record<string, number>>;
  /** Events at the same time, for one worker. */
  readonly concurrency?: number;
  /** Events that wait for their turn, for one worker. */
  readonly queue?: number;
  /** The breaker opens after so many failures in a row; 0 = not for that reason. */
  readonly breaker_failures?: number;
  /** Or if so many of a hundred events fail; 0 = not for that reason. */
  readonly breaker_share?: number;
  /** The events that `breaker_share` looks at: of so long, and at least so many. */
  readonly breaker_window?: number;
  readonly breaker_events?: number;
  /** How long it stays open before an event is let through to see. */
  readonly breaker_open?: number;
}

interface CountRange {
  readonly least: number;
  readonly most?: number;
}

/** Words that take a number. */
const COUNTS: Readonly<Record<string, CountRange>> = {
  timeout: { least: 1, most: TIMEOUT_MS_MAX },
  concurrency: { least: 1 },
  queue: { least: 0 },
  breaker_failures: { least: 0 },
  breaker_share: { least: 0, most: PERCENT_MAX },
  breaker_window: { least: 1, most: TIMEOUT_MS_MAX },
  breaker_events: { least: 1 },
  breaker_open: { least: 1, most: TIMEOUT_MS_MAX },
};
const TIMED = /^timeout_(.+)$/;

/** All words; longer ones first, so that the end of a setting's name is found by the first that fits. */
export const POLICY_WORDS: readonly string[] = [
  "on_failure",
  ...Object.keys(COUNTS),
  ...TIMED_PHASES.map((phase) => `timeout_${phase}`),
].sort((a, b) => b.length - a.length);

/** A policy that is being read. */
type Draft = { -readonly [K in keyof PolicyWords]: PolicyWords[K] } & {
  timeouts?: Record<string, number>;
};

/**
 * Add one word.
 *
 * @param where the setting or tag, for the error
 * @throws {InvalidSetting} for a word that there is not, and a value that cannot be
 */
function addWord(draft: Draft, where: string, word: string, value: string): void {
  if (word === "on_failure") {
    if (value !== "close" && value !== "open") {
      throw new InvalidSetting(`${where} has an invalid value: '${value}' (close, open)`);
    }
    draft.on_failure = value;
    return;
  }
  const phase = TIMED.exec(word)?.[1];
  if (phase !== undefined && (TIMED_PHASES as readonly string[]).includes(phase)) {
    draft.timeouts ??= {};
    draft.timeouts[phase] = inRange(where, value, COUNTS.timeout!);
    return;
  }
  const range = Object.hasOwn(COUNTS, word) ? COUNTS[word]! : null;
  if (range === null) {
    throw new InvalidSetting(
      `${where} is not known: '${word}' (${[...POLICY_WORDS].sort().join(", ")})`,
    );
  }
  draft[word as "queue"] = inRange(where, value, range);
}

function inRange(where: string, text: string, { least, most }: CountRange): number {
  const value = parseCount(where, text, least);
  if (most !== undefined && value > most) {
    throw new InvalidSetting(`${where} is more than ${most}: '${text}'`);
  }
  return value;
}

/**
 * @param key what the names of the settings begin with
 * @param read a setting by the rest of its name; null where it is not set
 * @throws {InvalidSetting}
 */
export function policyOfSettings(key: string, read: (what: string) => string | null): PolicyWords {
  const draft: Draft = {};
  for (const word of POLICY_WORDS) {
    const value = read(word);
    if (value !== null) addWord(draft, key + word, word, value);
  }
  return draft;
}

/**
 * @param tags of a plugin config; those that are not meant here are passed over
 * @returns null where no tag is meant here
 * @throws {InvalidSetting}
 */
export function policyOfTags(tags: readonly string[]): PolicyWords | null {
  let draft: Draft | null = null;
  for (const tag of tags) {
    if (!tag.startsWith(POLICY_TAG_PREFIX)) continue;
    draft ??= {};
    const [word = "", value = ""] = tag.slice(POLICY_TAG_PREFIX.length).split("=", 2);
    addWord(draft, `tag ${tag}`, word, value);
  }
  return draft;
}

/** The words of two, of which the second is nearer. */
export function nearer(far: PolicyWords, near: PolicyWords): PolicyWords {
  if (near.timeout !== undefined) {
    // a limit for all phases stands over those that were farther away
    return { ...far, timeouts: {}, ...near };
  }
  return { ...far, ...near, timeouts: { ...far.timeouts, ...near.timeouts } };
}

/** For the schema of plugin configs: what is wrong with these tags, if anything is. */
export function complaintOfTags(tags: readonly string[]): string | undefined {
  try {
    policyOfTags(tags);
  } catch (cause) {
    if (cause instanceof InvalidSetting) return cause.message;
    throw cause;
  }
  return undefined;
}
