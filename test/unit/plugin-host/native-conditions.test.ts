/** Conditions of the native protocol whose kind this gateway does not know: a plugin must never be passed over for one. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileCondition, isFixed } from "../../../core/plugin-host/native/conditions.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";

const get = makeExchange("GET", "/");
/** All that is left of a kind that shapes.ts does not know. */
const unknown = {};
const never = { method_in: { list: ["DELETE"] } };

describe("a condition with an unknown kind", () => {
  const everywhere = [
    ["alone", unknown],
    ["inside not", { not: unknown }],
    ["inside not in not", { not: { not: unknown } }],
    ["beside one that does not hold", { all: { list: [never, unknown] } }],
    ["beside one that does not hold, deeper", { any: { list: [never, { not: unknown }] } }],
    ["in a list inside not", { not: { any: { list: [unknown, never] } } }],
  ] as const;
  for (const [where, condition] of everywhere) {
    it(`holds always: ${where}`, () => {
      assert.equal(compileCondition(condition)(get), true);
    });
  }

  it("does not make others hold", () => {
    assert.equal(compileCondition(never)(get), false);
    assert.equal(compileCondition({ not: { not: never } })(get), false);
    assert.equal(compileCondition({ not: { has_consumer: false } })(get), false);
    assert.equal(isFixed({ not: never }), false);
  });
});
