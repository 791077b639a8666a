/** `plugin dev --upstream`: a Service of the author's own in the place of the echo. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Dev, get, newFolder, oneLine, plugin } from "./author.ts";

describe("plugin dev --upstream", () => {
  const folder = newFolder();
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("sends requests there, as the plugin changed them", async () => {
    const made = await plugin(folder, "new", "--lang", "typescript", "hello");
    assert.equal(made.code, 0, made.output);
    const seen: IncomingHttpHeaders[] = [];
    const service = createServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(418).end("a teapot");
    });
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const dev = new Dev(join(folder, "hello"), "--upstream", url);
    try {
      assert.equal((await dev.ready()).upstream, url);
      assert.deepEqual(await get(`${dev.url}/?name=ann`), { status: 418, greeting: "hello ann" });
      assert.equal((await dev.next("request")).status, 418);
      assert.deepEqual(
        seen.map((headers) => headers["x-greeted"]),
        ["ann"],
      );
    } finally {
      assert.equal(await dev.stop(), 0);
      service.closeAllConnections();
      service.close();
    }
  });

  it("refuses what is no URL of a Service, before anything is started", async () => {
    const made = await plugin(folder, "new", "--lang", "typescript", "idle");
    assert.equal(made.code, 0, made.output);
    for (const url of ["nonsense", "ftp://127.0.0.1/"]) {
      const { code, output } = await plugin(join(folder, "idle"), "dev", "--upstream", url);
      assert.equal(code, 1);
      assert.equal(
        oneLine(output),
        `Error: --upstream is the URL of a Service, http://HOST:PORT, and not "${url}"`,
      );
    }
  });
});
