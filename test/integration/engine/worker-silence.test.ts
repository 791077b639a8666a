/**
 * A worker whose event loop stands still, by a plugin in an endless loop, is noticed, killed and replaced; and it does not
 * hold up a stop.
 *
 * Method: a real gateway with such a plugin inside and a short limit. How long things take decides nothing here.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Gateway, startGateway } from "../../helpers/start-gateway.ts";
import { shows } from "../../helpers/shows.ts";

const PLUGIN = `setTimeout(() => void Promise.reject(new Error("forgotten as it was loaded")), 0);
export default {
  name: "spin", priority: 2000, version: "1.0.0", schema: [],
  access(config, kong) {
    if (kong.request.getHeader("x-promise")) void Promise.reject(new Error("nobody waits for this"));
    while (kong.request.getHeader("x-spin"));
  },
};`;

let folder = "";
let gateway: Gateway;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "worker-silence-"));
  writeFileSync(join(folder, "spin.mjs"), PLUGIN);
  const plugins = [
    { name: "spin" },
    { name: "request-termination", config: { status_code: 200, message: "here" } },
  ];
  const services = [{ name: "s", url: "http://127.0.0.1:1", routes: [{ paths: ["/"] }] }];
  gateway = await startGateway({
    config: { _format_version: "3.0", services, plugins },
    settings: { plugins: "bundled,spin", plugin_path: folder, limit_worker_silence: "6" },
  });
});
after(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

/** Status of a request on a connection of its own; 0 where it is cut. */
function ask(headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const one = get(`${gateway.proxyUrl}/`, { agent: false, headers }, (answer) => {
      answer.resume();
      answer.once("close", () => resolve(answer.statusCode ?? 0));
    });
    one.once("error", () => resolve(0));
  });
}

describe("a worker that stands still", () => {
  it("is killed and replaced, with a line that says so", async () => {
    assert.equal(await ask(), 200);
    assert.equal(await ask({ "x-spin": "1" }), 0, "its own request is cut");
    assert.equal(await ask(), 200);
    assert.match(gateway.errorLog(), /"silentS":6,"msg":"worker does not answer and is killed/);
  });

  it("does not end by a promise that a plugin forgot", async () => {
    const pids = (): string =>
      gateway
        .errorLog()
        .match(/worker ended/g)
        ?.join() ?? "";
    const before = pids();
    assert.equal(await ask({ "x-promise": "1" }), 200);
    const isTold = (): boolean => gateway.errorLog().includes("a plugin forgot an await");
    await shows("the log tells of the promise", isTold);
    assert.equal(await ask(), 200);
    assert.equal(pids(), before);
  });

  // the primary loads plugins, too, for what they offer, and all workers end with it
  it("does not end with its primary by a promise that a plugin forgot as it was loaded", async () => {
    const isTold = (): boolean =>
      /"name":"primary".*forgotten as it was loaded/.test(gateway.errorLog());
    await shows("the primary's log tells of the promise", isTold);
    assert.equal(await ask(), 200);
    assert.match((await gateway.verb("health")).output, /Kong is healthy/);
  });

  it("does not hold up a stop", async () => {
    const cut = ask({ "x-spin": "1" });
    const pidFile = join(gateway.prefix, "pids/nginx.pid");
    const { output } = await gateway.verb("stop");
    assert.equal(output, "Kong stopped\n");
    assert.equal(await cut, 0);
    assert.equal(existsSync(pidFile), false);
  });
});
