/** Configuration of response-transformer, as Kong's schema has it. */
import type { FieldSchema, SubSchema } from "../../entities/schema/definition.ts";
import { renamedHeaderProblem } from "../name-and-value.ts";
import { PROTOCOLS_HTTP } from "../protocols.ts";

const NAME_AND_VALUE = "^[^:]+:.*$";

function list(attributes: Omit<FieldSchema, "type"> = {}): FieldSchema {
  return {
    type: "array",
    required: true,
    default: [],
    elements: { type: "string", ...attributes },
  };
}

const NAMES = list();
const VALUES = list({ match: NAME_AND_VALUE });
const TYPES = list({ one_of: ["boolean", "number", "string"] });

const VALUED: FieldSchema = {
  type: "record",
  required: true,
  fields: [{ json: VALUES }, { json_types: TYPES }, { headers: VALUES }],
};

/** `json_types` has a type for each value of `json`, by place. */
export const schema: SubSchema = {
  name: "response-transformer",
  fields: [
    { protocols: PROTOCOLS_HTTP },
    {
      config: {
        type: "record",
        required: true,
        fields: [
          {
            remove: {
              type: "record",
              required: true,
              fields: [{ json: NAMES }, { headers: NAMES }],
            },
          },
          {
            rename: {
              type: "record",
              required: true,
              fields: [
                { json: VALUES },
                {
                  headers: list({ match: NAME_AND_VALUE, custom_validator: renamedHeaderProblem }),
                },
              ],
            },
          },
          { replace: VALUED },
          { add: VALUED },
          { append: VALUED },
        ],
      },
    },
  ],
};
