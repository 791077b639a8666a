/** Documents that are made to cost much: refused, and soon, with an error that says what is too much of. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDeclarative, parseDeclarativeObject } from "../../../core/store/declarative.ts";
import { ERRORS_MAX } from "../../../core/store/declarative-items.ts";
import { fullRegistry } from "../entities/registry-fixture.ts";

const registry = fullRegistry();

describe("a document that is made to cost much", () => {
  // Method: as deep as no function that walks through it by calling itself could go.
  it("is an error of its depth, as an object and as text", () => {
    const levels = 200_000;
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);
    const result = parseDeclarativeObject(deep, { registry });
    assert.ok(!result.ok);
    assert.match(String(result.errors.error), /deeper than 64 levels/);
    const text = `services: ${"[".repeat(levels)}${"]".repeat(levels)}`;
    const read = parseDeclarative(text, { registry });
    assert.ok(!read.ok);
    assert.match(String(read.errors.error), /nesting exceeded/);
  });

  it("has no more errors than somebody can read, and says so", () => {
    const services = Array.from({ length: ERRORS_MAX * 3 }, () => ({ name: 1, host: "a" }));
    const result = parseDeclarativeObject({ _format_version: "3.0", services }, { registry });
    assert.ok(!result.ok);
    assert.equal((result.errors.services as unknown[]).length, ERRORS_MAX);
    assert.equal(result.errors.error, `there are more than these ${ERRORS_MAX} errors`);
    assert.ok(!("id" in result.flatten().rest));
  });

  it("names what JavaScript's own objects have, as any other unknown field", () => {
    const text = `_format_version: "3.0"
__proto__: {polluted: 1}
constructor: {prototype: {polluted: 1}}
services:
- {name: toString, url: "http://a.test", __proto__: {host: b}}
`;
    const result = parseDeclarative(text, { registry, filename: "kong.yml" });
    assert.ok(!result.ok);
    assert.deepEqual(result.lines.map(({ path }) => path).sort(), [
      "__proto__",
      "constructor",
      "services[1].__proto__",
    ]);
    assert.equal(Reflect.get({}, "polluted"), undefined);
  });
});
