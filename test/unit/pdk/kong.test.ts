/** The facade and the registry as such: names, types, constants, and what cannot be reached. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { PdkError } from "../../../core/errors.ts";
import { camelCase, createPdk, exchangeOf } from "../../../core/pdk/kong.ts";
import { findFunction, isUnknownName, TABLE } from "../../../core/pdk/registry.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { makeNode } from "../../helpers/make-node.ts";
import { bench } from "./pdk-fixtures.ts";

describe("the facade", () => {
  it("is one object for the life of a request, and knows its exchange", () => {
    const pdk = createPdk(makeNode());
    const x = makeExchange();
    const kong = pdk.kongFor(x);
    assert.equal(pdk.kongFor(x), kong);
    assert.equal(x.kong, kong);
    assert.equal(kong.service.request, kong.service.request);
    assert.equal(exchangeOf(kong), x);
    assert.notEqual(pdk.kongFor(makeExchange()), kong);
  });

  it("has settings that cannot be changed, and the version", () => {
    const { kong } = bench();
    assert.equal(kong.configuration.log_level, "notice");
    assert.throws(() => {
      (kong.configuration as Record<string, unknown>).log_level = "debug";
    }, TypeError);
    assert.deepEqual([kong.version, kong.versionNum], ["3.9.1", 3_009_001]);
  });

  // Goal: no function of the table is missing in the types for plugin authors. Method: the names in the text of the
  // types, since types are gone at run time.
  it("declares every function in kong-api.ts", () => {
    const file = new URL("../../../core/pdk/kong-api.ts", import.meta.url);
    const text = readFileSync(file, "utf8");
    const missing = TABLE.filter((fn) => !fn.isPluginServerOnly)
      .map((fn) => camelCase(fn.name.split(".").at(-1)!))
      .filter((name) => !new RegExp(`\\b${name}"?(?:<T>)?[(:]`).test(text));
    assert.deepEqual(missing, []);
  });

  it("does without what only plugin servers have", () => {
    const { kong } = bench();
    for (const fn of TABLE.filter((one) => one.isPluginServerOnly)) {
      let target: unknown = { kong };
      for (const part of fn.name.split("."))
        target = (target as Record<string, unknown> | undefined)?.[camelCase(part)];
      assert.equal(target, undefined, fn.name);
    }
  });
});

describe("the registry", () => {
  it("finds nothing but its own names", () => {
    const { refuses } = bench();
    for (const name of [
      "nothing.here",
      "request.__proto__",
      "request.constructor",
      "request",
      "response.get_chunk",
    ]) {
      refuses(`method "kong.${name}" not found`, name);
    }
    const pdk = createPdk(makeNode());
    for (const name of ["__proto__", "constructor", "toString", "", "kong", "request.get_host"]) {
      assert.throws(() => pdk.call(name, makeExchange(), []), PdkError, name);
      assert.equal(findFunction(name), undefined);
    }
    refuses("attempt to call kong.version, which is no function", "version");
    refuses("attempt to call kong.ctx.shared, which is no function", "ctx.shared");
  });

  it("tells a name that is nothing from a namespace and from a value", () => {
    assert.deepEqual(
      [
        "kong.nothing.here",
        "kong.request",
        "kong",
        "kong.version",
        "kong.log",
        "kong.request.get_host",
      ].map(isUnknownName),
      [true, false, false, false, false, false],
    );
  });

  it("does not look at arguments that are too many", () => {
    const { call } = bench(["GET", "/", { a: "1" }]);
    assert.equal(call("request.get_header", "a", "b", 3), "1");
    assert.equal(call("request.get_scheme", "b"), "http");
  });
});
