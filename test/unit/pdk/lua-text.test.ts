/** Numbers and JSON as Lua and Kong's encoder write them, and where plugins meet them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PdkError } from "../../../core/errors.ts";
import { jsonBody, jsonOf } from "../../../core/pdk/lua-json.ts";
import { jsonNumber, luaNumber } from "../../../core/pdk/lua-number.ts";
import { bytesOf, textOf } from "../../../core/pdk/text.ts";
import { bench } from "./pdk-fixtures.ts";

describe("numbers as text", () => {
  // Value, `tostring` (%.14g), JSON (%.16g).
  const ROWS: readonly [number, string, string][] = [
    [0, "0", "0"],
    [-0, "-0", "-0"],
    [7, "7", "7"],
    [-7, "-7", "-7"],
    [2.5, "2.5", "2.5"],
    [0.1 + 0.2, "0.3", "0.3"],
    [1 / 3, "0.33333333333333", "0.3333333333333333"],
    [100, "100", "100"],
    [1732211111123, "1732211111123", "1732211111123"],
    [1732211111.1234567, "1732211111.1235", "1732211111.123457"],
    [99999999999999, "99999999999999", "99999999999999"],
    [100000000000000, "1e+14", "100000000000000"],
    [2 ** 57, "1.4411518807586e+17", "1.441151880758559e+17"],
    [0.0001, "0.0001", "0.0001"],
    [0.00001, "1e-05", "1e-05"],
    [-1e-7, "-1e-07", "-1e-07"],
    [1e21, "1e+21", "1e+21"],
    [1e100, "1e+100", "1e+100"],
  ];
  it("has 14 digits in text and 16 in JSON", () => {
    for (const [value, text, json] of ROWS) {
      assert.equal(luaNumber(value), text);
      assert.equal(jsonNumber(value), json);
    }
    assert.equal(luaNumber(Number.NaN), "nan");
    assert.equal(luaNumber(-Infinity), "-inf");
  });

  it("is so in headers, arguments, forms and parts of a form", () => {
    const { x, kong } = bench().in("access");
    kong.service.request.setHeader("x-a", 0.1 + 0.2);
    kong.service.request.setHeaders({ "x-b": 1e21 });
    kong.service.request.setQuery({ a: [1 / 3, 2], b: 3.0 });
    assert.equal(x.requestHeaders.get("x-a"), "0.3");
    assert.equal(x.requestHeaders.get("x-b"), "1e+21");
    assert.equal(kong.request.getRawQuery(), "a=0.33333333333333&a=2&b=3");
    kong.service.request.setBody({ n: 0.1 + 0.2 }, "application/x-www-form-urlencoded");
    assert.equal(String(kong.request.getRawBody()), "n=0.3");
    kong.service.request.setBody({ n: 1e-7 }, "multipart/form-data; boundary=b");
    assert.match(String(kong.request.getRawBody()), /\r\n\r\n1e-07\r\n/);
  });
});

describe("JSON of what plugins hand over", () => {
  it("writes tables as Kong does", () => {
    const value = {
      t: 'é"\n',
      b: true,
      n: null,
      u: undefined,
      f() {},
      l: [1, undefined, 0.1 + 0.2],
      e: {},
      m: new Map([[1, "x"]]),
    };
    assert.equal(
      jsonOf(value),
      '{"t":"é\\"\\n","b":true,"n":null,"l":[1,null,0.3],"e":{},"m":{"1":"x"}}',
    );
    assert.deepEqual(JSON.parse(jsonOf({ __proto__: null, __constructor: 1 })), {
      __constructor: 1,
    });
  });

  it("takes bytes for text, also where they are no UTF-8", () => {
    assert.equal(jsonOf({ got: Buffer.from('a"é') }), '{"got":"a\\"é"}');
    const odd = Buffer.from([0x61, 0xff, 0x5c, 0xc3]);
    const wanted = Buffer.concat([
      Buffer.from('["a'),
      Buffer.of(0xff),
      Buffer.from("\\\\"),
      Buffer.of(0xc3),
      Buffer.from('"]'),
    ]);
    assert.deepEqual(bytesOf(jsonOf([odd])), wanted);
    assert.deepEqual(jsonBody([textOf(odd)]), wanted);
    // a text that only looks like such an escape
    assert.equal(jsonOf("\\udcff \udcff"), `"\\\\udcff \udcff"`);
  });

  it("refuses what has no end and what is no number", () => {
    const ring: Record<string, unknown> = {};
    ring.a = [ring, ring];
    assert.throws(() => jsonOf(ring), PdkError);
    assert.throws(() => jsonOf([Number.NaN]), PdkError);
    const shared = { a: 1 };
    assert.equal(jsonOf([shared, shared]), '[{"a":1},{"a":1}]');
  });
});
