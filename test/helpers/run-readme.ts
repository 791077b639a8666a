/**
 * Runs what a README prints, so that it cannot go stale.
 *
 * Every block fenced as `sh` is run, all in one shell and in order; a block fenced as `text` right behind one is what it
 * must print. In an expected line `...` stands for any text, a line of `...` alone for any lines. Blocks fenced as
 * `sh by-hand` are for people: what they do, the test has done already.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { projectRoot } from "./start-gateway.ts";

export interface ReadmeBlock {
  readonly command: string;
  /** null: whatever it prints is right, as long as it succeeds. */
  readonly expected: string | null;
  /** Line of the README where the block begins, from 1. */
  readonly line: number;
}

/** A shell that takes longer hangs, also on a busy machine, and is killed. */
const SHELL_MS_MAX = 900_000;
/** What a shell printed last may be read after its end was heard, within so many milliseconds. */
const READ_MS_MAX = 10_000;

/** The blocks to run, in order. */
export function readmeBlocks(text: string): ReadmeBlock[] {
  const blocks: ReadmeBlock[] = [];
  const fences = [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)];
  for (const [i, fence] of fences.entries()) {
    if (fence[1] !== "sh") continue;
    const next = fences[i + 1];
    const isAnswer = next !== undefined && next[1] === "text";
    const line = text.slice(0, fence.index).split("\n").length;
    blocks.push({ command: fence[2]!, expected: isAnswer ? next[2]! : null, line });
  }
  return blocks;
}

/** Does the output have the expected lines? */
export function matchesExpected(output: string, expected: string): boolean {
  const literal = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const lines = expected.trim().split("\n");
  const pattern = lines
    .map((line) =>
      line.trim() === "..."
        ? "(?:[^\\n]*\\n)*?"
        : `${line.trimEnd().split("...").map(literal).join("[^\\n]*")}[ \\t]*\\n`,
    )
    .join("");
  return new RegExp(`^${pattern}$`).test(`${output.replaceAll("\r", "").trim()}\n`);
}

export interface ReadmeRun {
  /** The README's text. */
  readonly readme: string;
  /** Texts to replace in commands and in what is expected: ports, folders. */
  readonly replace: readonly (readonly [string, string])[];
  readonly env?: Readonly<Record<string, string>>;
  /** Shell commands that run last, whatever happened. */
  readonly finally?: string;
}

function replaced(text: string, replace: ReadmeRun["replace"]): string {
  return replace.reduce((result, [from, to]) => result.replaceAll(from, to), text);
}

/** One shell over all blocks; each is followed by a line with its number and exit code. */
function shellScript(blocks: readonly ReadmeBlock[], run: ReadmeRun): string {
  const parts = blocks.map(
    ({ command }, i) =>
      `${replaced(command, run.replace)}\nprintf '\\n@@block %d %d@@\\n' ${i} "$?"\n`,
  );
  return `exec 2>&1\ntrap '${run.finally ?? "true"}; kill $(jobs -p) 2>/dev/null' EXIT\n${parts.join("")}`;
}

function runShell(
  script: string,
  lastMark: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn("bash", ["-c", script], {
      cwd: projectRoot,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: SHELL_MS_MAX,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        output += text;
      });
    }
    child.on("error", failed);
    child.on("close", () => done(output));
    // "close" need not come: what a block left in the background may hold the pipe open
    child.on("exit", () => {
      const until = performance.now() + READ_MS_MAX;
      const look = (): void => {
        if (output.includes(lastMark) || performance.now() > until) done(output);
        else setImmediate(look);
      };
      look();
    });
  });
}

/** Run a README's commands and compare what they print with what it shows. */
export async function runReadme(run: ReadmeRun): Promise<void> {
  const blocks = readmeBlocks(run.readme);
  assert.ok(blocks.length > 0, "the README has no block fenced as sh");
  const output = await runShell(
    shellScript(blocks, run),
    `@@block ${blocks.length - 1} `,
    run.env ?? {},
  );
  let rest = output;
  for (const [i, { command, expected, line }] of blocks.entries()) {
    const mark = new RegExp(`\\n?@@block ${i} (\\d+)@@\\n`).exec(rest);
    assert.ok(mark, `line ${line}: the shell ended before\n${command}\nafter printing\n${rest}`);
    const printed = rest.slice(0, mark.index);
    rest = rest.slice(mark.index + mark[0].length);
    assert.equal(mark[1], "0", `line ${line}: exit code ${mark[1]} of\n${command}\n${printed}`);
    if (expected === null) continue;
    const wanted = replaced(expected, run.replace);
    assert.ok(
      matchesExpected(printed, wanted),
      `line ${line}: expected\n${wanted}\ngot\n${printed}`,
    );
  }
}
