/** Inputs and what Kong's own engine says about them, as a table: message, tree of errors, or the filled row. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Table } from "../../../core/entities/schema/definition.ts";
import { schemaViolation } from "../../../core/entities/schema/violation.ts";
import { fullRegistry, readData } from "./registry-fixture.ts";

interface Example {
  readonly entity: string;
  readonly input: Table;
  readonly ok?: boolean;
  readonly output?: Table;
  readonly message?: string;
  readonly fields?: unknown;
}

/** Cases that the engine alone does not decide, by input. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  '{"jwk":"{","kid":"x","pem":{"public_key":"x"}}':
    "the table was made without OpenSSL; a real Kong says that the PEM cannot be loaded",
  '{"config":{"minute":5,"second":10},"name":"rate-limiting"}': "a check in the plugin's code",
  '{"config":{"second":1,"sync_rate":1},"name":"rate-limiting"}': "a check in the plugin's code",
  '{"config":{"body":"b","message":"a"},"name":"request-termination"}':
    "a check in the plugin's code",
  '{"config":{"content_type":"a"},"name":"request-termination"}': "a check in the plugin's code",
};

/** As it goes over the wire, with the stand-ins of the table for ids and times. */
function comparable(row: Table, output: Table): unknown {
  const shown: Table = { ...row, id: output.id };
  for (const name of ["created_at", "updated_at"]) if (name in row) shown[name] = output[name];
  return JSON.parse(JSON.stringify(shown));
}

describe("validation examples", () => {
  const registry = fullRegistry();
  const { cases } = readData("validation-examples.json") as { cases: Example[] };

  for (const example of cases) {
    const text = JSON.stringify(example.input);
    const why = ELSEWHERE[text];
    it(`${example.entity} ${text.slice(0, 100)}`, { skip: why ?? false }, () => {
      const { row, errors } = registry.entity(example.entity).insert(example.input);
      if (example.ok) {
        assert.equal(errors, undefined);
        if (example.output) assert.deepEqual(comparable(row, example.output), example.output);
        return;
      }
      assert.ok(errors !== undefined, "it was accepted");
      const { message, fields } = schemaViolation(errors);
      assert.equal(message, example.message);
      assert.deepEqual(fields, example.fields);
    });
  }

  it("has a case for each exception", () => {
    const inputs = new Set(cases.map(({ input }) => JSON.stringify(input)));
    assert.deepEqual(
      Object.keys(ELSEWHERE).filter((text) => !inputs.has(text)),
      [],
    );
  });
});
