/** `plugin record --socket --listen`: before any plugin server, without `dev`; and `plugin replay --socket` against it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { definePlugin, PluginServer } from "../../../plugin-sdk/typescript/index.ts";
import { accessEvent, NativeClient } from "../../helpers/native-client.ts";
import { shows } from "../../helpers/shows.ts";
import { newFolder, oneLine, plugin } from "./author.ts";
import { endRecording, startRecording } from "./recording.ts";

const greeter = (greeting: string): ReturnType<typeof definePlugin> =>
  definePlugin({
    name: "greeter",
    version: "1.0.0",
    priority: 1,
    access(kong) {
      kong.response.setHeader("x-greeting", `${greeting} ${kong.request.getHeader("x-client-id")}`);
    },
  });

describe("plugin record --socket", () => {
  const folder = newFolder();
  const socket = join(folder, "server.sock");
  const listen = join(folder, "tap.sock");
  const out = join(folder, "calls.drec");
  const complain = (): void => {};
  let server: PluginServer;

  before(async () => {
    server = new PluginServer({ plugins: [greeter("hello")], socket, complain });
    await server.listen();
  });
  after(async () => {
    await server.close("test", 0);
    rmSync(folder, { recursive: true, force: true });
  });

  const record = (...words: string[]) => plugin(folder, "record", "--out", "no.drec", ...words);

  it("stands before a plugin server, and passes and keeps what is said", async () => {
    const recording = await startRecording(
      folder,
      ...["--socket", socket, "--listen", listen, "--out", out],
    );
    const client = new NativeClient(listen);
    try {
      await client.hello();
      await client.start(1, "greeter");
      client.event(7, accessEvent());
      const { message } = await client.next("Done");
      assert.equal((message.writes as unknown[]).length, 1);
      assert.equal(message.reads, undefined, "only dev asks for reads");
    } finally {
      client.destroy();
    }
    assert.equal(await endRecording(recording), 0);
    const lines = readFileSync(out, "utf8").trim().split("\n").slice(1);
    const types = lines.map((line) => (JSON.parse(line) as { type: number }).type);
    assert.deepEqual(types.slice(-4), [2, 3, 8, 11], "Start, Started, Event, Done");
    assert.equal(existsSync(listen), false, "its socket is gone");
  });

  it("can be replayed against the server that runs, and tells what changed", async () => {
    const same = await plugin(folder, "replay", out, "--socket", socket);
    assert.equal(same.code, 0, same.output);
    assert.match(same.output, /^1 events, 2 answers compared, 0 differ$/m);
    const other = join(folder, "other.sock");
    const changed = new PluginServer({ plugins: [greeter("good day")], socket: other, complain });
    await changed.listen();
    try {
      const { code, output } = await plugin(folder, "replay", out, "--socket", other);
      assert.equal(code, 1, output);
      assert.match(output, /\+ response\.set_header\("x-greeting", "good day client-42"\)/);
    } finally {
      await changed.close("test", 0);
    }
  });

  // a plugin server of Kong's SDKs: its bytes go through, and the author is told why there is no recording
  it("says which other protocol it is, and leaves nothing behind", async () => {
    const echo = createServer((one) => one.on("error", complain).pipe(one));
    const before = join(folder, "kong.sock");
    await new Promise<void>((done) => echo.listen(before, done));
    for (const [protocol, bytes] of [
      ["MsgPack:1", [0x94, 0, 1, 0xa4, 0x70, 0x69, 0x6e, 0x67, 0x90]],
      ["ProtoBuf:1", [3, 0, 0, 0, 8, 1, 0x12, 0]],
    ] as const) {
      const ended = record("--socket", before, "--listen", listen);
      await shows("the recording listens", () => existsSync(listen));
      const client = connect(listen, () => client.write(Buffer.from(bytes)));
      const closed = new Promise((done) => client.on("error", complain).on("close", done));
      const { code, output } = await ended;
      await closed;
      assert.equal(code, 1);
      const [, ...behind] = output.split("\n");
      assert.match(
        oneLine(behind.join("\n")),
        new RegExp(`^Error: the gateway speaks ${protocol} `),
      );
      assert.equal(existsSync(join(folder, "no.drec")), false);
    }
    await new Promise((done) => echo.close(done));
  });

  it("says in one line what is wrong, and leaves nothing behind", async () => {
    const taken = join(folder, "taken");
    writeFileSync(taken, "mine");
    for (const [words, why] of [
      [["--socket", socket], /^Error: --socket .* and --listen .* go together$/m],
      [["--listen", listen], /^Error: --socket .* and --listen .* go together$/m],
      [["--socket", join(folder, "none"), "--listen", listen], /^Error: .*none is not there$/m],
      [["--socket", socket, "--listen", taken], /^Error: cannot listen at .*taken: /m],
      [[], /^Error: .*dragoman-plugin\.json: there is no such file/m],
    ] as const) {
      const { code, output } = await record(...words);
      assert.equal(code, 1, output);
      assert.match(oneLine(output), why);
      assert.equal(existsSync(join(folder, "no.drec")), false);
    }
    assert.equal(readFileSync(taken, "utf8"), "mine");
    const again = await plugin(
      folder,
      "record",
      "--out",
      out,
      "--socket",
      socket,
      "--listen",
      listen,
    );
    assert.match(again.output, /^Error: cannot make .*calls\.drec: /m);
    const nothing = await plugin(folder, "replay", join(folder, "none.drec"), "--socket", socket);
    assert.match(nothing.output, /^Error: cannot read .*none\.drec: /m);
    assert.deepEqual([again.code, nothing.code], [1, 1]);
  });
});
