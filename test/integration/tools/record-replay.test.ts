/** Recordings of a plugin's calls: made beside `dev`, without credentials, and replayed against code that changes. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Dev, edit, get, newFolder, oneLine, plugin } from "./author.ts";
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
    process.env.RECORDED_SECRET = "sesame4-from-a-vault";
    const greeting = 'greeting: string({ default: "hello", ';
    edit(join(home, "plugin.ts"), greeting, `${greeting}referenceable: true, `);
    edit(join(home, "dragoman-plugin.json"), '"hello"', '"{vault://env/recorded-secret}"');
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
  after(() => {
    delete process.env.RECORDED_SECRET;
    rmSync(folder, { recursive: true, force: true });
  });

  it("masks credentials unless they are asked for", () => {
    assert.equal(messagesOf(masked).includes("sesame"), false);
    assert.ok(messagesOf(masked).includes('"$refs":{"greeting":"{vault://env/recorded-secret}"}'));
    for (const secret of ["sesame1", "sesame2", "sesame3", "sesame4"])
      assert.ok(messagesOf(whole).includes(secret));
    assert.equal(messagesOf(masked).length, messagesOf(whole).length, "lengths stay");
  });

  it("gives the same answers with the same code", async () => {
    const { code, output } = await plugin(home, "replay", "--json", masked);
    assert.equal(code, 0, output);
    assert.match(output, /\{"type":"result","events":4,"answers":5,"differences":0\}/);
  });

  it("says in its first line what is masked", () => {
    const head = (file: string): string => readFileSync(file, "utf8").split("\n", 1)[0] ?? "";
    assert.match(head(masked), /"masked":true,"note":"Masked with \* are: .*plugin configs/);
    assert.match(head(whole), /"masked":false,"note":"Nothing is masked: .*secret/);
  });

  it("gives a plugin another config than the one that is masked", async () => {
    const file = join(folder, "config.json");
    writeFileSync(file, JSON.stringify({ "hello-again": { greeting: "sesame4-from-a-vault" } }));
    const { code, output } = await plugin(home, "replay", "--config", file, whole);
    assert.equal(code, 0, output);
    writeFileSync(file, JSON.stringify({ "hello-again": { greeting: "good day" } }));
    const other = await plugin(home, "replay", "--config", file, masked);
    assert.equal(other.code, 1, other.output);
    assert.match(other.output, /- response\.set_header\("x-greeting", "\*{20} stranger"\)/);
    assert.match(other.output, /\+ response\.set_header\("x-greeting", "good day stranger"\)/);
    writeFileSync(file, JSON.stringify({ nobody: {} }));
    const wrong = await plugin(home, "replay", "--config", file, masked);
    assert.match(oneLine(wrong.output), /config\.json: no plugin nobody was recorded/);
  });

  it("notices a plugin that has changed", async () => {
    edit(join(home, "plugin.ts"), "stranger", "nobody");
    const command = `node --import tsx ${join(home, "plugin.ts")}`;
    const { code, output } = await plugin(home, "replay", whole, "--server", command);
    assert.equal(code, 1, output);
    assert.match(output, /- response\.set_header\("x-greeting", "sesame4-from-a-vault stranger"\)/);
    assert.match(output, /\+ response\.set_header\("x-greeting", "sesame4-from-a-vault nobody"\)/);
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
