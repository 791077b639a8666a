/**
 * New code for plugin servers of a gateway under load: no request fails, whatever the new code is worth. Over MsgPack:1 the
 * start command names its path itself, over the native protocol it takes the socket that it is given.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import http from "node:http";
import { after, before, describe, it } from "node:test";
import {
  ask,
  load,
  RELOADS,
  type Rig,
  startRig,
  startUpstream,
  type Upstream,
} from "./code-reload-rig.ts";
import { SHOWS_MS } from "../../helpers/shows.ts";

let upstream: Upstream;
before(async () => {
  upstream = await startUpstream();
});
after(() => upstream.close());

for (const protocol of ["msgpack", "native"] as const) {
  describe(`new code, ${protocol}`, () => {
    let rig: Rig;
    before(async () => {
      rig = await startRig(protocol, upstream);
    });
    after(() => rig?.stop());

    it(`comes ${RELOADS} times under load, and no request fails`, async () => {
      let isOver = false;
      const loading = load(rig.gateway, () => isOver);
      try {
        for (let n = 2; n < RELOADS + 2; n++) {
          rig.write(String(n));
          const { status, message } = await rig.act("reload");
          if (status !== 200) console.log(rig.gateway.errorLog());
          assert.equal(status, 200, `${n}: ${message}`);
          const agent = new http.Agent();
          assert.equal((await ask(rig.gateway, agent)).version, String(n));
          agent.destroy();
        }
      } finally {
        isOver = true;
      }
      const { bad, versions } = await loading;
      if (bad.length > 0) console.log(rig.gateway.errorLog());
      assert.deepEqual(bad, []);
      assert.ok(versions.size > 1, JSON.stringify([...versions]));
      const { processes } = await rig.view();
      assert.equal((processes as unknown[]).length, 1);
    });

    it("is refused with the reason where it is worth nothing, and requests go on as before", async () => {
      let isOver = false;
      const loading = load(rig.gateway, () => isOver);
      const refusals: string[] = [];
      const worthless = protocol === "native" ? ["crash"] : ["crash", "refuse", "phases"];
      for (const version of worthless) {
        rig.write(version);
        const { status, message } = await rig.act("reload");
        assert.equal(status, 409, message);
        refusals.push(message);
      }
      isOver = true;
      const { bad, versions } = await loading;
      assert.deepEqual(bad, []);
      assert.deepEqual([...versions.keys()], [String(RELOADS + 1)]);
      assert.match(refusals[0] ?? "", /ended with status 3/);
      if (protocol === "msgpack") {
        assert.match(refusals[1] ?? "", /takes no configuration/);
        assert.match(refusals[2] ?? "", /other phases/);
      }
      const { reload } = await rig.view();
      assert.equal((reload as { last: { outcome: string } }).last.outcome, "refused");
    });

    it("is tried with a share of the requests, and taken when a person says so", async () => {
      rig.write("tried");
      assert.equal((await rig.act("reload", "?canary=50%25")).status, 202);
      const until = performance.now() + SHOWS_MS;
      let seen = new Map<string, number>();
      while (seen.size < 2 && performance.now() < until) {
        let left = 60;
        ({ versions: seen } = await load(rig.gateway, () => left-- <= 0));
      }
      assert.deepEqual([...seen.keys()].sort(), [String(RELOADS + 1), "tried"].sort());
      const promoted = await rig.gateway.verb("plugin-server", "promote", "code");
      assert.deepEqual(promoted, { code: 0, output: "code: all requests go to the new code\n" });
      const again = await rig.gateway.verb("plugin-server", "promote", "code");
      assert.equal(again.code, 1);
      assert.match(again.output, /no new code is being tried/);
      const { output } = await rig.gateway.verb("plugin-server", "list");
      assert.match(output, /^code\t\S+:1\tready\tpid \d+\t0 restarts\n$/);
      let left = 20;
      const { versions, bad } = await load(rig.gateway, () => left-- <= 0);
      assert.deepEqual([[...versions.keys()], bad], [["tried"], []]);
    });

    it("leaves nothing behind but the processes and sockets of the code in force", async () => {
      const until = performance.now() + SHOWS_MS;
      const socketsOf = (): string[] =>
        readdirSync(rig.folder).filter((n) => n.startsWith("s.sock"));
      while (socketsOf().filter((n) => n.includes(".r")).length > 1) {
        assert.ok(performance.now() < until, String(socketsOf()));
        await new Promise((next) => setTimeout(next, 20));
      }
      const { processes } = await rig.view();
      const [{ socket }] = processes as [{ socket: string }];
      assert.ok(existsSync(socket));
    });
  });
}

describe("a canary that fails", () => {
  let rig: Rig;
  before(async () => {
    rig = await startRig("msgpack", upstream);
  });
  after(() => rig?.stop());

  it("is given up by itself", async () => {
    rig.write("fail");
    assert.equal((await rig.act("reload", "?canary=40&decide_after=60")).status, 202);
    const until = performance.now() + SHOWS_MS;
    for (;;) {
      let left = 60;
      await load(rig.gateway, () => left-- <= 0);
      const { reload } = await rig.view();
      const { last } = reload as { last: { outcome: string } };
      if (last.outcome === "rolled-back") break;
      assert.ok(performance.now() < until, JSON.stringify(reload));
    }
    let left = 20;
    const { versions, bad } = await load(rig.gateway, () => left-- <= 0);
    assert.deepEqual([[...versions.keys()], bad], [["1"], []]);
  });
});
