/** What differs between the languages of plugins, for the tools: a toolchain, and the steps from sources to a server. */
import type { Project } from "./project.ts";
import type { Step } from "./steps.ts";

/** How plugins of a language are installed, built, tested and served. */
export interface Language {
  readonly name: string;
  /** SDK below the checkout. */
  readonly sdkFolder: string;
  /** What is to be there, for people; a program that proves it, and what that prints. */
  readonly toolchain: string;
  readonly check: readonly string[];
  readonly version: RegExp;
  /** Oldest version: major, minor. */
  readonly needs: readonly [number, number];
  /** Files that say what has to be installed; none: nothing has. */
  readonly installedBy: readonly string[];
  install(project: Project): Step[];
  /** Beside these files: is what they ask for still there? */
  isInstalled?(project: Project): boolean;
  /** Make what `serve` starts. @param out a folder of its own */
  build(project: Project, out: string): Step[];
  /** After `build`. */
  finish?(project: Project, out: string): void;
  test(project: Project): Step;
  /** The plugin server, without `-socket`. */
  serve(project: Project, out: string): string[];
}
