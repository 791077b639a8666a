/**
 * Arguments of a query or a form, and the structure that Kong reads into their names.
 *
 * `a.b=1` is a member, `a[]=x` or a repeated `a=x` a list, `a[2]=x` a place in a list, `a[x]=1` a member again. Values
 * stay text here (true where there was no `=`); what they mean is decided by the field they are for (infer.ts).
 */
import { decodeText } from "./percent-decoding.ts";

/** Arguments of one query or form, at most; Kong's own limit. */
export const ARGUMENTS_MAX = 1000;
/** Members within members of one argument's name, at most. */
export const NESTING_MAX = 32;

/** Text; true for an argument without `=`; null only after infer.ts. */
type ArgumentValue = string | boolean | number | null | ArgumentTable | readonly ArgumentValue[];
/** By name; members and lists are what the names said. */
export interface ArgumentTable {
  readonly [name: string]: ArgumentValue;
}

/** Arguments in order of their first appearance, not nested yet. */
export type FlatArguments = Map<string, (string | true)[]>;

/**
 * Split `a=1&b=2`.
 *
 * @returns null if there are more than {@link ARGUMENTS_MAX}
 */
export function splitArguments(encoded: string): FlatArguments | null {
  const found: FlatArguments = new Map();
  let count = 0;
  for (const part of encoded.split("&")) {
    if (part === "") continue;
    if (++count > ARGUMENTS_MAX) return null;
    const equals = part.indexOf("=");
    const name = decodeText(equals < 0 ? part : part.slice(0, equals));
    if (name === "") continue;
    const value = equals < 0 ? true : decodeText(part.slice(equals + 1));
    const values = found.get(name);
    if (values === undefined) found.set(name, [value]);
    else values.push(value);
  }
  return found;
}

/** A list or a member table under construction; a list as long as all names given were numbers or empty. */
interface Node {
  readonly entries: Map<string, Node | ArgumentValue>;
  list: boolean;
}

function isNode(value: Node | ArgumentValue | undefined): value is Node {
  return (
    typeof value === "object" &&
    value !== null &&
    "entries" in value &&
    value.entries instanceof Map
  );
}

interface Step {
  /** Member, place in a list (from 1), or "" for "append". */
  readonly name: string;
  readonly place: boolean;
}

const FIRST_STEP = /^[^.[\]]+/;
const NEXT_STEP = /\.([^.[\]]*)|\[([^[\]]*)\]/y;

/** The steps of a name, or null where it has no structure that can be read: it is a plain name then. */
function stepsOf(name: string): Step[] | null {
  const first = FIRST_STEP.exec(name)?.[0];
  if (first === undefined) return null;
  const steps: Step[] = [{ name: first, place: false }];
  NEXT_STEP.lastIndex = first.length;
  while (NEXT_STEP.lastIndex < name.length) {
    const match = NEXT_STEP.exec(name);
    if (match === null || steps.length > NESTING_MAX) return null;
    const [, member, bracket] = match;
    if (bracket === undefined) steps.push({ name: member!, place: false });
    else steps.push({ name: bracket, place: bracket === "" || /^[1-9]\d{0,6}$/.test(bracket) });
  }
  return steps;
}

function nodeAt(parent: Node, name: string): Node {
  const known = parent.entries.get(name);
  if (isNode(known)) return known;
  const node: Node = { entries: new Map(), list: true };
  parent.entries.set(name, node);
  return node;
}

function put(root: Node, steps: readonly Step[], values: readonly (string | true)[]): void {
  let node = root;
  for (let i = 0; i < steps.length - 1; i++) {
    const next = nodeAt(node, steps[i]!.name);
    if (!steps[i + 1]!.place) next.list = false;
    node = next;
  }
  const last = steps.at(-1)!;
  if (last.place && last.name === "") {
    for (const value of values) node.entries.set(String(node.entries.size + 1), value);
    return;
  }
  node.entries.set(last.name, values.length === 1 ? values[0]! : values.slice());
}

function finish(node: Node): ArgumentValue {
  const entries = [...node.entries].map(
    ([name, value]) => [name, isNode(value) ? finish(value) : value] as const,
  );
  if (!node.list) return Object.fromEntries(entries);
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value);
}

/** Read the structure in the names. A member without a name (`a.=1`) is left out. */
export function nestArguments(flat: FlatArguments): ArgumentTable {
  const root: Node = { entries: new Map(), list: false };
  for (const [name, values] of flat) {
    const steps = stepsOf(name) ?? [{ name, place: false }];
    if (steps.some((step) => step.name === "" && !step.place)) continue;
    put(root, steps, values);
  }
  return finish(root) as ArgumentTable;
}

/** Arguments of a query; null if there are too many. */
export function parseQuery(encoded: string): ArgumentTable | null {
  const flat = splitArguments(encoded);
  return flat === null ? null : nestArguments(flat);
}
