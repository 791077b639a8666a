/** Requests whose bodies nobody reads, because the gateway answers by itself: the connection goes on behind them. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { PluginHandler } from "../../../core/runloop/handler.ts";
import { answering, RawClient, runEngine } from "../../helpers/run-engine.ts";

const REFUSES_POST: PluginHandler = {
  name: "refuses-post",
  priority: 1,
  version: "1.0.0",
  access(_config, kong) {
    if (kong.request.getMethod() === "POST") kong.response.exit(403, "no");
  },
};
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const NEXT = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const BODIES = {
  "by its length": "Content-Length: 5\r\n\r\nhello",
  "in chunks": "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
};

describe("a body that is dropped", { timeout: 600_000 }, () => {
  const stops: (() => unknown)[] = [];
  after(async () => {
    for (const stop of stops) await stop();
  });

  for (const transport of ["onread", "data"] as const) {
    for (const [how, body] of Object.entries(BODIES)) {
      const request = `POST / HTTP/1.1\r\nHost: a\r\n${body}`;

      // Goal: what is behind the body is read, wherever the network cuts. Method: cut at every byte, the end included.
      it(`is followed by the next request (${how}, ${transport})`, async () => {
        const upstream = answering(OK);
        const upstreamPort = await upstream.listen();
        const plugins = [REFUSES_POST];
        const engine = await runEngine({ transport, upstreamPort, plugins });
        stops.push(
          () => engine.stop(),
          () => upstream.stop(),
        );
        const stream = request + NEXT;
        for (let cut = request.indexOf("\r\n\r\n"); cut <= stream.length; cut++) {
          const client = new RawClient(engine.port);
          client.send(stream.slice(0, cut));
          await new Promise<void>((resolve) => setImmediate(resolve));
          const text = await client.send(stream.slice(cut)).until((all) => all.endsWith("ok"));
          assert.match(text, /^HTTP\/1\.1 403 [\s\S]*noHTTP\/1\.1 200 /, `cut at ${cut}`);
          client.close();
        }
      });
    }
  }
});
