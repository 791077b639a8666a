/** Conditions, answers that are used again, bodies and contexts of the native protocol, over a real socket. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EXIT } from "../../../core/pdk/exit.ts";
import { PHASE } from "../../../core/phases/phases.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { stepOf } from "./native-remote.ts";
import { nativeRig } from "./native-rig.ts";
import { FRAME, write } from "./native-small-server.ts";
import { pluginConfig } from "./remote.ts";

const plugin = pluginConfig("p1");
const rig = nativeRig();

const countsOf = (phase: string) => rig.host.server.counts().find((one) => one.phase === phase)!;
const events = (): number => rig.small.of(FRAME.EVENT).length;

describe("conditions", () => {
  it("decide in the gateway whether a request is worth an event", async () => {
    const condition = {
      all: {
        list: [
          { method_in: { list: ["GET", "HEAD"] } },
          { not: { path_prefix: { list: ["/health"] } } },
          {
            any: {
              list: [
                { header_in: { name: "x-let", list: ["in", "Grüße"] } },
                { query_present: "token" },
                { route_in: { list: ["special"] } },
              ],
            },
          },
        ],
      },
    };
    rig.small.onStart = () => ({ started: { conditions: [{ phases: PHASE.access, condition }] } });
    const special = { id: "r1", name: "special" };
    const cases: [ReturnType<typeof makeExchange>, boolean][] = [
      [makeExchange("GET", "/"), false],
      [makeExchange("GET", "/?a=1&token"), true],
      [makeExchange("GET", "/?tokens=1"), false],
      [makeExchange("POST", "/?token"), false],
      [makeExchange("GET", "/healthy?token"), false],
      [makeExchange("HEAD", "/", { "X-Let": "in" }), true],
      [makeExchange("HEAD", "/", { "X-Let": "out" }), false],
      [makeExchange("GET", "/", { "X-Let": Buffer.from("Grüße").latin1Slice() }), true],
      [Object.assign(makeExchange("GET", "/"), { route: special }), true],
    ];
    for (const [x, isMet] of cases) {
      const before = events();
      assert.equal(await rig.host.run(plugin, "access", x), null);
      assert.equal(events() - before, isMet ? 1 : 0, `${x.method} ${x.target}`);
    }
    assert.equal(countsOf("access").skipped, cases.filter(([, isMet]) => !isMet).length);
    await rig.host.run(plugin, "rewrite", makeExchange("POST", "/"));
    assert.equal(events(), cases.filter(([, isMet]) => isMet).length + 1, "of another phase");
  });
});

describe("answers that may be used again", () => {
  const start = {
    started: { cache_key: { parts: [{ kind: 4, name: "authorization" }, { kind: 3 }] } },
  };

  it("are used for requests with the same key, exits too, until they end", async (t) => {
    rig.small.onStart = () => start;
    rig.small.behaviour = ({ event }) => ({
      ran: 1,
      cache_ms: 1000,
      writes: String(event.headers).includes("bad")
        ? [write.call("kong.response.exit", { integer: 401 })]
        : [write.setRequestHeader("x-user", "u")],
    });
    const ask = async (value: string): Promise<[unknown, ReturnType<typeof makeExchange>]> => {
      const x = makeExchange("GET", "/a", { authorization: value });
      return [await rig.host.run(plugin, "access", x), x];
    };
    // a clock a thousand times as slow, so that no pause of the machine makes an answer too old
    const now = performance.now.bind(performance);
    const began = now();
    let later = 0;
    // one mock and no second: the first to be taken back would leave the other one's clock behind
    t.mock.method(performance, "now", () => began + later + (now() - began) / 1000);
    for (let n = 0; n < 3; n++) {
      const [outcome, x] = await ask("good");
      assert.deepEqual([outcome, x.requestHeaders.get("x-user")], [null, "u"]);
      const [refused, y] = await ask("bad");
      assert.deepEqual([refused, y.answer?.status], [EXIT, 401]);
    }
    assert.equal(events(), 2);
    assert.equal(countsOf("access").cacheHits, 4);
    later = 1001;
    await ask("good");
    assert.equal(events(), 3);
  });

  it("are gone with the instance, and never kept where the plugin asked for more", async () => {
    rig.small.onStart = () => start;
    rig.small.behaviour = () => ({ ran: 1, cache_ms: 60_000 });
    await rig.host.run(plugin);
    await rig.host.run(plugin);
    assert.equal(events(), 1);
    await rig.host.run(pluginConfig("p1")); // the same plugin config, loaded anew
    assert.equal(events(), 2);
    rig.small.behaviour = async ({ call }) => {
      await call("kong.request.get_method");
      return { ran: 1, cache_ms: 60_000 };
    };
    const other = makeExchange("GET", "/other");
    await rig.host.run(plugin, "access", other);
    await rig.host.run(plugin, "access", makeExchange("GET", "/other"));
    assert.equal(events(), 4);
  });
});

describe("a body", () => {
  /** Send chunks through body_filter. @returns what goes on to the client */
  async function filter(chunks: readonly string[]): Promise<string[]> {
    const x = makeExchange();
    x.phase = PHASE.body_filter;
    const step = stepOf(plugin);
    const out: string[] = [];
    for (const [n, chunk] of chunks.entries()) {
      x.chunk = Buffer.from(chunk);
      x.chunkIsLast = n === chunks.length - 1;
      x.plugin = step;
      const pending = rig.host.server.runBody(x, step);
      if (pending !== undefined) {
        await new Promise((done, failed) => void pending.then(() => done(null), failed));
      }
      out.push(x.chunk === null ? "" : x.chunk.toString());
      if (x.chunkIsLast) break;
    }
    return out;
  }

  it("goes to the plugin chunk by chunk and comes back changed, swallowed, as it was or ended early", async () => {
    rig.small.behaviour = ({ connection, stream }) => {
      connection.chunks.set(stream, ({ data }) => {
        const text = String(data ?? "");
        if (text === "same") return { is_unchanged: true };
        if (text === "none") return {};
        if (text === "stop") return { data: "END", is_last: true };
        return { data: text.toUpperCase() };
      });
      return { ran: 1, wants_body: true };
    };
    assert.deepEqual(await filter(["a", "same", "none", "b"]), ["A", "same", "", "B"]);
    assert.deepEqual(await filter(["a", "stop", "never"]), ["A", "END"]);
    assert.equal(events(), 2);
    assert.equal(rig.small.of(FRAME.CHUNK).length, 6);
    for (const endpoint of rig.host.server.endpoints) {
      assert.equal(endpoint.active, 0);
      assert.equal(endpoint.life!.link.streams.active, 0);
    }
  });

  it("that is not wanted goes past without a call", async () => {
    assert.deepEqual(await filter(["a", "b", "c"]), ["a", "b", "c"]);
    assert.equal(events(), 1);
    assert.equal(rig.small.of(FRAME.CHUNK).length, 0);
  });

  it("is not sent on when its plugin server dies in the middle", async () => {
    rig.small.behaviour = ({ connection, stream }) => {
      connection.chunks.set(stream, ({ data }) => {
        if (String(data) === "b") connection.socket.destroy();
        return { is_unchanged: true };
      });
      return { ran: 1, wants_body: true };
    };
    await assert.rejects(filter(["a", "b", "c"]), { code: "PLUGIN_PROTOCOL_ERROR" });
  });
});

describe("a context", () => {
  it("is forgotten when its request is over", async () => {
    rig.small.behaviour = () => ({ ran: 1, keeps_context: true });
    const x = makeExchange();
    await rig.host.run(plugin, "access", x);
    await rig.host.run(plugin, "log", x);
    for (let kept = x.remoteKept; kept !== null; kept = kept.next) kept.onRequestOver();
    const [event] = rig.small.of(FRAME.EVENT);
    await new Promise<void>((done) => {
      rig.small.onSeen = ({ type }) => {
        if (type === FRAME.FORGET) done();
      };
    });
    assert.deepEqual(rig.small.of(FRAME.FORGET), [{ requests: [event!.request] }]);
  });
});

describe("a client that goes away", () => {
  it("ends its event, and nothing goes on behind it", async () => {
    rig.small.behaviour = () => null;
    const x = makeExchange();
    let isTold = false;
    void rig.host.run(plugin, "access", x).then(() => {
      isTold = true;
    });
    await new Promise<void>((done) => {
      rig.small.onSeen = ({ type }) => {
        if (type === FRAME.EVENT) done();
      };
    });
    const cancelled = new Promise<void>((done) => {
      rig.small.onSeen = ({ type }) => {
        if (type === FRAME.CANCEL) done();
      };
    });
    x.remoteWait!.onClientGone();
    await cancelled;
    assert.equal(rig.small.of(FRAME.CANCEL)[0]!.reason, 2);
    assert.equal(isTold, false);
    assert.equal(x.remoteWait, null);
    assert.equal(rig.host.server.endpoints[0]!.active, 0);
  });
});
