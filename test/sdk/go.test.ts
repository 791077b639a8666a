/**
 * Runs the Go SDK's own tests and checks, and builds a plugin written for Kong's go-pdk with nothing but a replace line.
 *
 * A missing toolchain is one skipped test with its reason, or a failure where CI is set.
 */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { whatFailed } from "../helpers/failed-output.ts";
import { firstProgram, isCi, root, run } from "../../scripts/steps.mjs";

const sdk = join(root, "plugin-sdk", "go");
const isThere = (await firstProgram(["go"], ["version"])) !== null;
const skip = isThere || isCi ? false : "no Go on this machine";

async function go(words: readonly string[], cwd = sdk): Promise<string> {
  const { code, output } = await run(words, { cwd });
  assert.equal(code, 0, `${words.join(" ")}\n${whatFailed("go", output)}`);
  return output;
}

describe("the Go SDK", { skip }, () => {
  it("is formatted, and vet has nothing to say", async () => {
    assert.equal(await go(["gofmt", "-l", "."]), "");
    await go(["go", "vet", "./..."]);
  });

  it("passes its own tests", async () => {
    const output = await go(["go", "test", "./..."]);
    assert.match(output, /^ok\s+github\.com\/Kong\/go-pdk\/internal\/wire\b/m);
  });

  it("needs nothing but Go's standard library", async () => {
    assert.equal((await go(["go", "list", "-m", "all"])).trim(), "github.com/Kong/go-pdk");
  });

  it("builds a plugin of go-pdk with a replace line", async () => {
    const scratch = mkdtempSync(join(tmpdir(), "go-sdk-"));
    try {
      cpSync(join(root, "examples", "go-plugin", "go-hello"), scratch, { recursive: true });
      const module = readFileSync(join(scratch, "go.mod"), "utf8");
      writeFileSync(
        join(scratch, "go.mod"),
        `${module}\nreplace github.com/Kong/go-pdk => ${sdk}\n`,
      );
      await go(["go", "build", "-o", "go-hello", "."], scratch);
      const dump = JSON.parse(await go([join(scratch, "go-hello"), "-dump"]));
      const { Protocol, Protocols, Plugins } = dump;
      assert.equal(Protocol, "ProtoBuf:1", "what Kong looks at");
      assert.deepEqual(Protocols, ["Dragoman:1", "ProtoBuf:1"]);
      assert.deepEqual(Plugins[0].Phases, ["access", "log"]);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
});
