/**
 * request-transformer without sockets: headers, query, bodies, templates, against what a real Kong did
 * (conformance/recorded/traffic/request-transformer*.json).
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LuaLookup } from "../../../core/plugins/lua-expression/values.ts";
import { transformBody } from "../../../core/plugins/request-transformer/body.ts";
import { compileSection, type Section } from "../../../core/plugins/request-transformer/entries.ts";
import { transformHeaders } from "../../../core/plugins/request-transformer/headers.ts";
import { transformQuery } from "../../../core/plugins/request-transformer/parameters.ts";
import {
  compileTemplate,
  render,
  type Template,
  templateProblem,
} from "../../../core/plugins/request-transformer/template.ts";
import { type HeaderPairs, makeExchange } from "../../helpers/make-exchange.ts";

type Lists = Record<string, readonly string[]>;
const NOTHING = new LuaLookup(() => undefined);

function section(lists: Lists, kind: string): Section {
  const config = Object.fromEntries(
    Object.entries(lists).map(([key, list]) => [key, { [kind]: list }]),
  );
  return compileSection(config, kind);
}

/** Headers after the transformation, "name: value" as on the wire, without the first Host. */
function headersAfter(
  lists: Lists,
  sent: HeaderPairs,
  environment: LuaLookup | null = null,
): string[] {
  const x = makeExchange("GET", "/", sent);
  transformHeaders(x, section(lists, "headers"), environment);
  const lines: string[] = [];
  x.requestHeaders.forEach((name, value) => {
    if (name !== "Host") lines.push(`${name}: ${value}`);
  });
  return lines.sort();
}

describe("headers", () => {
  const rows: [what: string, lists: Lists, sent: HeaderPairs, after: string[]][] = [
    [
      "removes every field of a name",
      { remove: ["x-a"] },
      [
        ["X-A", "1"],
        ["x-a", "2"],
        ["k", "v"],
      ],
      ["k: v"],
    ],
    ["removes by the name before a colon", { remove: ["x-a:1"] }, [["X-A", "2"]], []],
    ["renames", { rename: ["x-a:x-b"] }, [["X-A", "1"]], ["x-b: 1"]],
    [
      "renames all values",
      { rename: ["x-a:x-b"] },
      [
        ["x-a", "1"],
        ["X-A", "2"],
      ],
      ["x-b: 1", "x-b: 2"],
    ],
    [
      "renames onto another, in its spelling",
      { rename: ["x-a:x-b"] },
      [
        ["x-a", "n"],
        ["X-B", "o"],
      ],
      ["X-B: n"],
    ],
    [
      "renames in a chain",
      { rename: ["a:b", "b:c"] },
      [
        ["a", "1"],
        ["b", "2"],
      ],
      ["c: 1"],
    ],
    ["renames only the case", { rename: ["up:UP"] }, [["up", "1"]], ["UP: 1"]],
    ["leaves a name that is renamed to itself", { rename: ["a:a"] }, [["A", "1"]], ["A: 1"]],
    ["replaces what is there", { replace: ["h1:v:1", "h2:x"] }, [["H1", "old"]], ["H1: v:1"]],
    [
      "replaces several by one",
      { replace: ["h:v"] },
      [
        ["h", "1"],
        ["H", "2"],
      ],
      ["h: v"],
    ],
    ["replaces an empty one", { replace: ["h:v"] }, [["h", ""]], ["h: v"]],
    [
      "adds what is not there",
      { add: ["h1:v1", "X-aDDed:a"] },
      [["H1", ""]],
      ["H1: ", "X-aDDed: a"],
    ],
    ["does nothing for an empty value", { add: ["a:"], replace: ["b:"] }, [["b", "1"]], ["b: 1"]],
    ["appends", { append: ["h:1", "h:2"] }, [["H", "0"]], ["H: 0", "h: 1", "h: 2"]],
    [
      "appends in its own spelling to several",
      { append: ["h:2"] },
      [
        ["H", "0"],
        ["h", "1"],
      ],
      ["H: 0", "h: 1", "h: 2"],
    ],
    ["removes, then adds", { remove: ["a"], add: ["a:2"] }, [["a", "1"]], ["a: 2"]],
    ["adds, then appends", { add: ["a:1"], append: ["a:2"] }, [], ["a: 1", "a: 2"]],
    [
      "takes _ in a configured name for - too",
      { remove: ["x_a", "y-b"] },
      [
        ["x-a", "1"],
        ["y_b", "2"],
      ],
      ["y_b: 2"],
    ],
    ["writes text as UTF-8", { add: ["a:é"] }, [], ["a: Ã©"]],
    ["cannot be made to write a second header", { add: ["a:1\r\nb: 2"] }, [], ["a: 1%0D%0Ab: 2"]],
  ];
  for (const [what, lists, sent, after] of rows) {
    it(what, () => assert.deepEqual(headersAfter(lists, sent), after));
  }

  it("replaces Host, but neither removes, renames nor adds it", () => {
    const x = makeExchange("GET", "/", [
      ["Host", "asked.test"],
      ["x-h", "mine.test"],
    ]);
    transformHeaders(
      x,
      section({ remove: ["host"], add: ["Host:no"], rename: ["host:x-was"] }, "headers"),
      null,
    );
    assert.equal(x.requestHeaders.get("host"), "asked.test");
    assert.equal(x.upstream.hostHeader, "");
    transformHeaders(x, section({ rename: ["x-h:host"] }, "headers"), null);
    assert.equal(x.upstream.hostHeader, "mine.test");
    transformHeaders(x, section({ replace: ["Host:other.test"] }, "headers"), null);
    assert.equal(x.upstream.hostHeader, "other.test");
  });

  it("changes nothing where a template fails", () => {
    const environment = new LuaLookup(() => undefined);
    const lists = { remove: ["a"], add: ["b:$(nope.x)"] };
    const x = makeExchange("GET", "/", [["a", "1"]]);
    assert.throws(
      () => transformHeaders(x, section(lists, "headers"), environment),
      /attempt to index/,
    );
    assert.equal(x.requestHeaders.get("a"), "1");
  });
});

describe("the query", () => {
  const rows: [what: string, lists: Lists, query: string, after: string][] = [
    ["loses an argument", { remove: ["q1"] }, "q1=a&q1=b&old=1&old=2", "old=1&old=2"],
    ["keeps flags and empty values apart", { remove: ["q1"] }, "q2&x=&q1", "q2&x="],
    [
      "is written anew",
      { remove: ["q1"] },
      "a=b+c%20d&u=%C3%A9&s=%26%3D&q1=%2F",
      "a=b%20c%20d&s=%26%3D&u=%C3%A9",
    ],
    ["has case-sensitive names", { remove: ["q1"] }, "Q1=x", "Q1=x"],
    ["renames", { rename: ["q1:r1", "no:exist"] }, "q1=a&q1=b&exist=1", "exist=1&r1=a&r1=b"],
    ["renames to the same name", { rename: ["q1:q1"] }, "q1=was", "q1=was"],
    ["replaces", { replace: ["q1:new", "q9:x"] }, "q1=a&q1=b", "q1=new"],
    ["adds", { add: ["q1:new", "p3:x y&z=é"] }, "q1&a=1", "a=1&p3=x%20y%26z%3D%C3%A9&q1"],
    ["appends", { append: ["q1:v1", "q1:v2", "q2:v1"] }, "q1=was", "q1=was&q1=v1&q1=v2&q2=v1"],
    ["appends in place of a flag", { append: ["q1:v"] }, "q1", "q1=v"],
    ["may become empty", { remove: ["a"] }, "a=1", ""],
  ];
  for (const [what, lists, query, after] of rows) {
    it(what, () =>
      assert.equal(transformQuery(query, section(lists, "querystring"), NOTHING), after),
    );
  }
});

function bodyAfter(lists: Lists, type: string, body: string): string | null {
  const kind = type.includes("json") ? "json" : type.includes("multipart") ? "multipart" : "form";
  const changed = transformBody(Buffer.from(body), type, kind, section(lists, "body"), NOTHING);
  return changed === null ? null : changed.toString();
}

describe("a JSON body", () => {
  const rows: [what: string, lists: Lists, body: string, after: unknown][] = [
    ["loses a field", { remove: ["p1"] }, '{"p1":["was"],"empty":[],"o":{}}', { empty: [], o: {} }],
    [
      "is written anew where there was nothing to remove",
      { remove: ["p1"] },
      ' {"a" : 1}',
      { a: 1 },
    ],
    [
      "renames null, but not false",
      { rename: ["a:b", "c:d"] },
      '{"a":null,"c":false}',
      { b: null, c: false },
    ],
    [
      "replaces 0 and the empty text, but not false",
      { replace: ["a:n", "b:n", "c:n"] },
      '{"a":0,"b":"","c":false}',
      { a: "n", b: "n", c: false },
    ],
    [
      "adds over false, not over null",
      { add: ["a:n", "b:n", "c:n"] },
      '{"a":false,"b":null}',
      { a: "n", b: null, c: "n" },
    ],
    ["appends to a text", { append: ["a:1", "a:2"] }, '{"a":"0"}', { a: ["0", "1", "2"] }],
    ["appends in place of a number", { append: ["a:1"] }, '{"a":5}', { a: ["1"] }],
    [
      "appends to an object as Lua does",
      { append: ["a:1", "a:2"] },
      '{"a":{"x":0}}',
      { a: { x: 0, 1: "1", 2: "2" } },
    ],
    ["begins where there is none", { add: ["a:1"], remove: ["b"] }, "", { a: "1" }],
    [
      "takes names that mean something to JavaScript",
      { add: ["__proto__:1", "constructor:2"] },
      "{}",
      JSON.parse('{"__proto__":"1","constructor":"2"}'),
    ],
    ["takes text beyond ASCII", { replace: ["ä:ö"] }, '{"ä":"x"}', { ä: "ö" }],
    [
      "does not know nested names",
      { replace: ["a.b:x"] },
      '{"a":{"b":1},"a.b":0}',
      { a: { b: 1 }, "a.b": "x" },
    ],
  ];
  for (const [what, lists, body, after] of rows) {
    it(what, () =>
      assert.deepEqual(JSON.parse(bodyAfter(lists, "application/json", body)!), after),
    );
  }

  for (const body of ['{"p1":', "[]", "[1,2]", "5", '"text"', "null"]) {
    it(`goes on as it is: ${body}`, () => {
      assert.equal(bodyAfter({ remove: ["p1"], add: ["a:1"] }, "application/json", body), null);
    });
  }

  it("goes on as it is where nothing applied", () => {
    assert.equal(
      bodyAfter({ rename: ["a:b"], replace: ["c:d"] }, "application/json", '{"x": 1}'),
      null,
    );
  });
});

describe("a form", () => {
  const TYPE = "application/x-www-form-urlencoded";
  const rows: [what: string, lists: Lists, body: string, after: string | null][] = [
    ["loses a field", { remove: ["p1"] }, "p1=a&p1=b&hello=a+b%20c", "hello=a%20b%20c"],
    ["stays as it is where nothing applied", { rename: ["p1:q1"] }, "hello=a+b%20c&&=x", null],
    ["stays as it is where a name is its own", { rename: ["b:b"] }, "b=1&a=2", null],
    ["drops what has no name", { remove: ["p1"] }, "&&=x&a==b&%zz=1", "%25zz=1&a=%3Db"],
    ["replaces", { replace: ["p1:a:b"] }, "p1&hello", "hello&p1=a%3Ab"],
    ["begins where there is none", { add: ["p1:new"] }, "", "p1=new"],
  ];
  for (const [what, lists, body, after] of rows) {
    it(what, () => assert.equal(bodyAfter(lists, TYPE, body), after));
  }
});

describe("a body of parts", () => {
  const TYPE = "multipart/form-data; boundary=b0";
  const part = (name: string, value: string, more = ""): string =>
    `--b0\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const file = part("f", "bytes", '; filename="a.txt"\r\nContent-Type: text/plain');
  const END = "--b0--\r\n";
  const rows: [what: string, lists: Lists, body: string, after: string | null][] = [
    [
      "loses every part of a name",
      { remove: ["p"] },
      part("p", "1") + file + part("p", "2") + END,
      file + END,
    ],
    [
      "renames in a chain",
      { rename: ["a:b", "b:c"] },
      part("a", "1") + part("b", "2") + END,
      part("c", "1") + END,
    ],
    [
      "renames before it removes",
      { remove: ["a", "c"], rename: ["a:b", "d:c"] },
      part("a", "1") + part("d", "2") + file + END,
      file + part("b", "1") + END,
    ],
    [
      "replaces a file by a text",
      { replace: ["f:new"] },
      file + part("p", "1") + END,
      part("p", "1") + part("f", "new") + END,
    ],
    ["adds", { add: ["p:new", "f:no"] }, file + END, file + part("p", "new") + END],
    ["does not append", { append: ["p:new"] }, part("p", "1") + END, null],
    ["begins where there is none", { add: ["p:new"] }, "", part("p", "new") + END],
    ["begins in a body without parts", { add: ["p:new"] }, END, part("p", "new") + END],
    [
      "keeps line ends and dashes in values",
      { remove: ["x"] },
      part("p", "a\r\n--b\r\n\r\n") + part("x", "") + END,
      part("p", "a\r\n--b\r\n\r\n") + END,
    ],
  ];
  for (const [what, lists, body, after] of rows) {
    it(what, () => assert.equal(bodyAfter(lists, TYPE, body), after));
  }

  it("stays as it is without a boundary", () => {
    assert.equal(bodyAfter({ add: ["a:1"] }, "multipart/form-data", part("p", "1") + END), null);
  });
});

// Goal: no body makes the gateway stand still. Method: bodies that would cost the square of their length.
describe("a long body", () => {
  const LONG = 300_000;
  const bodies: [what: string, type: string, body: string][] = [
    ["of flags", "application/x-www-form-urlencoded", "a&".repeat(LONG)],
    ["of delimiters", "multipart/form-data; boundary=b", "\r\n--b".repeat(LONG)],
    [
      "of heads without an end",
      "multipart/form-data; boundary=b",
      "--b\r\nA: b\r\n".repeat(LONG / 10),
    ],
  ];
  for (const [what, type, body] of bodies) {
    it(`${what} takes less than 2 s`, () => {
      const startMs = performance.now();
      bodyAfter({ remove: ["x"], add: ["y:1"] }, type, body);
      assert.ok(performance.now() - startMs < 2000);
    });
  }
});

describe("templates", () => {
  const environment = new LuaLookup((key) => (key === "v" ? { a: "1", b: "2" } : undefined));
  const rows: [source: string, text: string][] = [
    ["a$b $$ $[x] #", "a$b $$ $[x] #"],
    ["$(v.a)$(v.b) and $(v.c or 'nothing')!", "12 and nothing!"],
    ["$('$(uri_captures.user1)')", "$(uri_captures.user1)"],
    ["/$(v.a", "/$(v.a"],
    ["$(v.nope)", ""],
  ];
  for (const [source, text] of rows) {
    it(`${source} gives ${text}`, () => {
      const compiled = compileTemplate(source);
      assert.equal(
        typeof compiled === "string" ? compiled : render(compiled as Template, environment),
        text,
      );
    });
  }

  it("are refused with Kong's words", () => {
    assert.equal(
      templateProblem("$(uri_captures u)"),
      `value '$(uri_captures u)' is not in supported format, error:[string "TMP"]:1: ')' expected near 'u'`,
    );
    assert.equal(templateProblem("$(headers.a) plain"), null);
  });
});
