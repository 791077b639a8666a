/** Arguments of queries and forms: the structure in their names, and what their texts mean to a schema. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ARGUMENTS_MAX, NESTING_MAX, parseQuery } from "../../../core/admin/arguments.ts";
import { inferRecord } from "../../../core/admin/infer.ts";
import { boundaryOf, parseMultipart } from "../../../core/admin/multipart.ts";
import type { RecordSchema } from "../../../core/entities/schema/definition.ts";

describe("names of arguments", () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ["", {}],
    ["a=1", { a: "1" }],
    ["a", { a: true }],
    ["a=", { a: "" }],
    ["&&a=1&", { a: "1" }],
    ["a=x&a=y", { a: ["x", "y"] }],
    ["a[]=x", { a: ["x"] }],
    ["a[]=x&a[]=y", { a: ["x", "y"] }],
    ["a%5B%5D=x", { a: ["x"] }],
    ["a[2]=y&a[1]=x", { a: ["x", "y"] }],
    ["a.b.c=1&a.b.d=2", { a: { b: { c: "1", d: "2" } } }],
    ["a[b]=1&a[c]=2", { a: { b: "1", c: "2" } }],
    ["a[0]=x", { a: { "0": "x" } }],
    ["a.1=x", { a: { "1": "x" } }],
    ["a.b[]=1&a.b[]=2", { a: { b: ["1", "2"] } }],
    ["a[b][1]=1", { a: { b: ["1"] } }],
    ["a[1].name=x&a[1].type=y", { a: [{ name: "x", type: "y" }] }],
    ["a[x.y]=1", { a: { "x.y": "1" } }],
    ["a.=1&b=2", { b: "2" }],
    ["a[=1", { "a[": "1" }],
    ["=1", {}],
    ["a=%C3%A9+b%2Bc", { a: "é b+c" }],
    ["a=100%", { a: "100%" }],
    ["__proto__.x=1", Object.fromEntries([["__proto__", { x: "1" }]])],
  ];
  for (const [query, expected] of cases) {
    it(`reads ${JSON.stringify(query)}`, () => assert.deepEqual(parseQuery(query), expected));
  }

  it("takes as many as Kong and not one more", () => {
    const many = (count: number): string => Array.from({ length: count }, () => "a=1").join("&");
    assert.equal((parseQuery(many(ARGUMENTS_MAX))!.a as string[]).length, ARGUMENTS_MAX);
    assert.equal(parseQuery(many(ARGUMENTS_MAX + 1)), null);
  });

  it("does not go deeper than its limit", () => {
    const name = `a${".b".repeat(NESTING_MAX + 2)}`;
    assert.deepEqual(parseQuery(`${name}=1`), { [name]: "1" });
  });
});

describe("multipart bodies", () => {
  const body = (...parts: readonly string[]): Buffer =>
    Buffer.from(
      `${parts.map((part) => `--xyz\r\nContent-Disposition: form-data; ${part}\r\n`).join("")}--xyz--\r\n`,
    );
  const cases: readonly (readonly [string, Buffer, unknown])[] = [
    ["a part", body('name="a"\r\n\r\n1'), [["a", ["1"]]]],
    ["the last of several", body('name="a"\r\n\r\n1', 'name="a"\r\n\r\n2'), [["a", ["2"]]]],
    [
      "a file",
      body('name="a"; filename="x.yml"\r\nContent-Type: text/yaml\r\n\r\nb: 1\n'),
      [["a", ["b: 1\n"]]],
    ],
    ["bytes of UTF-8", body('name="é"\r\n\r\nü'), [["é", ["ü"]]]],
    ["nothing in a part", body('name="a"\r\n\r\n'), [["a", [""]]]],
    ["a name without quotes", body("name=a\r\n\r\n1"), [["a", ["1"]]]],
    ["a part without a name", body("\r\n\r\n1"), []],
    ["no parts", Buffer.from("--xyz--\r\n"), []],
    [
      "no end",
      Buffer.from('--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'),
      [["a", ["1"]]],
    ],
    [
      "something before",
      Buffer.concat([Buffer.from("hello\r\n"), body('name="a"\r\n\r\n1')]),
      [["a", ["1"]]],
    ],
    ["no boundary at all", Buffer.from("hello"), []],
    ["nothing", Buffer.from(""), []],
  ];
  for (const [what, bytes, expected] of cases) {
    it(`gives ${what}`, () => assert.deepEqual([...parseMultipart(bytes, "xyz")!], expected));
  }

  it("finds the boundary", () => {
    assert.equal(boundaryOf("multipart/form-data; boundary=xyz; charset=utf-8"), "xyz");
    assert.equal(boundaryOf('multipart/form-data; Boundary="a b"'), "a b");
    assert.equal(boundaryOf("multipart/form-data"), null);
  });
});

describe("texts of a form", () => {
  const schema: RecordSchema = {
    fields: [
      { port: { type: "integer" } },
      { weight: { type: "number" } },
      { enabled: { type: "boolean" } },
      { name: { type: "string" } },
      { tags: { type: "set", elements: { type: "string" } } },
      { ports: { type: "array", elements: { type: "integer" } } },
      { headers: { type: "map", values: { type: "array", elements: { type: "string" } } } },
      { config: { type: "record", fields: [{ limit: { type: "number" } }] } },
      { service: { type: "foreign", reference: "services" } },
    ],
    shorthand_fields: [{ retries: { type: "integer" } }],
  };
  const cases: readonly (readonly [string, unknown])[] = [
    ["port=8080", { port: 8080 }],
    ["port=8e1", { port: 80 }],
    ["port=0x50", { port: 80 }],
    ["port=%2B5", { port: 5 }],
    ["port=-1", { port: -1 }],
    ["port=%208%20", { port: 8 }],
    ["port=05", { port: 5 }],
    ["weight=.5", { weight: 0.5 }],
    ["port=x", { port: "x" }],
    ["port=0b1", { port: "0b1" }],
    ["port=Infinity", { port: "Infinity" }],
    ["port=80&port=81", { port: ["80", "81"] }],
    ["port=", { port: null }],
    ["enabled=true", { enabled: true }],
    ["enabled=false", { enabled: false }],
    ["enabled=True", { enabled: "True" }],
    ["enabled", { enabled: true }],
    ["name=1", { name: "1" }],
    ["name=", { name: null }],
    ["tags=a", { tags: ["a"] }],
    ["tags=", { tags: null }],
    ["tags[]=1&tags[]=true", { tags: ["1", "true"] }],
    ["tags[x]=1", { tags: { x: "1" } }],
    ["ports=1&ports=x", { ports: [1, "x"] }],
    ["headers.x-a=1", { headers: { "x-a": ["1"] } }],
    ["headers.x-a=", { headers: { "x-a": null } }],
    ["headers=x", { headers: "x" }],
    ["config.limit=5&config.nope=5", { config: { limit: 5, nope: "5" } }],
    ["config=", { config: null }],
    ["service.id=", { service: { id: null } }],
    ["service.name=1", { service: { name: "1" } }],
    ["retries=3", { retries: 3 }],
    ["unknown=3", { unknown: "3" }],
  ];
  for (const [query, expected] of cases) {
    it(`reads ${query}`, () =>
      assert.deepEqual(inferRecord({ ...parseQuery(query) }, schema), expected));
  }

  it("reads fields that a subschema describes by its types", () => {
    const more: RecordSchema = {
      fields: [{ config: { type: "record", fields: [{ on: { type: "boolean" } }] } }],
    };
    assert.deepEqual(inferRecord({ config: { on: "true" } }, schema, more), {
      config: { on: true },
    });
  });
});
