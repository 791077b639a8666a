/** Entries of the lists in transformers' configurations: "name:value". */
import { headerNameError } from "../entities/schema/checks/names.ts";

const PAIR = /^([^:]+):*([\s\S]*)$/;

/** Split at the first colon (and those right behind it); without one the value is "". */
export function splitPair(entry: string): { name: string; value: string } {
  const match = PAIR.exec(entry);
  return { name: match?.[1] ?? "", value: match?.[2] ?? "" };
}

/** @returns what is wrong with the name of a header, the empty one included, by the letters that Kong takes */
export function headerProblem(name: string): string | undefined {
  if (headerNameError(name) === undefined) return undefined;
  return `'${name === "" ? "nil" : name}' is not a valid header`;
}

/** "old:new", both names of headers. */
export function renamedHeaderProblem(pair: string): string | undefined {
  const { name, value } = splitPair(pair);
  return headerProblem(name) ?? headerProblem(value);
}
