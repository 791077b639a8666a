/** Accepted sockets that read into one buffer: the bytes, their end, and what becomes of a reader that pauses. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { readShared } from "../../plugin-sdk/typescript/server/read-buffer.ts";

const folder = mkdtempSync(join(tmpdir(), "read-buffer-"));
const path = join(folder, "s");
let server: net.Server;
/** What each connection brought, when it closes. */
const closed: ((texts: string[]) => void)[] = [];
const buffers = new Set<ArrayBufferLike>();

before(async () => {
  server = net.createServer((socket) => {
    const texts: string[] = [];
    const isShared = readShared(socket, (bytes) => {
      buffers.add(bytes.buffer);
      texts.push(bytes.latin1Slice());
      socket.pause();
      setImmediate(() => socket.resume());
      socket.write("k");
    });
    assert.ok(isShared);
    socket.on("close", () => closed.shift()?.(texts));
  });
  await new Promise<void>((done) => server.listen(path, done));
});
after(async () => {
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true });
});

it("brings all bytes in order and then the end, without a buffer for each read", async () => {
  const one = "a".repeat(200_000);
  for (const sent of [["hello"], [one, "end"]]) {
    const texts = await new Promise<string[]>((done) => {
      closed.push(done);
      const client = net.connect(path, () => {
        for (const text of sent) client.write(text);
        client.end();
      });
      client.resume();
    });
    assert.equal(texts.join(""), sent.join(""));
  }
  assert.equal(buffers.size, 1);
});
