/** Which schemas of plugins are taken: what a plugin server may say, and what a real Kong refuses. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EntityRegistry } from "../../../core/entities/registry.ts";
import { InvalidPluginSchema } from "../../../core/entities/schema/metaschema.ts";

const withFields = (fields: unknown, more: object = {}): unknown => ({
  name: "told",
  fields: [{ config: { type: "record", fields, ...more } }],
});

const GOOD: Readonly<Record<string, unknown>> = {
  "one text": withFields([{ message: { type: "string" } }]),
  "no fields in config": withFields([]),
  "no config": { name: "told", fields: [] },
  "another name": { name: "other", fields: [{ config: { type: "record", fields: [] } }] },
  "a secret": withFields([{ s: { type: "string", referenceable: true, encrypted: true } }]),
  "a set with a default": withFields([
    { s: { type: "set", elements: { type: "string", one_of: ["a", "b"] }, default: ["a"] } },
  ]),
  "a map of lists": withFields([
    {
      m: {
        type: "map",
        keys: { type: "string", match: "^k" },
        values: { type: "array", elements: { type: "number" } },
      },
    },
  ]),
  "records without fields, attributes that are null": withFields([
    { headers: { type: "record", fields: {} } },
    { a: { type: "string", required: null, default: null, one_of: {} } },
  ]),
  "attributes where they belong": withFields([
    { a: { type: "integer", one_of: [1, 2], between: [1, 2] } },
    { b: { type: "set", elements: { type: "string", match: "x" }, contains: "x", len_eq: 1 } },
    { c: { type: "boolean", eq: true, transient: true, len_min: 1 } },
  ]),
  "a check": withFields([{ a: { type: "string" } }, { b: { type: "string" } }], {
    entity_checks: [{ at_least_one_of: ["a", "b"] }],
  }),
};

/** Schema, and where the error is. */
const BAD: Readonly<Record<string, readonly [unknown, RegExp]>> = {
  "no table": ["x", /expected a table/],
  "no fields": [{ name: "told" }, /missing fields/],
  "fields in an object": [withFields({ a: { type: "string" } }), /fields\.config: fields must be/],
  "no type": [withFields([{ a: {} }]), /fields\.config\.a: missing type declaration/],
  "an unknown type": [withFields([{ a: { type: "text" } }]), /config\.a: unknown type: text/],
  "an unknown attribute": [
    withFields([{ a: { type: "string", shiny: true } }]),
    /config\.a: unknown attribute 'shiny'/,
  ],
  "a truth in a text": [
    withFields([{ a: { type: "string", required: "true" } }]),
    /config\.a: required: expected a boolean/,
  ],
  "a length in a text": [
    withFields([{ a: { type: "array", elements: { type: "string", len_min: "2" } } }]),
    /config\.a\.elements: len_min: expected an integer/,
  ],
  "a choice of one": [
    withFields([{ a: { type: "string", one_of: "b" } }]),
    /config\.a: one_of: expected an array/,
  ],
  "a range for a text": [
    withFields([{ a: { type: "string", between: [1, 2] } }]),
    /config\.a: field of type 'string' cannot have attribute 'between'/,
  ],
  "a choice for a boolean": [
    withFields([{ a: { type: "boolean", one_of: [true] } }]),
    /config\.a: field of type 'boolean' cannot have attribute 'one_of'/,
  ],
  "a pattern for numbers in a list": [
    withFields([{ a: { type: "array", elements: { type: "number", match: "1" } } }]),
    /config\.a\.elements: field of type 'number' cannot have attribute 'match'/,
  ],
  "an array without elements": [withFields([{ a: { type: "array" } }]), /must declare "elements"/],
  "a map without values": [
    withFields([{ a: { type: "map", keys: { type: "string" } } }]),
    /must declare "values"/,
  ],
  "a default of another type": [
    withFields([{ a: { type: "integer", default: "x" } }]),
    /the default must be of type integer/,
  ],
  "two fields in one": [
    withFields([{ a: { type: "string" }, b: { type: "string" } }]),
    /config\[1\]: expected a table with one field/,
  ],
  "a field twice": [
    withFields([{ a: { type: "string" } }, { a: { type: "string" } }]),
    /config\.a: field is declared twice/,
  ],
  "an unknown check": [withFields([], { entity_checks: [{ nope: [] }] }), /unknown entity check/],
  "a pattern that is none": [withFields([{ a: { type: "string", match: "[a" } }]), /missing \]/],
  "a field of the entity": [
    { name: "told", fields: [{ tags: { type: "string" } }] },
    /fields\.tags: a plugin may only describe/,
  ],
};

describe("registerPluginSchema", () => {
  for (const [name, schema] of Object.entries(GOOD)) {
    it(`takes ${name}`, () => {
      const registry = new EntityRegistry();
      registry.registerPluginSchema("told", schema);
      assert.ok(registry.hasPlugin("told"));
    });
  }
  for (const [name, [schema, message]] of Object.entries(BAD)) {
    it(`refuses ${name}`, () => {
      const registry = new EntityRegistry();
      assert.throws(
        () => registry.registerPluginSchema("told", schema),
        (error: unknown) => {
          assert.ok(error instanceof InvalidPluginSchema);
          assert.match(error.message, message);
          return true;
        },
      );
      assert.ok(!registry.hasPlugin("told"));
    });
  }

  it("refuses records without end", () => {
    let field: unknown = { type: "string" };
    for (let depth = 0; depth < 100; depth++) field = { type: "record", fields: [{ a: field }] };
    const registry = new EntityRegistry();
    assert.throws(
      () => registry.registerPluginSchema("told", withFields([{ a: field }])),
      /deeper/,
    );
  });

  it("keeps the earlier schema when a later one is bad", () => {
    const registry = new EntityRegistry();
    registry.registerPluginSchema("told", withFields([{ a: { type: "string", required: true } }]));
    assert.throws(() => registry.registerPluginSchema("told", 1));
    const { errors } = registry.entity("plugins").insert({ name: "told" });
    assert.deepEqual(errors, { config: { a: "required field missing" } });
  });
});
