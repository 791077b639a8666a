/** Entries of the lists in transformers' configurations: "name:value". */
import { headerNameError } from "../entities/schema/checks/names.ts";

const PAIR = /^([^:]+):*([\s\S]*)$/;

/** Split at the first colon (and those right behind it); without one the value is "". */
export function splitPair(entry: string): { name: string; value: string } {
  const match = PAIR.exec(entry);
  return { name: match?.[1] ?? "", value: match?.[2] ?? "" };
}

function headerProblem(name: string): string | undefined {
  return headerNameError(name) === undefined ? undefined : `'${name}' is not a valid header`;
}

/** What is wrong with the name of a header before the colon, if there is one; by the letters that Kong takes. */
export function namedHeaderProblem(pair: string): string | undefined {
  const { name } = splitPair(pair);
  return name === "" ? "'nil' is not a valid header" : headerProblem(name);
}

/** "old:new", both names of headers. */
export function renamedHeaderProblem(pair: string): string | undefined {
  const { name, value } = splitPair(pair);
  return headerProblem(name) ?? headerProblem(value);
}
