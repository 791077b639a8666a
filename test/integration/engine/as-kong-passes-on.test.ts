/**
 * Small things of a request and of a Service's answer on their way, as a Kong 3.9.3 beside us did them with the same bytes.
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { answering, type EngineOptions, RawClient, runEngine } from "../../helpers/run-engine.ts";

const stops: (() => unknown)[] = [];
after(async () => {
  for (const stop of stops) await stop();
});

/** One request through an engine of its own: what the Service got, what the client got. */
async function pass(
  request: string,
  serviceAnswer: string,
  options: EngineOptions["options"] = {},
): Promise<{ asked: string; answered: string }> {
  const upstream = answering(serviceAnswer);
  const upstreamPort = await upstream.listen();
  const engine = await runEngine({ transport: "onread", upstreamPort, options });
  stops.push(
    () => engine.stop(),
    () => upstream.stop(),
  );
  const answered = await new RawClient(engine.port).send(request).untilClosed();
  return { asked: upstream.connections.map((one) => one.received).join(""), answered };
}

const get = (host: string) => `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
const reply = (status: string, lines: string) =>
  `HTTP/1.1 ${status}\r\n${lines}Content-Length: 2\r\n\r\nok`;

describe("what passes on as it does in Kong", { timeout: 600_000 }, () => {
  for (const host of ["A.test.", "a.test.:8080"]) {
    it(`the host ${host} is forwarded without its final dot`, async () => {
      const { asked } = await pass(get(host), reply("200 OK", ""));
      assert.match(asked, /\r\nX-Forwarded-Host: a\.test\r\n/);
    });
  }

  it("the type of a redirect, and of no other answer, keeps without a charset", async () => {
    const type = "Content-Type: text/html\r\n";
    for (const status of ["301 Moved Permanently", "302 Found"]) {
      const { answered } = await pass(get("a"), reply(status, type));
      assert.match(answered, /\r\nContent-Type: text\/html\r\n/, status);
    }
    for (const status of ["200 OK", "307 Temporary Redirect"]) {
      const { answered } = await pass(get("a"), reply(status, type));
      assert.match(answered, /\r\nContent-Type: text\/html; charset=UTF-8\r\n/, status);
    }
  });

  it("names in every Connection field of an answer are for this hop alone", async () => {
    const lines =
      "Connection: X-First\r\nX-First: 1\r\nConnection: X-Next\r\nX-Next: 2\r\nX-Kept: 3\r\n";
    const { answered } = await pass(get("a"), reply("200 OK", lines));
    assert.match(answered, /\r\nX-Kept: 3\r\n/);
    assert.doesNotMatch(answered, /X-First|X-Next/);
  });

  it("headers of a Service that only look like ours stay, those that are ours are replaced", async () => {
    const names = ["Response-Latency", "Upstream-Status", "Upstream-Latency", "Proxy-Latency"];
    const lines = names.map((name) => `X-Kong-${name}: theirs\r\n`).join("");
    const { answered } = await pass(get("a"), reply("200 OK", lines));
    assert.match(answered, /\r\nX-Kong-Response-Latency: theirs\r\n/);
    assert.match(answered, /\r\nX-Kong-Upstream-Status: theirs\r\n/);
    assert.doesNotMatch(answered, /(?:Upstream|Proxy)-Latency: theirs/);
  });

  it("where one latency is told, the Service's header of the other name stays", async () => {
    const lines = "X-Kong-Proxy-Latency: theirs\r\nX-Kong-Upstream-Latency: theirs\r\n";
    const { answered } = await pass(get("a"), reply("200 OK", lines), {
      sendsUpstreamLatency: false,
    });
    assert.match(answered, /\r\nX-Kong-Upstream-Latency: theirs\r\n/);
    assert.deepEqual(answered.match(/Proxy-Latency: \w+/g)?.length, 1);
    assert.doesNotMatch(answered, /Proxy-Latency: theirs/);
  });

  it("two Expect fields are refused", async () => {
    const twice = "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nExpect: 100-continue\r\n\r\n";
    const { asked, answered } = await pass(twice, reply("200 OK", ""));
    assert.match(answered, /^HTTP\/1\.1 400 /);
    assert.equal(asked, "");
  });
});
