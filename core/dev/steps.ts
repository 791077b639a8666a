/**
 * Runs the programs of a language's toolchain, as steps that people can follow: a line when one begins, its time when it
 * ends, its output only if it failed.
 */
import { spawn } from "node:child_process";
import { ToolFailed } from "./tool-failed.ts";

/** One program to run. */
export interface Step {
  /** What is done, as in "building my-plugin". */
  readonly title: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What keeps the program from asking registries; left out only where it says that it has to. */
  readonly offline?: string;
}

/** Takes text for people, line feeds included. */
export type Say = (text: string) => void;

/** Output of a program that is kept, in characters: the end of it. */
const OUTPUT_CHARS_MAX = 16_000;

interface Ended {
  /** Exit code; 127: there is no such program. */
  readonly code: number;
  readonly output: string;
}

/** Run a program to its end; never a rejection. @param show gets its output as it comes */
export async function runProgram(step: Step, show?: Say): Promise<Ended> {
  if (step.offline === undefined) return runWords(step, show);
  const ended = await runWords({ ...step, words: [...step.words, step.offline] });
  if (ended.code !== 0 && /offline mode/.test(ended.output)) return runWords(step, show);
  show?.(ended.output);
  return ended;
}

function runWords({ words, cwd, env }: Step, show?: Say): Promise<Ended> {
  return new Promise((done) => {
    const [program = "", ...args] = words;
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        show?.(text);
        output = (output + text).slice(-OUTPUT_CHARS_MAX);
      });
    }
    child.on("error", (cause) => done({ code: 127, output: cause.message }));
    child.on("close", (code, signal) => done({ code: code ?? (signal ? 130 : 1), output }));
  });
}

/** @throws {ToolFailed} if it fails; its output has been said then */
export async function runStep(step: Step, say: Say): Promise<void> {
  const began = performance.now();
  say(`  ${step.title} ... `);
  const { code, output } = await runProgram(step);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  say(code === 0 ? `${seconds} s\n` : `failed after ${seconds} s\n`);
  if (code === 0) return;
  say(output.replace(/^(?=.)/gm, "    "));
  throw new ToolFailed(`${step.title} failed: ${step.words[0]} ended with exit code ${code}`);
}
