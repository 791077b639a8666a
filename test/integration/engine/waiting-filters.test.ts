/** header_filter and body_filter that wait: nothing overtakes, nothing is lost, and nothing is held but what was read. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import http from "node:http";
import { after, describe, it } from "node:test";
import { exchangeOf } from "../../../core/pdk/kong.ts";
import type { PluginHandler } from "../../../core/runloop/handler.ts";
import { answering, RawClient, RawUpstream, runEngine } from "../../helpers/run-engine.ts";

const later = () => new Promise<void>((resolve) => setImmediate(resolve));
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
/** More than any buffer between the two ends. */
const BIG_BYTES = 48 * 1024 * 1024;

function waiting(methods: Partial<PluginHandler>): PluginHandler {
  return { name: "waits", priority: 1, version: "1.0.0", ...methods };
}

const SETS_HEADER = waiting({
  async header_filter(_config, kong) {
    await later();
    kong.response.setHeader("x-waited", "yes");
  },
});
const UPPER_CASE = waiting({
  async header_filter(_config, kong) {
    await later();
    kong.response.setHeader("x-waited", "yes");
  },
  async body_filter(_config, kong) {
    const chunk = kong.response.getChunk() as Buffer | null;
    await later();
    kong.response.setChunk(Buffer.from(String(chunk ?? "").toUpperCase()) as never);
  },
});

for (const transport of ["onread", "data"] as const) {
  describe(`filters that wait (${transport})`, { timeout: 600_000 }, () => {
    const stops: (() => unknown)[] = [];
    after(async () => {
      for (const stop of stops) await stop();
    });

    async function start(upstream: RawUpstream, plugin: PluginHandler) {
      const upstreamPort = await upstream.listen();
      const engine = await runEngine({ transport, upstreamPort, plugins: [plugin] });
      stops.push(
        () => engine.stop(),
        () => upstream.stop(),
      );
      return engine;
    }

    it("sends the head after header_filter, with a body that came with it", async () => {
      const engine = await start(
        answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        SETS_HEADER,
      );
      const client = new RawClient(engine.port);
      client.send(GET + GET);
      const text = await client.until((all) => all.split("ok").length === 3 && all.endsWith("ok"));
      assert.equal(text.match(/x-waited: yes/g)?.length, 2);
      assert.equal(text.match(/Content-Length: 2/gi)?.length, 2);
      client.close();
    });

    it("gives body_filter every chunk in order, the next after the one before", async () => {
      const chunks = `${CHUNKED}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`;
      const engine = await start(answering(chunks), UPPER_CASE);
      const client = new RawClient(engine.port);
      const text = await client.send(GET).until((all) => all.endsWith("0\r\n\r\n"));
      assert.match(text, /x-waited: yes/);
      assert.equal(
        text.slice(text.indexOf("\r\n\r\n") + 4).replace(/\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n/g, ""),
        "ABCDEF\r\n",
      );
      client.close();
    });

    it("filters a body that came whole and announces the length that is left", async () => {
      const shorter = waiting({
        async body_filter(_config, kong) {
          await later();
          kong.response.setChunk(Buffer.from("k") as never);
        },
      });
      const engine = await start(
        answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        shorter,
      );
      const client = new RawClient(engine.port);
      const text = await client.send(GET).until((all) => all.endsWith("\r\n\r\nk"));
      assert.match(text, /Content-Length: 1\r\n/i);
      client.close();
    });

    it("passes an event on before the next one comes", async () => {
      const upstream = new RawUpstream(({ socket }) => socket.write(`${CHUNKED}7\r\ndata: 1\r\n`));
      const engine = await start(upstream, UPPER_CASE);
      const client = new RawClient(engine.port);
      await client.send(GET).until((all) => all.includes("DATA: 1"));
      upstream.connections[0]!.socket.write("7\r\ndata: 2\r\n0\r\n\r\n");
      await client.until((all) => all.includes("DATA: 2") && all.endsWith("0\r\n\r\n"));
      client.close();
    });

    it("cuts the answer where the Service breaks off while a plugin is waited for", async () => {
      const upstream = new RawUpstream(({ socket }) => {
        socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc`);
      });
      const engine = await start(upstream, UPPER_CASE);
      const client = new RawClient(engine.port);
      const text = await client.send(GET).untilClosed();
      assert.doesNotMatch(text, /ABC.{7}/);
      assert.match(text, /^HTTP\/1\.1 (?:502|200)/);
    });

    it("gives an error in place of an answer whose plugin could not run, and cuts one that has begun", async () => {
      const unable = waiting({
        async header_filter(_config, kong) {
          await later();
          exchangeOf(kong).answer = {
            status: 503,
            body: null,
            headers: [],
            source: "error",
            template: "no plugin",
          };
        },
      });
      const refusing = await start(
        answering("HTTP/1.1 200 OK\r\nX-Secret: 1\r\nContent-Length: 2\r\n\r\nok"),
        unable,
      );
      const client = new RawClient(refusing.port);
      const text = await client.send(GET).until((all) => all.includes("no plugin"));
      assert.match(text, /^HTTP\/1\.1 503 /);
      assert.doesNotMatch(text, /X-Secret|\r\n\r\nok/i);
      client.close();
      const cuts = waiting({
        async body_filter(_config, kong) {
          await later();
          exchangeOf(kong).isCut = true;
        },
      });
      const cutting = await start(answering(`${CHUNKED}3\r\nabc\r\n0\r\n\r\n`), cuts);
      const other = new RawClient(cutting.port);
      assert.doesNotMatch(await other.send(GET).untilClosed(), /0\r\n\r\n$/);
    });

    it("forgets a client that goes away while a plugin is waited for", async () => {
      let release = () => {};
      let reached = () => {};
      const isReached = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const held = waiting({
        header_filter: () =>
          new Promise<void>((resolve) => {
            release = resolve;
            reached();
          }),
      });
      const engine = await start(answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), held);
      const client = new RawClient(engine.port);
      client.send(GET);
      await isReached;
      client.close();
      await engine.untilFinished(1);
      release();
      await later();
      assert.equal(engine.finished[0]!.clientGone, true);
      assert.equal(engine.finished.length, 1);
    });

    it("passes a long body through a waiting body_filter whole, at bounded memory", async () => {
      const piece = Buffer.alloc(64 * 1024, "dragoman");
      const sent = createHash("sha256");
      const upstream = http.createServer((_request, response) => {
        let left = BIG_BYTES;
        const write = (): void => {
          while (left > 0) {
            left -= piece.length;
            sent.update(piece);
            if (!response.write(piece)) return void response.once("drain", write);
          }
          response.end();
        };
        write();
      });
      await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
      const passes = waiting({ body_filter: () => later() });
      const { port } = upstream.address() as { port: number };
      const engine = await runEngine({ transport, upstreamPort: port, plugins: [passes] });
      stops.push(
        () => engine.stop(),
        () => upstream.close(),
      );
      const received = createHash("sha256");
      let bytes = 0;
      await new Promise<void>((resolve, reject) => {
        http
          .get({ port: engine.port, host: "127.0.0.1", agent: false }, (response) => {
            response.on("data", (chunk: Buffer) => {
              received.update(chunk);
              bytes += chunk.length;
            });
            response.on("end", resolve).on("error", reject);
          })
          .on("error", reject);
      });
      assert.equal(bytes, BIG_BYTES);
      assert.equal(received.digest("hex"), sent.digest("hex"));
    });
  });
}
