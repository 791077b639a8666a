/**
 * What the tools do with a plugin in any language: is the toolchain there, install, build, test. How each is done in a
 * language is in languages.ts and java.ts.
 */
import type { Language } from "./language.ts";
import { markInstalled, needsInstall, type Project } from "./project.ts";
import { runProgram, runStep, type Say } from "./steps.ts";
import { ToolFailed } from "./tool-failed.ts";

/** @throws {ToolFailed} one line that says what is missing */
export async function checkToolchain(language: Language): Promise<void> {
  const { check, version, needs, toolchain, name } = language;
  const { code, output } = await runProgram({ title: "", words: check, cwd: process.cwd() });
  const [, major = "0", minor = "0"] = version.exec(output) ?? [];
  const isNew =
    Number(major) > needs[0] || (Number(major) === needs[0] && Number(minor) >= needs[1]);
  if (code === 0 && isNew) return;
  const found = code === 127 ? `there is no ${check[0]}` : `${check[0]} is ${major}.${minor}`;
  throw new ToolFailed(`plugins in ${name} need ${toolchain}; ${found}`);
}

/** Install what the plugin needs, unless that has been done. @throws {ToolFailed} */
export async function installPlugin(project: Project, language: Language, say: Say): Promise<void> {
  await checkToolchain(language);
  const { installedBy } = language;
  const isThere = language.isInstalled?.(project) ?? true;
  if (isThere && (installedBy.length === 0 || !needsInstall(project, installedBy))) return;
  for (const step of language.install(project)) await runStep(step, say);
  markInstalled(project, installedBy);
}

/** @param out an empty folder. @throws {ToolFailed} */
export async function buildPlugin(
  project: Project,
  language: Language,
  out: string,
  say: Say,
): Promise<void> {
  for (const step of language.build(project, out)) await runStep(step, say);
  language.finish?.(project, out);
}

/** Run the plugin's tests, showing what they print. @returns exit code of the language's tool */
export async function testPlugin(project: Project, language: Language, say: Say): Promise<number> {
  await installPlugin(project, language, say);
  const step = language.test(project);
  say(`  ${step.title}\n`);
  const { code } = await runProgram(step, say);
  return code;
}
