import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { matchesExpected, readmeBlocks, runReadme } from "../../helpers/run-readme.ts";

const fenced = (kind: string, text: string) => `\`\`\`${kind}\n${text}\n\`\`\`\n`;

describe("readmeBlocks", () => {
  it("takes sh blocks with the text right behind them, and leaves others to people", () => {
    const text = [
      fenced("sh by-hand", "npm start"),
      fenced("sh", "echo 1"),
      fenced("text", "1"),
      fenced("sh", "true"),
      fenced("js", "x"),
    ].join("\nprose\n\n");
    assert.deepEqual(
      readmeBlocks(text).map(({ command, expected }) => [command, expected]),
      [
        ["echo 1\n", "1\n"],
        ["true\n", null],
      ],
    );
  });
});

describe("matchesExpected", () => {
  const cases: [string, string, string, boolean][] = [
    ["equal text", "a\nb\n", "a\nb", true],
    ["carriage returns of a head", "HTTP/1.1 200 OK\r\nX: 1\r\n", "HTTP/1.1 200 OK\nX: 1", true],
    ["another text", "a\nc\n", "a\nb", false],
    ["a line too many", "a\nb\nc\n", "a\nb", false],
    ["any text within a line", "id: 123 end\n", "id: ... end", true],
    ["no line break within a line", "id: 1\n2 end\n", "id: ... end", false],
    ["any lines", "a\nb\nc\nd\n", "a\n...\nd", true],
    ["no lines for any lines", "a\nd\n", "a\n...\nd", true],
    ["signs that mean something in a pattern", "a.b*(c)\n", "a.b*(c)", true],
    ["a sign is not any sign", "axb*(c)\n", "a.b*(c)", false],
  ];
  for (const [name, output, expected, answer] of cases) {
    it(`${answer ? "accepts" : "refuses"} ${name}`, () => {
      assert.equal(matchesExpected(output, expected), answer);
    });
  }
});

describe("runReadme", () => {
  it("runs blocks in one shell, with texts replaced in commands and answers", async () => {
    const readme = [
      fenced("sh", "x=PORT"),
      fenced("sh", 'echo "it is $x"'),
      fenced("text", "it is PORT"),
    ];
    await runReadme({ readme: readme.join("\n"), replace: [["PORT", "77"]] });
  });

  const bad: [string, string, RegExp][] = [
    ["a command that fails", fenced("sh", "false"), /exit code 1 of/],
    [
      "an answer that differs",
      fenced("sh", "echo 2") + fenced("text", "1"),
      /expected\n1\n\ngot\n2/,
    ],
    ["a shell that ends early", fenced("sh", "exit 0"), /the shell ended before/],
    ["a README without commands", "prose", /no block/],
  ];
  for (const [name, readme, message] of bad) {
    it(`refuses ${name}`, () => assert.rejects(runReadme({ readme, replace: [] }), message));
  }
});
