/**
 * The HTTP/1.1 engine over real sockets: the same suite for both transports.
 */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { PHASE } from "../../../core/phases/phases.ts";
import { exchangeOf } from "../../../core/pdk/kong.ts";
import type { PluginHandler } from "../../../core/runloop/handler.ts";
import {
  answering,
  type Engine,
  type EngineOptions,
  RawClient,
  RawUpstream,
  runEngine,
  type TransportName,
} from "../../helpers/run-engine.ts";
import { shows } from "../../helpers/shows.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GET = "GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n";
const ends = (text: string) => (received: string) => received.endsWith(text);
const count = (text: string, part: string) => text.split(part).length - 1;

for (const transport of ["onread", "data"] as TransportName[]) {
  describe(`engine over ${transport}`, () => {
    const opened: (() => void)[] = [];
    after(() => {
      for (const close of opened) close();
    });

    async function start(
      upstream: RawUpstream,
      options: Partial<EngineOptions> = {},
    ): Promise<{ engine: Engine; client: RawClient }> {
      const upstreamPort = await upstream.listen();
      const engine = await runEngine({ transport, upstreamPort, ...options });
      const client = new RawClient(engine.port);
      opened.push(
        () => upstream.stop(),
        () => void engine.stop(),
        () => client.close(),
      );
      return { engine, client };
    }

    describe("one answer for everything", () => {
      let upstream: RawUpstream;
      let engine: Engine;
      before(async () => {
        upstream = answering(OK);
        ({ engine } = await start(upstream));
      });
      const ask = async (request: string, done = ends("ok")) => {
        const client = new RawClient(engine.port);
        opened.push(() => client.close());
        return client.send(request).until(done);
      };

      it("proxies a request and rebuilds what is between hops", async () => {
        const answer = await ask(
          "GET /a?b HTTP/1.1\r\nHost: a.test\r\nConnection: x-mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nTE: gzip\r\nX-Kept: 2\r\n\r\n",
        );
        assert.match(answer, /^HTTP\/1\.1 200 OK\r\nConnection: keep-alive\r\n/);
        const got = upstream.connections.map((one) => one.received).join("");
        const head = got.slice(got.lastIndexOf("GET /a?b"));
        assert.match(head, /X-Kept: 2\r\n/);
        assert.match(head, /X-Forwarded-For: 127\.0\.0\.1\r\n/);
        assert.doesNotMatch(head, /X-Mine|Keep-Alive:|TE:/);
        assert.equal(count(head, "\r\nHost:"), 1);
      });

      it("answers pipelined requests in order", async () => {
        const paths = Array.from({ length: 20 }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`);
        const client = new RawClient(engine.port);
        await client.send(paths.join("")).until((text) => count(text, "\r\n\r\nok") === 20);
        client.close();
      });

      it("reads a head that comes byte by byte", async () => {
        const client = new RawClient(engine.port);
        client.socket.setNoDelay(true);
        for (const byte of GET) {
          client.send(byte);
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
        await client.until(ends("ok"));
        client.close();
      });

      it("answers HTTP/1.0 and closes, or keeps the connection where asked", async () => {
        const client = new RawClient(engine.port);
        assert.match(
          await client.send("GET / HTTP/1.0\r\n\r\n").untilClosed(),
          /Connection: close/,
        );
        const kept = new RawClient(engine.port);
        await kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").until(ends("ok"));
        await kept.send("GET / HTTP/1.0\r\n\r\n").untilClosed();
        assert.equal(count(kept.received, "200 OK"), 2);
      });

      it("closes after Connection: close", async () => {
        const client = new RawClient(engine.port);
        const answer = await client
          .send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
          .untilClosed();
        assert.match(answer, /Connection: close\r\n[\s\S]*ok$/);
      });

      it("sends 100 Continue before a body that waits for it", async () => {
        const client = new RawClient(engine.port);
        client.send(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
        );
        await client.until((text) => text === "HTTP/1.1 100 Continue\r\n\r\n");
        await client.send("hi").until(ends("ok"));
        client.close();
      });

      for (const [what, request, status] of [
        ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
        ["an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400],
        ["a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400],
        ["two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400],
        ["an unknown coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n", 501],
        ["HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505],
        ["CONNECT", "CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n", 405],
        ["TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405],
        ["a long line", `GET /${"x".repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
        ["a long header", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(9000)}\r\n\r\n`, 400],
        ["many headers", `GET / HTTP/1.1\r\nHost: a\r\n${"A: b\r\n".repeat(1500)}\r\n`, 400],
        ["noise", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 400],
      ] as const) {
        it(`answers ${status} to ${what} and closes`, async () => {
          const client = new RawClient(engine.port);
          assert.match(
            await client.send(request).untilClosed(),
            new RegExp(`^HTTP/1.1 ${status} `),
          );
        });
      }
    });

    it("looks at the Host of each request of a connection", async () => {
      const { client } = await start(new RawUpstream(({ socket }) => socket.write(OK)));
      await client.send(GET).until(ends("ok"));
      await client.send(GET).until((text) => count(text, "HTTP/1.1 200 ") === 2);
      assert.match(await client.send("GET / HTTP/1.1\r\nHost: \r\n\r\n").untilClosed(), / 400 /);
    });

    it("sends a chunked body on with its length, and a long one in chunks", async () => {
      const upstream = new RawUpstream(({ received, socket }) => {
        if (/hello$|0\r\n\r\n$/.test(received)) socket.write(OK);
      });
      const { client } = await start(upstream);
      const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
      await client.send(`${head}3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: 1\r\n\r\n`).until(ends("ok"));
      const small = upstream.connections[0]!.received;
      assert.match(small, /Content-Length: 5\r\n\r\nhello$/);
      assert.doesNotMatch(small, /Transfer-Encoding|T: 1/);
      client.received = "";
      const chunk = "y".repeat(20_000);
      await client
        .send(`${head}4e20\r\n${chunk}\r\n4e20\r\n${chunk}\r\n0\r\n\r\n`)
        .until(ends("ok"));
      const long = upstream.connections[0]!.received.slice(small.length);
      assert.match(long, /Transfer-Encoding: chunked\r\n\r\n/);
      assert.equal(long.split("\r\n\r\n")[1]!.replace(/[^y]/g, "").length, 40_000);
    });

    it("streams a body of 20 MB both ways to a slow reader without holding it", async () => {
      const size = 20 * 1024 * 1024;
      const upstream = new RawUpstream(({ socket }) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
        socket.write(Buffer.alloc(size, 97));
      });
      const { client } = await start(upstream);
      client.socket.pause();
      client.send(GET);
      await upstream.until(() => upstream.connections.length === 1);
      const target = upstream.connections[0]!.socket;
      // the target cannot get rid of its bytes while nobody reads: the engine has stopped reading, too
      let left = -1;
      while (left !== target.writableLength) {
        left = target.writableLength;
        for (let i = 0; i < 50; i++) await new Promise<void>((resolve) => setImmediate(resolve));
      }
      assert.ok(left > size / 4, `only ${left} bytes are held back`);
      let read = 0;
      client.socket.removeAllListeners("data");
      await new Promise<void>((resolve) => {
        client.socket.on("data", (chunk) => {
          read += chunk.length;
          if (read > size) resolve();
        });
        client.socket.resume();
      });
    });

    it("gives HEAD, 204 and 304 no body and reads the next answer rightly", async () => {
      const answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 9\r\n\r\n',
        OK,
      ];
      const upstream = new RawUpstream(({ socket }) => socket.write(answers.shift()!));
      const { client } = await start(upstream);
      client.send(`HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\n${GET}${GET}${GET}`);
      const text = await client.until(ends("ok"));
      assert.match(
        text,
        /200 OK[\s\S]*Content-Length: 5[\s\S]*204 No Content[\s\S]*304 Not Modified[\s\S]*200 OK/,
      );
      assert.equal(upstream.connections.length, 1, "the connection was used again");
    });

    it("passes chunks on, re-framed, and closes for HTTP/1.0", async () => {
      const upstream = answering(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3;x\r\ntwo\r\n0\r\nT: 1\r\n\r\n",
      );
      const { client, engine } = await start(upstream);
      const text = await client.send(GET).until(ends("0\r\n\r\n"));
      assert.match(
        text,
        /Transfer-Encoding: chunked\r\n[\s\S]*\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n$/,
      );
      const old = new RawClient(engine.port);
      assert.match(await old.send("GET / HTTP/1.0\r\n\r\n").untilClosed(), /\r\n\r\nonetwo$/);
    });

    it("takes the end of the connection for the end of an answer without framing", async () => {
      const upstream = new RawUpstream(({ socket }) =>
        socket.end("HTTP/1.1 200 OK\r\n\r\nall of it"),
      );
      const { client } = await start(upstream);
      const text = await client.send(GET).until(ends("0\r\n\r\n"));
      assert.match(text, /9\r\nall of it\r\n0\r\n\r\n$/);
    });

    it("cuts the client off where an answer breaks off", async () => {
      const upstream = new RawUpstream(({ socket }) =>
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
      );
      const { client } = await start(upstream);
      const text = await client.send(GET).untilClosed();
      assert.match(text, /Content-Length: 10\r\n[\s\S]*half$/);
    });

    for (const [what, answer] of [
      ["no HTTP", "SSH-2.0-x\r\n\r\n"],
      ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"],
      [
        "a length beside chunks",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      ],
      ["a head without an end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}`],
      ["a folded header", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n"],
    ] as const) {
      it(`answers 502 where the target sends ${what}`, async () => {
        const { client } = await start(answering(answer));
        assert.match(
          await client.send(GET).until((text) => text.includes("request_id")),
          /^HTTP\/1\.1 502/,
        );
      });
    }

    it("tries again where a kept connection turns out to be closed, but never a POST that was sent", async () => {
      const upstream = new RawUpstream(({ received, socket }, nth) => {
        if (nth % 2 === 0 && count(received, "\r\n\r\n") === 2) socket.destroy();
        else socket.write(OK);
      });
      const { client } = await start(upstream);
      await client.send(GET).until((text) => count(text, "ok") === 1);
      await client.send(GET).until((text) => count(text, "ok") === 2);
      assert.equal(upstream.connections.length, 2, "the second request went over a new connection");
      const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
      const other = await start(
        new RawUpstream(({ received, socket }) => {
          if (count(received, "\r\n\r\n") === 2) socket.destroy();
          else socket.write(OK);
        }),
      );
      await other.client.send(post).until(ends("ok"));
      assert.match(await other.client.send(post).until((text) => text.includes("502")), /502/);
    });

    it("tries as often as the Service says when nobody listens, then answers 502", async () => {
      const gone = new RawUpstream(() => {});
      const port = await gone.listen();
      gone.stop();
      const engine = await runEngine({ transport, upstreamPort: port, service: { retries: 3 } });
      opened.push(() => void engine.stop());
      const client = new RawClient(engine.port);
      await client.send(GET).until((text) => text.includes("502"));
      await engine.untilFinished(1);
      assert.equal(engine.finished[0]!.tries!.length, 4);
      client.close();
      const [first, , , last] = engine.logged;
      assert.equal(engine.logged.length, 4, "a line for each try");
      assert.equal(first!.text, "a target failed, trying on");
      assert.equal(last!.text, "a Service gave no answer");
      const { code, target, request_id } = last!.fields as Record<string, string>;
      assert.deepEqual([code, target], ["ECONNREFUSED", `127.0.0.1:${port}`]);
      assert.equal(request_id, engine.finished[0]!.id);
    });

    it("answers 504 when the target is silent for read_timeout", async () => {
      const { client } = await start(new RawUpstream(() => {}), {
        service: { read_timeout: 100, retries: 0 },
      });
      assert.match(
        await client.send(GET).until((text) => text.includes("request_id")),
        /^HTTP\/1\.1 504/,
      );
    });

    it("closes on a client that is slow with its head, without an answer", async () => {
      const { client } = await start(answering(OK), { limits: { headerTimeoutMs: 100 } });
      assert.equal(await client.send("GET / HT").untilClosed(), "");
    });

    it("closes idle connections after keepalive_timeout", async () => {
      const { client } = await start(answering(OK), { limits: { keepaliveTimeoutMs: 100 } });
      assert.match(await client.send(GET).untilClosed(), /ok$/);
    });

    it("refuses a body over the limit, announced or not", async () => {
      const upstream = answering(OK);
      const options = { limits: { clientBodyBytesMax: 10 }, options: { clientBodyBytesMax: 10 } };
      const { client, engine } = await start(upstream, options);
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello worlds");
      await client.until((text) => text.includes("413"));
      const chunked = new RawClient(engine.port);
      chunked.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n",
      );
      await chunked.until((text) => text.includes("413"));
      assert.equal(upstream.connections.length, 0);
      chunked.close();
    });

    it("splices an upgraded connection, both ways, until one side ends", async () => {
      const upstream = new RawUpstream(({ received, socket }) => {
        const body = received.split("\r\n\r\n")[1];
        if (body === "") {
          socket.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi",
          );
        } else if (body === "ping") socket.write("pong");
        else if (body === "pingbye") socket.end("bye");
      });
      const { client, engine } = await start(upstream);
      client.send(
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      );
      await client.until(ends("\r\n\r\nhi"));
      assert.match(client.received, /^HTTP\/1\.1 101 [\s\S]*Upgrade: websocket/);
      await client.send("ping").until(ends("pong"));
      assert.match(await client.send("bye").untilClosed(), /bye$/);
      await engine.untilFinished(1);
      assert.equal(engine.finished[0]!.status, 101);
    });

    for (const [how, leave] of [
      ["ends its side", (socket: Socket) => socket.end()],
      ["ends it behind more bytes", (socket: Socket) => socket.end("bye")],
      ["resets it", (socket: Socket) => socket.resetAndDestroy()],
    ] as const) {
      it(`closes both sides of an upgraded connection when the client ${how}`, async () => {
        const { client, engine } = await start(
          answering(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
          ),
        );
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
        await client.until(ends("\r\n\r\n"));
        leave(client.socket);
        await engine.untilFinished(1);
        await shows("nothing is left of it", () => engine.listener.counts.active === 0);
      });
    }

    it("drops the request at the target when the client goes, and logs 499", async () => {
      const upstream = new RawUpstream(() => {});
      const { client, engine } = await start(upstream);
      client.send(GET);
      await upstream.until(() => upstream.connections[0]?.received.endsWith("\r\n\r\n") === true);
      const closed = new Promise<void>((resolve) => {
        upstream.connections[0]!.socket.on("close", () => resolve());
      });
      client.close();
      await closed;
      await engine.untilFinished(1);
      assert.equal(engine.finished[0]!.clientGone, true);
    });

    it("believes the PROXY protocol's line only as far as it goes", async () => {
      const upstream = answering(OK);
      const { client } = await start(upstream, {
        proxyProtocol: true,
        options: { isTrusted: () => true, realIpHeader: "proxy_protocol" },
      });
      await client.send(`PROXY TCP4 10.1.2.3 10.0.0.1 5 80\r\n${GET}`).until(ends("ok"));
      assert.match(upstream.connections[0]!.received, /X-Real-IP: 10\.1\.2\.3\r\n/);
    });

    describe("with plugins", () => {
      const plugin = (methods: Partial<PluginHandler>): PluginHandler => ({
        name: "test",
        priority: 1,
        version: "1.0",
        ...methods,
      });

      it("waits for a plugin and keeps the body for the Service meanwhile", async () => {
        const upstream = new RawUpstream(({ received, socket }) => {
          if (received.endsWith("hello")) socket.write(OK);
        });
        const slow = plugin({
          access: () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve))),
        });
        const { client } = await start(upstream, { plugins: [slow] });
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        await client.until(ends("ok"));
        assert.match(upstream.connections[0]!.received, /Content-Length: 5\r\n\r\nhello$/);
      });

      it("lets a plugin read a body that comes late, and sends it on", async () => {
        const upstream = new RawUpstream(({ received, socket }) => {
          if (received.endsWith("hello")) socket.write(OK);
        });
        const bodies: unknown[] = [];
        const reader = plugin({
          async access(_config, kong) {
            bodies.push(String(await kong.request.getRawBody()));
          },
        });
        const { client } = await start(upstream, { plugins: [reader] });
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
        await new Promise<void>((resolve) => setImmediate(resolve));
        await client.send("lo").until(ends("ok"));
        assert.deepEqual(bodies, ["hello"]);
      });

      it("never sends two framings where a plugin writes one", async () => {
        const upstream = answering(OK);
        const forger = plugin({
          access(_config, kong) {
            kong.service.request.setHeader("Transfer-Encoding", "chunked");
            kong.service.request.addHeader("Content-Length", "7");
          },
          header_filter(_config, kong) {
            kong.response.setHeader("Content-Length", "1");
            exchangeOf(kong).responseHeaders.add("Transfer-Encoding", "chunked");
          },
        });
        const { client } = await start(upstream, { plugins: [forger] });
        const answer = await client.send(GET).until(ends("ok"));
        assert.equal(count(answer, "Content-Length:"), 1);
        assert.doesNotMatch(answer, /Transfer-Encoding/);
        assert.doesNotMatch(
          upstream.connections[0]!.received,
          /Transfer-Encoding|Content-Length: 7/,
        );
      });

      it("runs body_filter over the body and announces the length that is left", async () => {
        const louder = plugin({
          body_filter(_config, kong) {
            const x = exchangeOf(kong);
            assert.equal(x.phase, PHASE.body_filter);
            if (x.chunk !== null) x.chunk = Buffer.from(`${x.chunk.toString()}!`);
          },
        });
        const { client } = await start(answering(OK), { plugins: [louder] });
        const answer = await client.send(GET).until(ends("ok!"));
        assert.match(answer, /Content-Length: 3\r\n/);
      });

      it("buffers the whole answer for a response handler, which may replace it", async () => {
        const upstream = new RawUpstream(({ socket }) => {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha");
          setImmediate(() => socket.write("lf"));
        });
        const seen: unknown[] = [];
        const judge = plugin({
          response(_config, kong) {
            seen.push(
              kong.service.response.getStatus(),
              String(kong.service.response.getRawBody()),
            );
            return kong.response.exit(418, "short", { "X-Judged": "1" });
          },
        });
        const { client } = await start(upstream, { plugins: [judge] });
        const answer = await client.send(GET).until(ends("short"));
        assert.match(answer, /^HTTP\/1\.1 418 [\s\S]*X-Judged: 1\r\n/);
        assert.deepEqual(seen, [200, "half"]);
      });
    });

    it("answers what is under way when it drains, and takes no more", async () => {
      const upstream = new RawUpstream(({ received, socket }) => {
        if (received.includes("/go")) socket.write(OK);
      });
      const { client, engine } = await start(upstream);
      client.send(GET);
      await upstream.until(() => upstream.connections.length === 1);
      const drained = engine.listener.drain();
      upstream.connections[0]!.socket.write(OK);
      assert.match(await client.untilClosed(), /Connection: close\r\n[\s\S]*ok$|ok$/);
      await drained;
      const late = new RawClient(engine.port);
      assert.equal(await late.untilClosed(), "");
    });
  });
}
