/**
 * Headers to the client: remove, rename, replace, add, append, in this order.
 *
 * What is there is decided by the headers from before the plugin changed any, as in Kong: a header that `remove` takes
 * away is still "there" for `add`. The usual configuration, which only adds, needs no such memory.
 */
import { type HeaderBlock, sameName } from "../../exchange/header-block.ts";
import { toWire } from "../../pdk/text.ts";
import type { PluginConfig } from "../../runloop/handler.ts";
import { splitPair } from "../name-and-value.ts";

/** Name and value of a header, in bytes. */
interface Field {
  readonly name: string;
  readonly value: string;
}

/** Names and values in bytes, ready to be written. */
export interface HeaderSteps {
  readonly remove: readonly string[];
  readonly rename: readonly Field[];
  readonly replace: readonly Field[];
  readonly add: readonly Field[];
  readonly append: readonly Field[];
  readonly isEmpty: boolean;
  /** Does `add` come first, so that nothing has to be remembered? */
  readonly onlyAdds: boolean;
}

function fields(list: unknown): Field[] {
  return ((list as readonly string[] | null) ?? [])
    .map((entry) => splitPair(toWire(entry)))
    .filter(({ value }) => value !== "")
    .map(({ name, value }) => ({ name: sentName(name), value }));
}

/** nginx's Lua makes a dash of an underscore in the name of a header that it sends. */
function sentName(name: string): string {
  return name.replaceAll("_", "-");
}

/** Each value that is added for a name takes the place of the one before. */
function lastOfEach(list: readonly Field[]): Field[] {
  return list.filter(
    ({ name }, i) => !list.slice(i + 1).some((later) => sameName(later.name, name)),
  );
}

/** Headers that nginx keeps one of: a value that is appended takes the place of what is there. */
const SINGLE = new Set(
  (
    "accept-ranges content-encoding content-range content-type date etag expires last-modified location refresh " +
    "server www-authenticate"
  ).split(" "),
);

function append(headers: HeaderBlock, { name, value }: Field): void {
  if (SINGLE.has(name.toLowerCase())) headers.set(name, value);
  else headers.add(name, value);
}

/** Once for each configuration. */
export function compileHeaders(config: PluginConfig): HeaderSteps {
  const of = (action: string): unknown => (config[action] as PluginConfig | null)?.headers;
  const remove = ((of("remove") as readonly string[] | null) ?? []).map(
    (entry) => splitPair(toWire(entry)).name,
  );
  const rename = fields(of("rename")).map(({ name, value }) => ({ name, value: sentName(value) }));
  const replace = fields(of("replace"));
  const add = lastOfEach(fields(of("add")));
  const append = fields(of("append"));
  const onlyAdds = remove.length + rename.length + replace.length === 0;
  const isEmpty = onlyAdds && add.length + append.length === 0;
  return { remove, rename, replace, add, append, isEmpty, onlyAdds };
}

/** Changes the block in place; values are those of the configuration. */
export function transformHeaders(headers: HeaderBlock, steps: HeaderSteps): void {
  if (steps.onlyAdds) {
    const { add } = steps;
    for (let i = 0; i < add.length; i++) {
      if (headers.find(add[i]!.name) < 0) headers.add(add[i]!.name, add[i]!.value);
    }
  } else {
    changeAll(headers, steps);
  }
  for (const field of steps.append) append(headers, field);
}

function changeAll(headers: HeaderBlock, { remove, rename, replace, add }: HeaderSteps): void {
  const renamed = rename.map(({ name }) => headers.getAll(name));
  const replaced = replace.filter(({ name }) => headers.has(name));
  const added = add.filter(({ name }) => !headers.has(name));
  for (const name of remove) headers.remove(name);
  rename.forEach(({ name, value }, i) => {
    const values = renamed[i]!;
    if (values.length === 0) return;
    headers.set(value, values);
    headers.remove(name);
  });
  for (const { name, value } of replaced) headers.set(name, value);
  for (const { name, value } of added) headers.set(name, value);
}
