/** Expressions of Lua: values, operators with their precedence, errors in Lua's words, and nothing of JavaScript. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LIBRARY } from "../../../core/plugins/lua-expression/library.ts";
import { compileExpression, NESTING_MAX } from "../../../core/plugins/lua-expression/parser.ts";
import {
  LuaError,
  LuaLookup,
  LuaSyntaxError,
  type LuaValue,
  shownText,
} from "../../../core/plugins/lua-expression/values.ts";
import { testSeed } from "../../helpers/seed.ts";

const GLOBALS: Readonly<Record<string, LuaValue>> = {
  ...LIBRARY,
  headers: new LuaLookup((key) => (key === "host" ? "a.test" : undefined)),
  list: ["one", "two"],
  record: { a: { b: "deep" } },
  n: "12",
};
const environment = new LuaLookup((key) =>
  typeof key === "string" && Object.hasOwn(GLOBALS, key) ? GLOBALS[key] : undefined,
);

function run(source: string): LuaValue {
  return compileExpression(source)(environment);
}

describe("a Lua expression", () => {
  const values: [source: string, value: LuaValue][] = [
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["2 ^ 3 ^ 2", 512],
    ["-2 ^ 2", -4],
    ["7 % 3", 1],
    ["-7 % 3", 2],
    ["7 / 2", 3.5],
    ["10 * n", 120],
    ["0x10 + 1e1", 26],
    ["1 == 1", true],
    ["1 == '1'", false],
    ["1 ~= 2 and 'x' or 'y'", "x"],
    ["nil or 'none'", "none"],
    ["false and error()", false],
    ["not nil", true],
    ["not not 0", true],
    ["'a' .. 'b' .. 1", "ab1"],
    ["'a' < 'b'", true],
    ["2 >= 10", false],
    ["#'abc' + #list", 5],
    ["headers.host", "a.test"],
    ["headers['host']", "a.test"],
    ["headers.nope", undefined],
    ["list[1]", "one"],
    ["list[3]", undefined],
    ["record.a.b", "deep"],
    ["type(list) == 'table' and list[2] or list", "two"],
    ["string.sub('foobar', 1, 3)", "foo"],
    ["string.sub('foobar', -3)", "bar"],
    ["('x'):upper()", "X"],
    ["n:len()", 2],
    ["n.x", undefined],
    ["n[1]", undefined],
    ["('Bearer abc'):sub(8)", "abc"],
    ["('Bearer abc'):match('^Bearer%s+(%w+)$')", "abc"],
    ["('a-b'):match('%a', 2)", "b"],
    ["('ab'):match('^b', 2)", "b"],
    ["('abc'):match('x')", undefined],
    ["('a.b.c'):gsub('%.', '-')", "a-b-c"],
    ["('a.b.c'):gsub('%.', '-', 1)", "a-b.c"],
    ["('hello world'):gsub('(%w+)', '<%1>')", "<hello> <world>"],
    ["('abc'):gsub('%w', '%0%0%%')", "aa%bb%cc%"],
    ["('ab'):gsub('%w', {a = 'x'})", "xb"],
    ["('abc'):gsub('', '-')", "-a-b-c-"],
    ["('a-b'):gsub('^%w', '<%0>')", "<a>-b"],
    ["('x'):match('(y?)x')", ""],
    // for a matcher that tries again from each place this is for ever
    ["('a'):rep(3000):match('.*a.*a.*a.*b')", undefined],
    ["('a.b'):find('.', 1, true)", 2],
    ["('abc'):find('c')", 3],
    ["('abc'):find('c', -1)", 3],
    ["('abc'):find('x')", undefined],
    ["('A'):byte()", 65],
    ["(''):byte()", undefined],
    ["('%s=%d|%05.1f|%-3sx|%x|%%'):format('a', 3.9, 2.26, 'b', 255)", "a=3|002.3|b  x|ff|%"],
    ['type"x"', "string"],
    ["tostring(nil)", "nil"],
    ["tonumber('x')", undefined],
    ["'tab\\tquote\\'\\65\\x42'", "tab\tquote'AB"],
    ["[[long ]text]]", "long ]text"],
    ["1 -- a comment", 1],
    ["{1, 2}", [1, 2]],
  ];
  for (const [source, value] of values) {
    it(`${source} is ${JSON.stringify(value)}`, () => assert.deepEqual(run(source), value));
  }

  it("makes tables with names, of which only own members can be had", () => {
    const table = run("{a = 1, ['b c'] = {'x'}, 5}") as Record<string, unknown>;
    assert.deepEqual({ ...table }, { a: 1, "b c": ["x"], 1: 5 });
    assert.equal(run("record.constructor"), undefined);
    assert.equal(run("record.__proto__"), undefined);
    assert.equal(run("({}).toString"), undefined);
    assert.equal(run("constructor"), undefined);
  });

  const failures: [source: string, message: string][] = [
    ["10 * 'word'", "attempt to perform arithmetic on a string value"],
    ["nil .. 'x'", "attempt to concatenate a nil value"],
    ["foo('x')", "attempt to call a nil value"],
    ["nope.x", "attempt to index a nil value"],
    ["1 < 'a'", "attempt to compare number with string"],
    ["{} < {}", "attempt to compare two table values"],
    ["#5", "attempt to get length of a number value"],
    ["('x'):rep(1e9)", "resulting string too large"],
    ["('x'):rep(60000):gsub('x', 'yy')", "resulting string too large"],
    ["('x'):nope()", "attempt to call a nil value"],
    [
      "('a'):rep(60000):match('.-b.-c.-d.-e')",
      "a text of 60000 bytes is too long for this pattern",
    ],
    ["('x'):match('%b()')", "malformed pattern %b()"],
    ["('%y'):format(1)", "invalid option '%y' to 'format'"],
  ];
  for (const [source, message] of failures) {
    it(`${source} fails as in Lua`, () => {
      assert.throws(
        () => run(source),
        (cause) => cause instanceof LuaError && cause.message === message,
      );
    });
  }

  const refused: [source: string, message: string][] = [
    ["uri_captures user2", "'<eof>' expected near 'user2'"],
    ["a.", "<name> expected near '<eof>'"],
    ["1 +", "unexpected symbol near '<eof>'"],
    ["shared.written = true", "'<eof>' expected near '='"],
    ["(function() return 1 end)()", "functions are not supported near 'function'"],
    ["'open", "unfinished string near ''open'"],
    ["a ? b", "unexpected symbol near '?'"],
    ["'x'.y", "'<eof>' expected near '.'"],
    [
      `${"(".repeat(NESTING_MAX + 1)}1${")".repeat(NESTING_MAX + 1)}`,
      "chunk has too many syntax levels",
    ],
  ];
  for (const [source, message] of refused) {
    it(`${source.slice(0, 30)} is refused`, () => {
      assert.throws(
        () => compileExpression(source),
        (cause) => cause instanceof LuaSyntaxError && cause.message === message,
      );
    });
  }

  // Goal: whatever is written, the outcome is a value or one of our two errors, never a crash of another kind.
  it("never fails in another way", () => {
    const word = fc.constantFrom(
      ..."headers . [ ] ( ) { } , 'x' \" 1 2.5 == ~= .. or and not # - + * ^ % / nil true list record n : type = ;".split(
        " ",
      ),
    );
    const seed = testSeed("Lua expressions");
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        try {
          shownText(run(words.join(" ")));
        } catch (cause) {
          if (!(cause instanceof LuaError || cause instanceof LuaSyntaxError)) throw cause;
        }
      }),
      { seed, numRuns: 3000 },
    );
  });
});

describe("shown text", () => {
  const rows: [value: LuaValue, text: string][] = [
    [undefined, ""],
    [null, ""],
    [true, "true"],
    [7, "7"],
    [3.5, "3.5"],
    [0.1 + 0.2, "0.3"],
    [2 ** 53, "9.007199254741e+15"],
    [12345678901234, "12345678901234"],
    [1e14, "1e+14"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1e-7, "1e-07"],
    [-0, "-0"],
    [1 / 0, "inf"],
    [["a", "b"], "a, b"],
  ];
  for (const [value, text] of rows) {
    it(`of ${String(value)} is "${text}"`, () => assert.equal(shownText(value), text));
  }
});
