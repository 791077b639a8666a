/**
 * Tries that bring no answer: which are repeated, and what logs and latencies tell of them, as a Kong 3.9.3 beside us did.
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { type EngineOptions, RawClient, RawUpstream, runEngine } from "../../helpers/run-engine.ts";
import type { Exchange } from "../../../core/exchange/exchange.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const BAD = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad";
const PART = "HTTP/1.1 200 OK\r\nX-A";

const stops: (() => unknown)[] = [];
after(async () => {
  for (const stop of stops) await stop();
});

interface Outcome {
  readonly answer: string;
  readonly x: Exchange;
}

/** @param answers of one connection each: bytes, after which it closes unless they are a whole answer */
async function ask(
  method: string,
  answers: readonly string[],
  service: EngineOptions["service"],
): Promise<Outcome> {
  let asked = 0;
  const upstream = new RawUpstream(({ socket }) => {
    const answer = answers[asked++] ?? PART;
    if (answer === OK || answer === BAD) socket.write(answer);
    else socket.end(answer);
  });
  const upstreamPort = await upstream.listen();
  const engine = await runEngine({ transport: "onread", upstreamPort, service: service ?? {} });
  stops.push(
    () => engine.stop(),
    () => upstream.stop(),
  );
  const client = new RawClient(engine.port);
  const length = method === "POST" ? "Content-Length: 2\r\n\r\nhi" : "\r\n";
  client.send(`${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${length}`);
  const answer = await client.untilClosed();
  await engine.untilFinished(1);
  return { answer, x: engine.finished[0] as Exchange };
}

const states = ({ x }: Outcome) => x.tries?.map((one) => [one.state, one.code]);

describe("tries without an answer", { timeout: 600_000 }, () => {
  it("a part of a head is no answer: the next try's is", async () => {
    const outcome = await ask("GET", [PART, "", OK], { retries: 5 });
    assert.match(outcome.answer, /^HTTP\/1\.1 200 .*\r\n\r\nok$/s);
    assert.deepEqual(states(outcome), [
      ["failed", 502],
      ["failed", 502],
      [undefined, undefined],
    ]);
  });

  it("nor is it for a POST, which is not repeated", async () => {
    const outcome = await ask("POST", [PART, OK], { retries: 5 });
    assert.match(outcome.answer, /^HTTP\/1\.1 502 /);
    assert.deepEqual(states(outcome), [[undefined, 502]], "not failed: tries were left");
  });

  it("the last try is failed where none is left", async () => {
    const outcome = await ask("GET", [], { retries: 1 });
    assert.deepEqual(states(outcome), [
      ["failed", 502],
      ["failed", 502],
    ]);
  });

  it("a Service's own 502 counts as failed where no try was left", async () => {
    assert.deepEqual(states(await ask("GET", [BAD], { retries: 0 })), [["failed", 502]]);
    assert.deepEqual(states(await ask("GET", [BAD], { retries: 1 })), [[undefined, undefined]]);
  });

  it("the Service's latency is the wait for the last try, answered or not", async () => {
    const { x, answer } = await ask("GET", [], { retries: 1 });
    const last = x.tries?.[1];
    assert.ok(last !== undefined);
    assert.equal(x.accessEndMs, last.balancerStartMs + last.balancerLatencyMs);
    assert.ok(x.serviceFirstByteMs >= x.accessEndMs);
    assert.match(answer, /\r\nX-Kong-Upstream-Latency: \d+\r\n/);
  });
});
