/**
 * Is a pattern matched in linear time by a backtracking engine?
 *
 * Where at every choice (another round or not, this alternative or that) the next character decides, a wrong way
 * fails at once, so backtracking is linear; that is most patterns of Routes. Beyond that we allow one loop without
 * such a decision (`/a/.*` before `/b`) if what follows it has a bounded length, and a few undecided alternatives
 * outside of loops. Everything else is left to an engine that does not backtrack.
 * test/unit/router/regex.test.ts holds this against a counting matcher.
 */
import {
  ALL_ASCII,
  HIGH,
  type Mask,
  maskOf,
  maskOfRange,
  type Node,
  type Pattern,
} from "./syntax-tree.ts";

/** Ways through undecided alternatives, multiplied. */
const WAYS_MAX = 64;

/** What may come next: characters, and whether `$` or the end of the pattern can be reached without any. */
interface First {
  readonly mask: Mask;
  readonly isNullable: boolean;
}

/** What was found undecided so far, from the end of the pattern to its beginning. */
interface Cost {
  ways: number;
  /** There is an undecided loop. */
  hasOpenLoop: boolean;
  /** There is a loop without bound behind the place being looked at. */
  hasLoopBehind: boolean;
  isTooMuch: boolean;
}

const NOTHING: First = { mask: 0n, isNullable: true };

/** @param isAnchored is it tried at the start of the text only? */
export function isLinear(pattern: Pattern, isAnchored: boolean): boolean {
  const cost = { ways: 1, hasOpenLoop: false, hasLoopBehind: false, isTooMuch: false };
  weigh(pattern.root, NOTHING, false, cost, pattern.ignoresCase);
  if (cost.isTooMuch || skipsCaptures(pattern.root, false)) return false;
  // a search from every place is a loop in front that nothing decides
  return isAnchored || beginsAtStart(pattern.root) || !(cost.hasLoopBehind || cost.hasOpenLoop);
}

/** Judge `node`, with `next` behind it. */
function weigh(node: Node, next: First, isInLoop: boolean, cost: Cost, folds: boolean): void {
  switch (node.kind) {
    case "sequence": {
      let behind = next;
      for (let i = node.items.length - 1; i >= 0; i--) {
        const item = node.items[i]!;
        weigh(item, behind, isInLoop, cost, folds);
        behind = followedBy(firstOf(item, folds), behind);
      }
      return;
    }
    case "choice":
      return weighChoice(node.options, next, isInLoop, cost, folds);
    case "repeat":
      return weighRepeat(node, next, isInLoop, cost, folds);
    case "group":
      return weigh(node.body, next, isInLoop, cost, folds);
    default:
      return;
  }
}

function weighChoice(
  options: readonly Node[],
  next: First,
  isInLoop: boolean,
  cost: Cost,
  folds: boolean,
): void {
  let seen: Mask = 0n;
  let isDecided = true;
  const loopBehind = cost.hasLoopBehind;
  let anyLoop = loopBehind;
  for (const option of options) {
    const { mask } = followedBy(firstOf(option, folds), next);
    if ((seen & mask) !== 0n) isDecided = false;
    seen |= mask;
    cost.hasLoopBehind = loopBehind;
    weigh(option, next, isInLoop, cost, folds);
    anyLoop ||= cost.hasLoopBehind;
  }
  cost.hasLoopBehind = anyLoop;
  if (!isDecided) addWays(options.length, isInLoop, cost);
}

function weighRepeat(
  node: Extract<Node, { kind: "repeat" }>,
  next: First,
  isInLoop: boolean,
  cost: Cost,
  folds: boolean,
): void {
  const { body, min, max } = node;
  const first = firstOf(body, folds);
  const isLoop = max > 1;
  if (first.isNullable) cost.isTooMuch = true; // on a round that takes nothing, JavaScript is of its own mind
  const isUndecided = min !== max && (first.mask & next.mask) !== 0n;
  if (isUndecided && max === Number.POSITIVE_INFINITY) {
    if (isInLoop || cost.hasOpenLoop || cost.hasLoopBehind) cost.isTooMuch = true;
    cost.hasOpenLoop = true;
  } else if (isUndecided) {
    addWays(max - min + 1, isInLoop, cost);
  }
  const behind = isLoop ? { mask: first.mask | next.mask, isNullable: next.isNullable } : next;
  weigh(body, behind, isInLoop || isLoop, cost, folds);
  if (max === Number.POSITIVE_INFINITY) cost.hasLoopBehind = true;
}

/** Undecided ways in a loop multiply with every round; behind a loop every way is as long as the text. */
function addWays(count: number, isInLoop: boolean, cost: Cost): void {
  cost.ways *= count;
  if (isInLoop || cost.ways > WAYS_MAX) cost.isTooMuch = true;
}

/** Characters with which a match of the node may begin. */
function firstOf(node: Node, folds: boolean): First {
  switch (node.kind) {
    case "set":
      return { mask: folds ? bothCases(node.mask) : node.mask, isNullable: false };
    case "assertion":
      return NOTHING;
    case "group":
      return firstOf(node.body, folds);
    case "repeat": {
      const first = firstOf(node.body, folds);
      if (node.max === 0) return NOTHING;
      return node.min === 0 ? { mask: first.mask, isNullable: true } : first;
    }
    case "choice":
      return node.options
        .map((option) => firstOf(option, folds))
        .reduce((a, b) => ({ mask: a.mask | b.mask, isNullable: a.isNullable || b.isNullable }));
    default:
      return node.items.reduceRight<First>(
        (behind, item) => followedBy(firstOf(item, folds), behind),
        NOTHING,
      );
  }
}

function followedBy(first: First, next: First): First {
  return first.isNullable ? { mask: first.mask | next.mask, isNullable: next.isNullable } : first;
}

const UPPER = maskOfRange(65, 90);
const LOWER = maskOfRange(97, 122);
/** Letters that have a sibling beyond ASCII (the long s, the Kelvin sign). */
const ODD_LETTERS = maskOf(75) | maskOf(83) | maskOf(107) | maskOf(115);

function bothCases(mask: Mask): Mask {
  const folded = mask | ((mask & UPPER) << 32n) | ((mask & LOWER) >> 32n);
  if ((folded & HIGH) !== 0n) return folded | ODD_LETTERS;
  return (folded & ODD_LETTERS) !== 0n ? folded | HIGH : folded & (ALL_ASCII | HIGH);
}

/** JavaScript forgets in each round what a group caught in an earlier one; PCRE and Rust do not. */
function skipsCaptures(node: Node, isSkippable: boolean): boolean {
  switch (node.kind) {
    case "sequence":
      return node.items.some((item) => skipsCaptures(item, isSkippable));
    case "choice":
      return node.options.some((option) => skipsCaptures(option, isSkippable));
    case "repeat":
      return skipsCaptures(node.body, isSkippable || (node.max > 1 && hasChoice(node.body)));
    case "group":
      return (node.captures && isSkippable) || skipsCaptures(node.body, isSkippable);
    default:
      return false;
  }
}

function hasChoice(node: Node): boolean {
  switch (node.kind) {
    case "sequence":
      return node.items.some(hasChoice);
    case "choice":
      return true;
    case "repeat":
      return node.min === 0 || hasChoice(node.body);
    case "group":
      return hasChoice(node.body);
    default:
      return false;
  }
}

/** Can a match begin at the start of the text only? */
function beginsAtStart(node: Node): boolean {
  switch (node.kind) {
    case "assertion":
      return node.what === "start";
    case "group":
      return beginsAtStart(node.body);
    case "sequence":
      return node.items.length > 0 && beginsAtStart(node.items[0]!);
    case "choice":
      return node.options.every(beginsAtStart);
    default:
      return false;
  }
}
