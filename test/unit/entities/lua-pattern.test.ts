/** Lua patterns against what string.find of Lua 5.1 finds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { luaPattern } from "../../../core/entities/schema/lua-pattern.ts";

/** Pattern, texts in which it is found, texts in which it is not. */
const TABLE: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["^%u+$", ["GET"], ["get", "GET ", "", "M-SEARCH"]],
  ["^[^*]*%*?[^*]*$", ["a*b", "ab", "*"], ["a**b"]],
  ["^%*%.", ["*.a"], ["a.*", "*a"]],
  ["%.%*$", ["a.*"], ["*.a", "a.*b"]],
  ["^[a-z][a-z%d-]-[a-z%d]+$", ["ab", "my-env", "a1"], ["a", "A1", "my_env", "ab-"]],
  ["^%d+[%.%d]*%-?.*$", ["3.9", "3.9-rc"], ["x3"]],
  ["//", ["a//b"], ["/a/b"]],
  ["^[^:]+:.*$", ["a:", "a:b\nc"], ["a", ":b"]],
  ["a.-b", ["axxb", "ab"], ["ax"]],
  ["%%", ["100%"], ["100"]],
  ["^[0-9]+*?[0-9]+$", ["1*2", "12"], ["1"]],
  ["*a", ["*a"], ["a"]],
  ["[]]", ["]"], ["["]],
  ["[%a_-]", ["-", "_", "x"], ["1"]],
  ["a$b", ["a$b"], ["ab"]],
  ["(a)(b)", ["ab"], ["ba"]],
  ["%S", ["x"], [" \t"]],
  ["ä", ["ä"], ["a"]],
];

describe("luaPattern", () => {
  for (const [pattern, found, notFound] of TABLE) {
    it(`translates ${pattern}`, () => {
      const regex = luaPattern(pattern);
      for (const text of found) assert.match(text, regex);
      for (const text of notFound) assert.doesNotMatch(text, regex);
    });
  }

  it("refuses what has no equal", () => {
    for (const pattern of ["%b()", "%f[a]", "[abc", "[%A]", "%1"]) {
      assert.throws(() => luaPattern(pattern), SyntaxError, pattern);
    }
  });
});
