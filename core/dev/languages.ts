/**
 * The languages of plugins, for the tools: which toolchain, how a plugin is installed, built, tested and served.
 *
 * All take what they need from the language's own tool and registry, and keep caches where that tool keeps them; crates
 * and Maven artifacts lie in the checkout's `.cache`, so that they are fetched and compiled once for all plugins.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { JAVA } from "./java.ts";
import type { Language } from "./language.ts";
import type { Project } from "./project.ts";
import { ToolFailed } from "./tool-failed.ts";

/** Go's own resolver: else package net wants a C compiler, and a first build waits for it. Plugins may use cgo all the same. */
const GO_TAGS = "-tags=netgo,osusergo";

const GO: Language = {
  name: "go",
  sdkFolder: "plugin-sdk/go",
  toolchain: "Go 1.21 or newer (https://go.dev/dl)",
  check: ["go", "env", "GOVERSION"],
  version: /go(\d+)\.(\d+)/,
  needs: [1, 21],
  installedBy: [],
  install: () => [],
  build: ({ folder: cwd, name }, out) => [
    {
      title: `building ${name}`,
      words: ["go", "build", GO_TAGS, "-o", join(out, name), "."],
      cwd,
    },
  ],
  test: ({ folder: cwd, name }) => ({
    title: `testing ${name}`,
    words: ["go", "test", GO_TAGS, "./..."],
    cwd,
  }),
  serve: ({ name }, out) => [join(out, name)],
};

const pythonOf = ({ folder }: Project): string => join(folder, ".venv", "bin", "python");

const PYTHON: Language = {
  name: "python",
  sdkFolder: "plugin-sdk/python",
  toolchain:
    "Python 3.9 or newer with venv (https://www.python.org, Debian: apt install python3-venv)",
  check: ["python3", "-c", "import sys, venv, ensurepip; print('Python', sys.version)"],
  version: /Python (\d+)\.(\d+)/,
  needs: [3, 9],
  installedBy: ["requirements.txt"],
  install: (project) => [
    {
      title: "making .venv",
      words: ["python3", "-m", "venv", "--clear", join(project.folder, ".venv")],
      cwd: project.folder,
    },
    {
      title: "installing requirements.txt",
      words: [
        pythonOf(project),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
        "-r",
        "requirements.txt",
      ],
      cwd: project.folder,
    },
  ],
  build: (project) => [
    {
      title: "compiling plugin.py",
      words: [pythonOf(project), "-m", "py_compile", "plugin.py"],
      cwd: project.folder,
    },
  ],
  test: (project) => ({
    title: `testing ${project.name}`,
    words: [pythonOf(project), "-m", "pytest", "-q", "-p", "no:cacheprovider"],
    cwd: project.folder,
  }),
  serve: (project) => [pythonOf(project), join(project.folder, "plugin.py")],
};

const TYPESCRIPT: Language = {
  name: "typescript",
  sdkFolder: "plugin-sdk/typescript",
  toolchain: "Node.js 20.19 or newer with npm (https://nodejs.org)",
  check: ["npm", "version", "--json"],
  version: /"node":\s*"(\d+)\.(\d+)/,
  needs: [20, 19],
  installedBy: ["package.json"],
  install: ({ folder: cwd }) => [
    {
      title: "installing package.json",
      // the checkout is linked, not copied: none of its scripts has anything to do
      words: [
        "npm",
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        "--loglevel=error",
      ],
      cwd,
    },
  ],
  build: () => [],
  test: ({ folder: cwd, name }) => ({
    title: `testing ${name}`,
    words: ["node", "--import", "tsx", "--test", "--test-reporter=spec", "plugin.test.ts"],
    cwd,
  }),
  serve: ({ folder }) => ["node", "--import", "tsx", join(folder, "plugin.ts")],
};

const cargoTarget = ({ root }: Project): { CARGO_TARGET_DIR: string } => ({
  CARGO_TARGET_DIR: join(root, ".cache", "rust"),
});

const RUST: Language = {
  name: "rust",
  sdkFolder: "plugin-sdk/rust",
  toolchain: "Rust 1.85 or newer (https://rustup.rs)",
  check: ["cargo", "--version"],
  version: /cargo (\d+)\.(\d+)/,
  needs: [1, 85],
  installedBy: [],
  install: () => [],
  build: (project) => [
    {
      title: `building ${project.name}`,
      words: ["cargo", "build", "--quiet"],
      cwd: project.folder,
      env: cargoTarget(project),
    },
  ],
  // the next build writes to the same place, while this one still runs
  finish: (project, out) =>
    copyFileSync(
      join(cargoTarget(project).CARGO_TARGET_DIR, "debug", project.name),
      join(out, project.name),
    ),
  test: (project) => ({
    title: `testing ${project.name}`,
    words: ["cargo", "test", "--quiet"],
    cwd: project.folder,
    env: cargoTarget(project),
  }),
  serve: ({ name }, out) => [join(out, name)],
};

const LANGUAGES: readonly Language[] = [GO, PYTHON, TYPESCRIPT, RUST, JAVA];

/** @throws {ToolFailed} listing those that there are */
export function languageOf(name: string): Language {
  const found = LANGUAGES.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = LANGUAGES.map((one) => one.name).join(", ");
  throw new ToolFailed(`there is no template for the language "${name}": choose one of ${names}`);
}
