/**
 * Configuration of request-transformer, as Kong's schema has it.
 *
 * Templates of query arguments and body fields are compiled when the configuration is checked, those of headers and of
 * the path only when a request needs them: so Kong does, and a configuration that Kong takes is taken here.
 */
import type { FieldSchema, SubSchema } from "../../entities/schema/definition.ts";
import { namedHeaderProblem, renamedHeaderProblem, splitPair } from "../name-and-value.ts";
import { PROTOCOLS_ANY } from "../protocols.ts";
import { templateProblem } from "./template.ts";

const NAME_AND_VALUE = "^[^:]+:.*$";

function renamed(pair: string): string | undefined {
  const { name, value } = splitPair(pair);
  return value === "" ? `key '${name}' has no value` : undefined;
}

function valued(pair: string): string | undefined {
  return renamed(pair) ?? templateProblem(splitPair(pair).value) ?? undefined;
}

type Validator = (value: string) => string | undefined;

function list(validate?: Validator, match?: string): FieldSchema {
  return {
    type: "array",
    required: true,
    default: [],
    elements: {
      type: "string",
      ...(match === undefined ? {} : { match }),
      ...(validate === undefined ? {} : { custom_validator: validate }),
    },
  };
}

function record(forBody: FieldSchema, forHeaders: FieldSchema, withUri = false): FieldSchema {
  const uri = withUri ? [{ uri: { type: "string" } as const }] : [];
  return {
    type: "record",
    required: true,
    fields: [{ body: forBody }, { headers: forHeaders }, { querystring: forBody }, ...uri],
  };
}

const VALUES = list(valued);
const HEADER_VALUES = list(namedHeaderProblem, NAME_AND_VALUE);

/** Headers are not checked for templates; see above. */
export const schema: SubSchema = {
  name: "request-transformer",
  fields: [
    { protocols: PROTOCOLS_ANY },
    {
      config: {
        type: "record",
        required: true,
        fields: [
          { http_method: { type: "string", match: "^%u+$" } },
          { remove: record(list(), list(namedHeaderProblem)) },
          { rename: record(list(renamed), list(renamedHeaderProblem, NAME_AND_VALUE)) },
          { replace: record(VALUES, HEADER_VALUES, true) },
          { add: record(VALUES, HEADER_VALUES) },
          { append: record(VALUES, HEADER_VALUES) },
        ],
      },
    },
  ],
};
