/**
 * What a plugin author does, by the command line: new, test, dev, a request, an edit, the same request again. The way is the
 * same in every language; what a language's test says is which file is edited.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { dragoman } from "../../helpers/start-gateway.ts";
import { endRecording, startRecording } from "./recording.ts";

/** A step of `dev` (a build, a reload) on a busy machine, in milliseconds. */
const STEP_MS_MAX = 600_000;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Run `dragoman plugin ...` to its end. */
export function plugin(folder: string, ...words: string[]): Promise<Ended> {
  return pluginWith({}, folder, ...words);
}

/** The same with other variables of the environment. */
export function pluginWith(
  env: Readonly<Record<string, string>>,
  folder: string,
  ...words: string[]
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [dragoman, "plugin", ...words], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** What went wrong, which is one line, and the hint that the command line puts below every error. */
export function oneLine(output: string): string {
  const lines = output.trimEnd().split("\n");
  assert.match(lines[1] ?? "", /^ {2}Run with --v /, output);
  assert.equal(lines.length, 2, output);
  return lines[0] ?? "";
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "dragoman-author-"));
}

export interface RequestLine {
  readonly path: string;
  readonly status: number;
  readonly phases: readonly {
    readonly phase: string;
    readonly plugins: readonly string[];
    readonly reads: readonly string[];
    readonly writes: readonly string[];
    readonly callbacks: readonly string[];
    readonly pluginUs: number;
    readonly transportUs: number;
    readonly queueUs: number;
    readonly failure: string;
  }[];
}

/** A running `plugin dev --json`. */
export class Dev {
  url = "";
  readonly #child: ChildProcess;
  readonly #objects: Record<string, unknown>[] = [];
  #output = "";
  #arrived: () => void = () => {};
  readonly #ended: Promise<number | null>;

  constructor(folder: string, ...words: string[]) {
    this.#child = spawn(dragoman, ["plugin", "dev", "--json", ...words], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      this.#objects.push(JSON.parse(line) as Record<string, unknown>);
      this.#arrived();
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", (code) => {
        resolve(code);
        this.#arrived();
      });
    });
  }

  /** The next object of a type; those before it are dropped. A failed reload is an error where it is not asked for. */
  async next(type: string): Promise<Record<string, unknown>> {
    const until = performance.now() + STEP_MS_MAX;
    for (;;) {
      const at = this.#objects.findIndex((one) => one.type === type || one.type === "failed");
      if (at >= 0) {
        const found = this.#objects.splice(0, at + 1).at(-1)!;
        assert.equal(found.type, type, `${JSON.stringify(found)}\n${this.#output}`);
        return found;
      }
      assert.ok(this.#child.exitCode === null, `dev ended:\n${this.#output}`);
      assert.ok(
        performance.now() < until,
        `no "${type}" within ${STEP_MS_MAX} ms:\n${this.#output}`,
      );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, until - performance.now());
        this.#arrived = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async ready(): Promise<Record<string, unknown>> {
    const facts = await this.next("ready");
    this.url = String(facts.proxy);
    return facts;
  }

  async stop(): Promise<number | null> {
    this.#child.kill("SIGINT");
    return this.#ended;
  }
}

export interface Answer {
  readonly status: number;
  readonly greeting: string;
}

export function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, agent: false }, (response) => {
      response.resume();
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          greeting: String(response.headers["x-greeting"] ?? ""),
        });
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

export function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, "utf8");
  assert.ok(text.includes(from), `${from} in ${file}`);
  writeFileSync(file, text.replaceAll(from, to));
}

/** Requests one after the other until it is ended. @returns ends it, and gives the statuses */
export function keepAsking(url: string): () => Promise<number[]> {
  const statuses: number[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) statuses.push((await get(url)).status);
  })();
  asking.catch(() => {}); // told by whoever ends it: before, it would hide why the test ends early
  return async () => {
    isOver = true;
    await asking;
    return statuses;
  };
}

/** The commands that the plugin's README prints, without `dragoman plugin`, in its order. */
function readmeCommands(folder: string): string[][] {
  const text = readFileSync(join(folder, "README.md"), "utf8");
  const rows = text.matchAll(/^\| `dragoman plugin ([^`]+)` \|/gm);
  return [...rows].map(([, words = ""]) => words.split(" "));
}

/** The whole way, by the commands that the plugin's README prints. @param source file of its code, below its folder */
export async function walk(language: string, source: string): Promise<void> {
  const folder = newFolder();
  const name = `hello-${language}`;
  const home = join(folder, name);
  try {
    const made = await plugin(folder, "new", "--lang", language, name);
    assert.equal(made.code, 0, made.output);
    const commands = readmeCommands(home);
    assert.deepEqual(
      commands.map(([verb]) => verb),
      ["test", "dev", "record", "replay"],
    );
    const [test = [], dev = [], record = [], replay = []] = commands;
    const tested = await plugin(home, ...test);
    assert.equal(tested.code, 0, tested.output);
    await developing(home, name, source, dev.slice(1), record.slice(1));
    const replayed = await plugin(home, ...replay);
    assert.equal(replayed.code, 0, replayed.output);
    assert.match(replayed.output, /^2 events, 3 answers compared, 0 differ$/m);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function developing(
  folder: string,
  name: string,
  source: string,
  devWords: string[],
  recordWords: string[],
): Promise<void> {
  const dev = new Dev(folder, ...devWords);
  try {
    await dev.ready();
    await seeOneRequest(dev, name);
    const end = keepAsking(dev.url);
    edit(join(folder, source), "stranger", "nobody");
    await dev.next("reloaded");
    assert.deepEqual(await get(dev.url), { status: 200, greeting: "hello nobody" });
    const statuses = await end();
    assert.deepEqual(new Set(statuses), new Set([200]), "no request is lost by a reload");
    await recordOneRequest(dev, folder, recordWords);
  } finally {
    assert.equal(await dev.stop(), 0);
  }
}

async function seeOneRequest(dev: Dev, name: string): Promise<void> {
  const first = await get(`${dev.url}/?name=ann`);
  assert.deepEqual(first, { status: 200, greeting: "hello ann" });
  const { path, status, phases } = (await dev.next("request")) as unknown as RequestLine;
  assert.deepEqual([path, status], ["/?name=ann", 200]);
  const access = phases.find((one) => one.phase === "access");
  assert.deepEqual(access?.plugins, [name]);
  assert.deepEqual(access?.reads, ['request.get_query_arg("name")']);
  assert.deepEqual(access?.callbacks, []);
  assert.deepEqual(access?.writes, [
    'service.request.set_header("x-greeted", "ann")',
    'response.set_header("x-greeting", "hello ann")',
  ]);
  const log = phases.find((one) => one.phase === "log");
  assert.deepEqual(log?.reads, ["response.get_status()"]);
  assert.equal(access?.failure, "");
  assert.ok(access.pluginUs > 0 && access.transportUs >= 0 && access.queueUs >= 0);
}

/** Requests before are over, and told: what is recorded is one more. */
async function recordOneRequest(dev: Dev, folder: string, words: string[]): Promise<void> {
  await get(`${dev.url}/last`);
  for (;;) if ((await dev.next("request")).path === "/last") break;
  const recording = await startRecording(folder, ...words);
  await get(`${dev.url}/recorded?name=eve`);
  for (;;) if ((await dev.next("request")).path === "/recorded?name=eve") break;
  assert.equal(await endRecording(recording), 0);
}
