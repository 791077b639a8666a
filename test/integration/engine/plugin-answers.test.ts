/**
 * What the client gets where a plugin answers, or changes a Service's answer that is here whole: framing first, because
 * a length or a status that a plugin chose must never leave two readers with two ideas of where the answer ends.
 *
 * @see shared recordings: plugin-servers (response, exit)
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { Kong } from "../../../core/pdk/kong.ts";
import type { PhaseName } from "../../../core/phases/phases.ts";
import type { PluginHandler } from "../../../core/runloop/handler.ts";
import { answering, RawClient, runEngine } from "../../helpers/run-engine.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const TEXT = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ntext";
const CHUNKED =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n4\r\ntext\r\n0\r\nX-T: 1\r\n\r\n";

const stops: (() => unknown)[] = [];
after(async () => {
  for (const stop of stops) await stop();
});

/** The answer to two requests on one connection, or on one that is closed after the first. */
async function answers(
  upstreamAnswer: string,
  phase: PhaseName,
  act: (kong: Kong) => void,
  request = GET,
): Promise<{ text: string; count: number }> {
  const upstream = answering(upstreamAnswer);
  const upstreamPort = await upstream.listen();
  const plugin = {
    name: "acts",
    priority: 1,
    version: "1.0.0",
    [phase]: (_config: unknown, kong: Kong) => act(kong),
  } as unknown as PluginHandler;
  const engine = await runEngine({ transport: "onread", upstreamPort, plugins: [plugin] });
  const client = new RawClient(engine.port);
  stops.push(
    () => engine.stop(),
    () => upstream.stop(),
  );
  // the second is answered behind the first, or not at all where the connection is closed
  const last = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const text = await client.send(request + last).untilClosed();
  return { text, count: text.split("HTTP/1.1 ").length - 1 };
}

const headOf = (text: string) => text.slice(0, text.indexOf("\r\n\r\n") + 2);
const bodyOf = (text: string) => text.slice(text.indexOf("\r\n\r\n") + 4).split("HTTP/1.1 ")[0];

describe("a Service's answer in the response phase", { timeout: 600_000 }, () => {
  const nothing = () => {};

  it("keeps the framing that it came with", async () => {
    const whole = await answers(TEXT, "response", nothing);
    assert.match(headOf(whole.text), /\r\nContent-Length: 4\r\n/);
    assert.equal(bodyOf(whole.text), "text");
    const chunked = await answers(CHUNKED, "response", nothing);
    assert.match(headOf(chunked.text), /\r\nTransfer-Encoding: chunked\r\n/);
    assert.match(headOf(chunked.text), /\r\nTrailer: X-T\r\n/);
    assert.equal(bodyOf(chunked.text), "4\r\ntext\r\n0\r\n\r\n");
    assert.equal(chunked.count, 2);
  });

  it("has its length for a client of HTTP/1.0, which knows no chunks", async () => {
    const old = "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    const { text } = await answers(CHUNKED, "response", nothing, old);
    assert.match(headOf(text), /\r\nContent-Length: 4\r\n/);
  });

  it("is cut to the length that a plugin says, and goes in chunks where it says none", async () => {
    const shorter = await answers(TEXT, "response", (kong) =>
      kong.response.setHeader("Content-Length", 2),
    );
    assert.match(headOf(shorter.text), /\r\nContent-Length: 2\r\n/);
    assert.equal(bodyOf(shorter.text), "te");
    const longer = await answers(TEXT, "response", (kong) =>
      kong.response.setHeader("Content-Length", 9),
    );
    assert.match(headOf(longer.text), /\r\nContent-Length: 4\r\n/);
    const cleared = await answers(TEXT, "response", (kong) =>
      kong.response.clearHeader("Content-Length"),
    );
    assert.equal(bodyOf(cleared.text), "4\r\ntext\r\n0\r\n\r\n");
    for (const { count } of [shorter, longer, cleared]) assert.equal(count, 2);
  });

  it("loses its body to a status that has none", async () => {
    for (const phase of ["response", "header_filter"] as const) {
      const none = await answers(TEXT, phase, (kong) => kong.response.setStatus(204));
      assert.equal(bodyOf(none.text), "", phase);
      assert.doesNotMatch(headOf(none.text), /Content-(?:Type|Length)|Transfer-Encoding/i);
      const unchanged = await answers(CHUNKED, phase, (kong) => kong.response.setStatus(304));
      assert.equal(bodyOf(unchanged.text), "", phase);
      assert.equal(none.count + unchanged.count, 4);
    }
  });

  it("keeps the type of a Service's own 204 where it is only passed on", async () => {
    const empty = "HTTP/1.1 204 No Content\r\nContent-Type: application/json\r\n\r\n";
    const passed = await answers(empty, "access", nothing);
    assert.match(headOf(passed.text), /\r\nContent-Type: application\/json\r\n/);
    const buffered = await answers(empty, "response", nothing);
    assert.doesNotMatch(headOf(buffered.text), /Content-Type/i);
  });

  // nginx has one place for it; other headers that were set in access stand beside the Service's
  it("has one Content-Type, the Service's, where a plugin set one before it came", async () => {
    const early = (kong: Kong) => {
      kong.response.setHeader("Content-Type", "application/json");
      kong.response.setHeader("X-Early", "1");
    };
    const types = async (answer: string) => {
      const { text, count } = await answers(answer, "access", early);
      assert.match(headOf(text), /\r\nX-Early: 1\r\n/);
      assert.equal(count, 2);
      return headOf(text).match(/Content-Type: .*/gi);
    };
    assert.deepEqual(await types(TEXT), ["Content-Type: text/plain; charset=UTF-8"]);
    const untyped = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert.deepEqual(await types(untyped), ["Content-Type: application/json"]);
  });

  it("keeps the charset of a Service's type under one that a plugin wrote without parameters", async () => {
    const typed = (type: string) =>
      `HTTP/1.1 302 Found\r\nContent-Type: ${type}\r\nContent-Length: 4\r\n\r\ntext`;
    const type = async (theirs: string, ours: string) => {
      const write = ({ response }: Kong) => response.setHeader("Content-Type", ours);
      const { text } = await answers(typed(theirs), "header_filter", write);
      return /\r\nContent-Type: ([^\r]*)/.exec(text)?.[1];
    };
    const latin = 'application/json; charset="iso-8859-1"';
    assert.equal(await type(latin, "text/plain"), "text/plain; charset=iso-8859-1");
    assert.equal(await type(latin, "foo/bar"), "foo/bar; charset=iso-8859-1");
    assert.equal(await type(latin, "foo/bar; a=b"), "foo/bar; a=b");
    assert.equal(await type("application/json", "foo/bar"), "foo/bar");
  });

  it("has the charset on a type that a plugin wrote, and our Via alone", async () => {
    const { text } = await answers(TEXT, "response", (kong) => {
      kong.response.setHeader("Content-Type", "text/html");
      kong.response.setHeader("Via", "me");
    });
    assert.match(headOf(text), /\r\nContent-Type: text\/html; charset=UTF-8\r\n/);
    assert.deepEqual(headOf(text).match(/Via: .*/g), ["Via: 1.1 dragoman/test"]);
  });
});

describe("a plugin's own answer", { timeout: 600_000 }, () => {
  const exit = (...args: Parameters<Kong["response"]["exit"]>) =>
    answers(TEXT, "access", (kong) => kong.response.exit(...args));
  const error = (...args: Parameters<Kong["response"]["error"]>) =>
    answers(TEXT, "access", (kong) => kong.response.error(...args));

  it("may be shorter than its body, and never promises more than there is", async () => {
    const shorter = await exit(200, "long text", { "Content-Length": "4" });
    assert.equal(bodyOf(shorter.text), "long");
    const longer = await exit(200, "x", { "Content-Length": "5" });
    assert.match(headOf(longer.text), /\r\nContent-Length: 1\r\n/);
    assert.equal(shorter.count + longer.count, 4);
  });

  it("tells a HEAD request the length that it says, else the one that it has", async () => {
    const head = GET.replace("GET", "HEAD");
    for (const [headers, length] of [[{ "Content-Length": "4" }, 4] as const, [{}, 9] as const]) {
      const act = (kong: Kong) => kong.response.exit(200, "long text", headers);
      const { text, count } = await answers(TEXT, "access", act, head);
      assert.match(headOf(text), new RegExp(`\\r\\nContent-Length: ${length}\\r\\n`));
      assert.equal(bodyOf(text), "");
      assert.equal(count, 2);
    }
  });

  it("comes from the gateway, whatever it says of the server", async () => {
    const { text } = await exit(200, "x", { Server: "mine" });
    assert.deepEqual(headOf(text).match(/Server: .*/g), ["Server: dragoman/test"]);
  });

  it("closes the connection where nginx's own page stands for it", async () => {
    for (const status of [400, 413, 414, 500, 501]) {
      const page = await exit(status);
      assert.equal(page.count, 1, String(status));
      assert.match(headOf(page.text), /\r\nConnection: close\r\n/, String(status));
      const own = await exit(status, "");
      assert.equal(own.count, 2, String(status));
    }
    for (const status of [404, 502]) assert.equal((await exit(status)).count, 2, String(status));
  });

  it("is no answer for 408 and 499, whatever comes with them", async () => {
    for (const status of [408, 499]) {
      assert.equal((await exit(status)).text, "");
      assert.equal((await exit(status, "body")).text, "");
      assert.equal((await error(status, "message")).text, "");
    }
  });

  it("has the status 494 of a plugin, and 400 only on the page for it", async () => {
    assert.match((await exit(494, "x")).text, /^HTTP\/1\.1 494 /);
    assert.match((await error(494)).text, /^HTTP\/1\.1 494 /);
    assert.match((await exit(494)).text, /^HTTP\/1\.1 400 /);
  });

  it("as an error has the format of the type that comes with it", async () => {
    const typed = (type: string) => error(403, "no", { "Content-Type": type });
    const html = await typed("text/html");
    assert.match(headOf(html.text), /\r\nContent-Type: text\/html; charset=UTF-8\r\n/);
    assert.match(bodyOf(html.text)!, /<p>no\.<\/p>/);
    const xml = await typed("application/xml");
    assert.match(headOf(xml.text), /\r\nContent-Type: application\/xml\r\n/);
    assert.match(bodyOf(xml.text)!, /<message>no<\/message>/);
    const grpc = await typed("application/grpc");
    assert.match(headOf(grpc.text), /grpc-status: 7\r\ngrpc-message: PermissionDenied\r\n/);
    assert.equal(bodyOf(grpc.text), "");
    assert.match((await typed("image/png")).text, /^HTTP\/1\.1 500 /);
  });
});

describe("X-Forwarded-Host", { timeout: 600_000 }, () => {
  it("is the Host that the request was routed by", async () => {
    for (const [phase, expected] of [
      ["rewrite", "other.test"],
      ["access", "a"],
    ] as const) {
      const upstream = answering(TEXT);
      const upstreamPort = await upstream.listen();
      const plugin = {
        name: "acts",
        priority: 1,
        version: "1.0.0",
        [phase]: (_config: unknown, kong: Kong) =>
          kong.service.request.setHeader("Host", "other.test"),
      } as unknown as PluginHandler;
      const engine = await runEngine({ transport: "onread", upstreamPort, plugins: [plugin] });
      stops.push(
        () => engine.stop(),
        () => upstream.stop(),
      );
      const client = new RawClient(engine.port);
      await client.send(GET).until((all) => all.endsWith("text"));
      client.close();
      const seen = upstream.connections[0]!.received;
      assert.match(seen, new RegExp(`\\r\\nX-Forwarded-Host: ${expected}\\r\\n`), phase);
      assert.match(seen, /\r\nHost: other\.test\r\n/);
    }
  });
});
