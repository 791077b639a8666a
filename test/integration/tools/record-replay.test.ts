/** Recordings of a plugin's calls: made beside `dev`, without credentials, and replayed against code that changes. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Dev, edit, get, newFolder, plugin } from "./author.ts";
import { endRecording, startRecording } from "./recording.ts";

/** All messages of a recording, as they stand on the wire. */
function messagesOf(file: string): string {
  const lines = readFileSync(file, "utf8").trim().split("\n").slice(1);
  return lines
    .map((line) =>
      Buffer.from((JSON.parse(line) as { message: string }).message, "base64").latin1Slice(),
    )
    .join("\n");
}

describe("plugin record and plugin replay", () => {
  const folder = newFolder();
  const home = join(folder, "hello-again");
  const masked = join(folder, "masked.drec");
  const whole = join(folder, "whole.drec");

  before(async () => {
    const made = await plugin(folder, "new", "--lang", "typescript", "hello-again");
    assert.equal(made.code, 0, made.output);
    const dev = new Dev(home);
    try {
      await dev.ready();
      const recordings = [
        await startRecording(home, "--out", masked),
        await startRecording(home, "--out", whole, "--with-secrets"),
      ];
      await get(`${dev.url}/?name=ann&api_key=sesame1`, {
        authorization: "Bearer sesame2",
        cookie: "a=sesame3",
      });
      await dev.next("request");
      await get(dev.url);
      await dev.next("request");
      for (const one of recordings) assert.equal(await endRecording(one), 0);
    } finally {
      await dev.stop();
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("masks credentials unless they are asked for", () => {
    assert.equal(messagesOf(masked).includes("sesame"), false);
    for (const secret of ["sesame1", "sesame2", "sesame3"])
      assert.ok(messagesOf(whole).includes(secret));
    assert.equal(messagesOf(masked).length, messagesOf(whole).length, "lengths stay");
  });

  it("gives the same answers with the same code", async () => {
    const { code, output } = await plugin(home, "replay", "--json", masked);
    assert.equal(code, 0, output);
    assert.match(output, /\{"type":"result","events":4,"answers":5,"differences":0\}/);
  });

  it("notices a plugin that has changed", async () => {
    edit(join(home, "plugin.ts"), "stranger", "nobody");
    const command = `node --import tsx ${join(home, "plugin.ts")}`;
    const { code, output } = await plugin(home, "replay", whole, "--server", command);
    assert.equal(code, 1, output);
    assert.match(output, /- response\.set_header\("x-greeting", "hello stranger"\)/);
    assert.match(output, /\+ response\.set_header\("x-greeting", "hello nobody"\)/);
    assert.match(output, /4 events, 5 answers compared, 1 differ/);
  });

  it("notices a plugin that fails", async () => {
    edit(
      join(home, "plugin.ts"),
      "const name =",
      'if (true) throw new Error("broken");\n    const name =',
    );
    const { code, output } = await plugin(home, "replay", masked);
    assert.equal(code, 1, output);
    assert.match(output, /\+ failed: .*broken/);
  });
});
