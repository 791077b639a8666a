/**
 * New code over ProtoBuf:1, which knows no error but a closed connection, and over gRPC, where a connection takes some
 * turns to open: no request fails; and new code that is there because a watched file has changed.
 */
import assert from "node:assert/strict";
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
import { shows } from "../../helpers/shows.ts";

let upstream: Upstream;
before(async () => {
  upstream = await startUpstream();
});
after(() => upstream.close());

async function version(rig: Rig): Promise<string> {
  const agent = new http.Agent();
  const { version: now } = await ask(rig.gateway, agent);
  agent.destroy();
  return now;
}

/** What new code is worth nothing, and what the refusal says. */
const WORTHLESS = {
  protobuf: [["crash", /ended with status 3/]],
  grpc: [
    ["crash", /ended with status 3/],
    ["refuse", /takes no configuration/],
  ],
} as const;

for (const protocol of ["protobuf", "grpc"] as const) {
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
          assert.equal(status, 200, `${n}: ${message}`);
          assert.equal(await version(rig), String(n));
        }
      } finally {
        isOver = true;
      }
      const { bad, versions } = await loading;
      if (bad.length > 0) console.log(rig.gateway.errorLog());
      assert.deepEqual(bad, []);
      assert.ok(versions.size > 1, JSON.stringify([...versions]));
    });

    it("is refused with the reason where it is worth nothing, and requests go on as before", async () => {
      let isOver = false;
      const loading = load(rig.gateway, () => isOver);
      try {
        for (const [text, reason] of WORTHLESS[protocol]) {
          rig.write(text);
          const { status, message } = await rig.act("reload");
          assert.equal(status, 409, message);
          assert.match(message, reason);
        }
      } finally {
        isOver = true;
      }
      const { bad, versions } = await loading;
      assert.deepEqual(bad, []);
      assert.deepEqual([...versions.keys()], [String(RELOADS + 1)]);
    });
  });
}

describe("a watched file", () => {
  let rig: Rig;
  before(async () => {
    rig = await startRig("msgpack", upstream, (file) => ({ pluginserver_code_watch: file }));
  });
  after(() => rig?.stop());

  // Goal: who saves a file finds its code in force soon, and bad code changes nothing. Method: two changes, one of them bad.
  it("that changes brings its code, under load, and no request fails", async () => {
    let isOver = false;
    const loading = load(rig.gateway, () => isOver);
    try {
      rig.write("crash");
      await shows("it is refused", async () => {
        const { reload } = (await rig.view()) as { reload: { last: { outcome: string } | null } };
        return reload.last?.outcome === "refused";
      });
      assert.equal(await version(rig), "1");
      rig.write("second");
      await shows("it serves", async () => (await version(rig)) === "second");
    } finally {
      isOver = true;
    }
    assert.deepEqual((await loading).bad, []);
  });
});
