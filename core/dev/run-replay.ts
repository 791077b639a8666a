/** `plugin replay`: a recording against a plugin server that is started for it, or that runs; prints where they differ. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ServerProcess } from "./plugin-server.ts";
import { languageOf } from "./languages.ts";
import { buildPlugin, installPlugin } from "./toolchain.ts";
import { openProject, workFolder } from "./project.ts";
import { readRecording } from "./recording.ts";
import { type Difference, replay } from "./replay.ts";
import { ReplayConfig } from "./replay-config.ts";
import type { Say } from "./steps.ts";
import { ToolFailed } from "./tool-failed.ts";

/** As the command line gives them. */
export interface RunReplayOptions {
  readonly root: string;
  readonly file: string;
  /** Command of the plugin server; it listens at $DRAGOMAN_PLUGIN_SERVER_SOCKET. */
  readonly server: string | undefined;
  /** Socket of one that runs. */
  readonly socket: string | undefined;
  /** The plugin that is built and started where neither is given. */
  readonly folder: string;
  /** File with plugin configs in the place of those that were recorded. */
  readonly config: string | undefined;
  readonly isJson: boolean;
  readonly say: Say;
  readonly print: Say;
}

/** A plugin server to replay against, and how it is left again. */
interface Target {
  readonly socket: string;
  leave(): Promise<void>;
}

async function open(options: RunReplayOptions): Promise<Target> {
  const { socket, server, folder, root, say } = options;
  if (socket !== undefined) return { socket, leave: () => Promise.resolve() };
  const temporary = mkdtempSync(join(tmpdir(), "dragoman-replay-"));
  const clean: string[] = [temporary];
  try {
    const words =
      server === undefined
        ? await build(root, folder, say, clean)
        : ["sh", "-c", `exec ${server} "$@"`, "sh"];
    const process = new ServerProcess(words, folder, join(temporary, "server.sock"), say, () => {});
    await process.hello();
    const leave = async (): Promise<void> => {
      await process.stop();
      for (const one of clean) rmSync(one, { recursive: true, force: true });
    };
    return { socket: process.socket, leave };
  } catch (cause) {
    for (const one of clean) rmSync(one, { recursive: true, force: true });
    throw cause;
  }
}

async function build(root: string, folder: string, say: Say, clean: string[]): Promise<string[]> {
  const project = openProject(folder, root);
  const language = languageOf(project.language);
  await installPlugin(project, language, say);
  const out = workFolder(project, `replay-${process.pid}`);
  clean.push(out);
  await buildPlugin(project, language, out, say);
  return language.serve(project, out);
}

/** Lines that only one side has are marked `-` (recorded) and `+` (now). */
function differenceText({ what, recorded, now }: Difference): string {
  const lines = [
    ...recorded.map((line) => (now.includes(line) ? `    ${line}` : `  - ${line}`)),
    ...now.filter((line) => !recorded.includes(line)).map((line) => `  + ${line}`),
  ];
  const isOnlyBytes = lines.every((line) => line.startsWith("    "));
  if (isOnlyBytes) lines.push("  ! the same in other bytes, or another order");
  return `${what}\n${lines.join("\n")}\n`;
}

/** @returns exit code: 0 where all answers are the same. @throws {ToolFailed} */
export async function runReplay(options: RunReplayOptions): Promise<number> {
  const { isJson, print, say } = options;
  const { masked, frames } = readRecording(options.file);
  const config = options.config === undefined ? null : new ReplayConfig(options.config);
  const target = await open(options);
  try {
    const { events, answers, differences } = await replay(frames, target.socket, config);
    if (events === 0) throw new ToolFailed(`${options.file} holds no events`);
    for (const one of differences) {
      print(isJson ? `${JSON.stringify({ type: "difference", ...one })}\n` : differenceText(one));
    }
    const result = { events, answers, differences: differences.length };
    if (isJson) print(`${JSON.stringify({ type: "result", ...result })}\n`);
    else print(`${events} events, ${answers} answers compared, ${differences.length} differ\n`);
    if (masked && differences.length > 0) {
      say(
        "secrets are masked in this recording: what depends on them may differ for that; " +
          "--config FILE gives plugins their configs\n",
      );
    }
    return differences.length === 0 ? 0 : 1;
  } finally {
    await target.leave();
  }
}
