/** response-transformer without sockets, against conformance/recorded/traffic/response-transformer*.json. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeaderBlock } from "../../../core/exchange/header-block.ts";
import {
  compileHeaders,
  transformHeaders,
} from "../../../core/plugins/response-transformer/headers.ts";
import {
  compileJson,
  isJsonType,
  transformJson,
} from "../../../core/plugins/response-transformer/json-body.ts";

type Lists = Record<string, readonly string[]>;

function headersAfter(lists: Lists, sent: readonly (readonly [string, string])[]): string[] {
  const config = Object.fromEntries(
    Object.entries(lists).map(([key, headers]) => [key, { headers }]),
  );
  const block = HeaderBlock.from(sent);
  transformHeaders(block, compileHeaders(config));
  const lines: string[] = [];
  block.forEach((name, value) => {
    lines.push(`${name}: ${value}`);
  });
  return lines;
}

describe("headers", () => {
  const rows: [what: string, lists: Lists, sent: [string, string][], after: string[]][] = [
    ["adds what is not there", { add: ["h1:v9", "H5:v5"] }, [["H1", "v0"]], ["H1: v0", "H5: v5"]],
    [
      "removes, whatever is behind the colon",
      { remove: ["h1:x", "X-TWO"] },
      [
        ["H1", "a"],
        ["x-two", "b"],
        ["x-two", "c"],
      ],
      [],
    ],
    [
      "renames all values",
      { rename: ["a:b"] },
      [
        ["A", "1"],
        ["a", "2"],
        ["b", "0"],
      ],
      ["b: 1", "b: 2"],
    ],
    [
      "does not rename what it has renamed",
      { rename: ["h1:h2", "h2:h3"] },
      [["H1", "v"]],
      ["h2: v"],
    ],
    ["loses what is renamed to itself", { rename: ["h1:H1"] }, [["H1", "v"]], []],
    [
      "replaces what is there",
      { replace: ["a:2", "b:3"] },
      [
        ["a", "0"],
        ["A", "1"],
      ],
      ["a: 2"],
    ],
    ["does not add what it has removed", { remove: ["a"], add: ["a:2"] }, [["a", "1"]], []],
    ["appends", { append: ["a:2", "a:3"] }, [["a", "1"]], ["a: 1", "a: 2", "a: 3"]],
    ["does nothing for an empty value", { add: ["e:"], replace: ["a:"] }, [["a", "1"]], ["a: 1"]],
    [
      "makes a dash of an underscore",
      { add: ["x_a:1"], rename: ["y_b:z_c"] },
      [["Y-B", "2"]],
      ["z-c: 2", "x-a: 1"],
    ],
    ["keeps the last of several for a name", { add: ["a:1", "A:2"] }, [], ["A: 2"]],
    [
      "appends to what there is only one of by taking its place",
      { append: ["content-type:text/csv", "Server:mine"] },
      [["Content-Type", "text/plain"]],
      ["content-type: text/csv", "Server: mine"],
    ],
    ["writes text as UTF-8", { add: ["a:é"] }, [], ["a: Ã©"]],
  ];
  for (const [what, lists, sent, after] of rows) {
    it(what, () => assert.deepEqual(headersAfter(lists, sent), after));
  }
});

describe("content types", () => {
  const rows: [type: string | undefined, isJson: boolean][] = [
    ["application/json", true],
    ["APPLICATION/JSON", true],
    ["application/json; charset=utf-8", true],
    ["application/problem+json; charset=utf-8", true],
    ["application/vnd.x.v1+json", true],
    ["application/x-www-form-urlencoded, application/json", true],
    ["application/jsonp", false],
    ["text/json", false],
    ["text/plain", false],
    ["application", false],
    ["*/*", false],
    [undefined, false],
  ];
  for (const [type, isJson] of rows) {
    it(`${type} is ${isJson ? "" : "not "}JSON`, () => assert.equal(isJsonType(type), isJson));
  }
});

type JsonConfig = Record<string, { json?: readonly string[]; json_types?: readonly string[] }>;

function bodyAfter(config: JsonConfig, body: string): unknown {
  const changed = transformJson(Buffer.from(body), compileJson(config)!);
  return changed === null ? null : JSON.parse(changed.toString());
}

describe("a JSON body", () => {
  const rows: [what: string, config: JsonConfig, body: string, after: unknown][] = [
    ["loses a member", { remove: { json: ["p1"] } }, '{"p1":1,"e":[]}', { e: [] }],
    ["renames, false included", { rename: { json: ["a:b", "no:x"] } }, '{"a":false}', { b: false }],
    [
      "replaces all but false",
      { replace: { json: ["a:n", "b:n", "c:n"] } },
      '{"a":null,"b":false}',
      { a: "n", b: false },
    ],
    ["adds", { add: { json: ["a:n", "b:n"] } }, '{"a":"is"}', { a: "is", b: "n" }],
    [
      "appends",
      { append: { json: ["a:1", "b:1", "c:1"] } },
      '{"a":"0","b":5}',
      { a: ["0", "1"], b: ["1"], c: ["1"] },
    ],
    [
      "has types",
      {
        add: {
          json: ["s:v", "n:-1", "x:0x10", "e:1e3", "no:abc", "t:true", "y:yes"],
          json_types: ["string", "number", "number", "number", "number", "boolean", "boolean"],
        },
      },
      "{}",
      { s: "v", n: -1, x: 16, e: 1000, t: true, y: false },
    ],
    [
      "has null as a text for an empty value, and false for a boolean",
      {
        add: { json: ["s:", "n:", "b:"], json_types: ["string", "number", "boolean"] },
        replace: { json: ["r:"] },
        append: { json: ["a:"] },
      },
      '{"r":1}',
      { r: "null", s: "null", b: false, a: ["null"] },
    ],
    [
      "has text where types end",
      { add: { json: ["a:1", "b:2"], json_types: ["number"] } },
      "{}",
      { a: 1, b: "2" },
    ],
    [
      "escapes once more, as Kong does",
      { add: { json: ["u:http://a.test/b", "back:a\\b", "tab:a\tb", 'q:{"a":1}', "uni:grüß ☃"] } },
      "{}",
      { u: "http://a.test/b", back: "a\\\\b", tab: "a\\tb", q: '{"a":1}', uni: "grüß ☃" },
    ],
    [
      "takes names that mean something to JavaScript",
      { add: { json: ["__proto__:1"] } },
      "{}",
      JSON.parse('{"__proto__":"1"}'),
    ],
  ];
  for (const [what, config, body, after] of rows) {
    it(what, () => assert.deepEqual(bodyAfter(config, body), after));
  }

  for (const body of ["", "not a json value", "[1]", "[]", "5", "null"]) {
    it(`goes on as it is: ${body}`, () => {
      assert.equal(
        transformJson(Buffer.from(body), compileJson({ add: { json: ["a:1"] } })!),
        null,
      );
    });
  }

  it("is left alone where nothing is configured", () => {
    assert.equal(compileJson({ add: { json: [] }, remove: { json: [] } }), null);
  });
});
