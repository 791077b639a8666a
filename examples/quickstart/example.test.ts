/** Starts what `npm start` starts, on other ports, and runs the commands that the README prints. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { freePorts } from "../../test/helpers/free-port.ts";
import { runReadme } from "../../test/helpers/run-readme.ts";
import { projectRoot } from "../../test/helpers/start-gateway.ts";
import { needsGo, needsPython } from "../../test/helpers/toolchains.ts";

const skip = (await needsGo()) || (await needsPython());

/** Starting everything may take this long on a busy machine. */
const START_MS_MAX = 600_000;

describe("examples/quickstart", { skip }, () => {
  const prefix = join(mkdtempSync(join(tmpdir(), "quickstart-")), "prefix");
  let ports: number[] = [];
  let start: ReturnType<typeof spawn>;
  let printed = "";

  before(async () => {
    ports = await freePorts(3);
    const options = ["proxy", "admin", "upstream"].map((name, i) => `--${name}-port=${ports[i]}`);
    start = spawn(process.execPath, ["scripts/start.mjs", ...options, `--prefix=${prefix}`], {
      cwd: projectRoot,
    });
    await new Promise<void>((ready, failed) => {
      const late = setTimeout(() => failed(new Error(`not ready:\n${printed}`)), START_MS_MAX);
      const watch = (text: Buffer): void => {
        printed += text;
        if (!printed.includes("Ctrl-C stops it")) return;
        clearTimeout(late);
        ready();
      };
      start.stdout?.on("data", watch);
      start.stderr?.on("data", watch);
      start.on("exit", (code) => failed(new Error(`ended with ${code}:\n${printed}`)));
    });
  });

  after(async () => {
    if (start.exitCode === null) {
      const ended = new Promise((done) => start.once("exit", done));
      start.kill("SIGTERM");
      await ended;
    }
    rmSync(join(prefix, ".."), { recursive: true, force: true });
  });

  it("shows curl lines that work", async () => {
    const [line] = /curl http:\/\/\S+\/hello.*$/m.exec(printed) ?? [];
    assert.ok(line, printed);
    await runReadme({ readme: `\`\`\`sh\n${line} -sf\n\`\`\`\n`, replace: [] });
  });

  it("does what its README shows", async () => {
    const readme = readFileSync(join(import.meta.dirname, "README.md"), "utf8");
    await runReadme({ readme, replace: [[":8000", `:${ports[0]}`]] });
  });
});
