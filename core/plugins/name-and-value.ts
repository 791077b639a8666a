/** Entries of the lists in transformers' configurations: "name:value". */

const PAIR = /^([^:]+):*([\s\S]*)$/;

/** Split at the first colon (and those right behind it); without one the value is "". */
export function splitPair(entry: string): { name: string; value: string } {
  const match = PAIR.exec(entry);
  return { name: match?.[1] ?? "", value: match?.[2] ?? "" };
}
