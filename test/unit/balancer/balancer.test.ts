import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Peer } from "../../../core/balancer/peer.ts";
import { NameResolutionFailed, NoPeer } from "../../../core/errors.ts";
import { type DnsStub, startDnsStub } from "../../helpers/dns-stub.ts";
import { balancerOf, dnsClient, snapshotOf } from "./fixtures.ts";

const NONE = snapshotOf({});

describe("Balancer", () => {
  let stub: DnsStub;
  before(async () => {
    stub = await startDnsStub({
      "one.test": [{ type: "A", data: "10.0.0.1" }],
      "two.test": [
        { type: "A", data: "10.0.0.1" },
        { type: "A", data: "10.0.0.2" },
      ],
      "_srv.test": [
        { type: "SRV", data: { target: "one.test", port: 81, weight: 10, priority: 0 } },
        { type: "SRV", data: { target: "one.test", port: 82, weight: 30, priority: 0 } },
        { type: "SRV", data: { target: "one.test", port: 83, weight: 10, priority: 5 } },
      ],
      "zero-weight.test": [{ type: "SRV", data: { target: "one.test", port: 81, weight: 0 } }],
      "brief.test": [{ type: "A", data: "10.0.0.1", ttl: 0 }],
    });
  });
  after(() => stub.close());
  const make = () => balancerOf(dnsClient(stub.address));

  it("has one peer for an address, at once", () => {
    const balancer = make();
    const peer = balancer.pick("10.1.1.1", 80, NONE, []) as Peer;
    assert.deepEqual(
      { ...peer },
      { ip: "10.1.1.1", port: 80, path: null, hostname: "10.1.1.1", hostHeader: null, pool: null },
    );
    assert.equal(balancer.pick("10.1.1.1", 80, NONE, []), peer);
    assert.notEqual(balancer.pick("10.1.1.1", 81, NONE, []), peer);
  });

  it("knows IPv6 with and without brackets, and Unix sockets", () => {
    const balancer = make();
    for (const host of ["::1", "[::1]"]) {
      const peer = balancer.pick(host, 80, NONE, []) as Peer;
      assert.deepEqual([peer.ip, peer.hostname], ["::1", "[::1]"]);
    }
    const socket = balancer.pick("unix:/run/a.sock", 80, NONE, []) as Peer;
    assert.deepEqual([socket.path, socket.hostname], ["/run/a.sock", "localhost"]);
  });

  it("gives the port of the Target, 8000 if it has none, and the host_header", () => {
    const snapshot = snapshotOf({ "u.test": [["10.0.0.9"]] }, { host_header: "other.test" });
    const peer = make().pick("u.test", 1, snapshot, []) as Peer;
    assert.deepEqual([peer.port, peer.hostHeader, peer.hostname], [8000, "other.test", "10.0.0.9"]);
  });

  it("does not tell an Upstream by its name in another case", async () => {
    const snapshot = snapshotOf({ "ONE.test": [["10.9.9.9:1"]] });
    assert.equal((await make().pick("one.test", 80, snapshot, [])).ip, "10.0.0.1");
  });

  it("throws at once where an Upstream has no Target with a weight", () => {
    const snapshot = snapshotOf({ "empty.test": [], "zero.test": [["10.0.0.1:1", 0]] });
    for (const host of ["empty.test", "zero.test"]) {
      assert.throws(
        () => make().pick(host, 80, snapshot, []),
        (e) =>
          e instanceof NoPeer &&
          e.status === 503 &&
          e.publicMessage === "failure to get a peer from the ring-balancer",
      );
    }
  });

  it("goes on where it was when a new version has the same Targets, and keeps both versions", () => {
    const balancer = make();
    const targets = [["10.0.0.1:1"], ["10.0.0.1:2"], ["10.0.0.1:3"]] as const;
    const first = snapshotOf({ u: targets });
    const second = snapshotOf({ u: targets });
    const third = snapshotOf({ u: [["10.0.0.1:4"]] });
    const port = (snapshot: typeof first) => (balancer.pick("u", 80, snapshot, []) as Peer).port;
    assert.deepEqual([port(first), port(second), port(second)], [1, 2, 3]);
    assert.deepEqual([port(third), port(second), port(third)], [4, 1, 4]);
  });

  it("asks for a name once for all that wait, then answers at once, in turn", async () => {
    const balancer = make();
    stub.asked.length = 0;
    const first = [1, 2, 3, 4].map(() => balancer.pick("two.test", 80, NONE, []));
    assert.ok(first.every((pick) => pick instanceof Promise));
    const ips = (await Promise.all(first)).map((peer) => peer.ip);
    assert.deepEqual(ips, ["10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.2"]);
    assert.deepEqual(stub.asked, ["SRV two.test", "A two.test"]);
    const peer = balancer.pick("two.test", 80, NONE, []) as Peer;
    assert.deepEqual([peer.ip, peer.port, peer.hostname], ["10.0.0.1", 80, "two.test"]);
  });

  it("follows service records of a plain name by weight, lowest priority only", async () => {
    const balancer = make();
    await balancer.pick("_srv.test", 1, NONE, []);
    const ports = Array.from({ length: 8 }, () => balancer.pick("_srv.test", 1, NONE, []) as Peer);
    assert.deepEqual(ports.map(({ port }) => port).sort(), [81, 81, 82, 82, 82, 82, 82, 82]);
    assert.equal(ports[0]!.hostname, "_srv.test");
  });

  it("follows all service records of a Target, with their own weights", async () => {
    const balancer = make();
    const snapshot = snapshotOf({ u: [["_srv.test:1", 7]] });
    await balancer.pick("u", 1, snapshot, []);
    const rest = Array.from({ length: 9 }, () => balancer.pick("u", 1, snapshot, []) as Peer);
    const counts = new Map<number, number>();
    for (const { port } of rest) counts.set(port, (counts.get(port) ?? 0) + 1);
    assert.deepEqual([counts.get(81), counts.get(82), counts.get(83)], [2, 5, 2]); // 82 was first
    const named = snapshotOf({ u: [["_srv.test:1"]] }, { use_srv_name: true });
    assert.equal((await balancer.pick("u", 1, named, [])).hostname, "one.test");
    const zero = snapshotOf({ u: [["zero-weight.test"]] });
    assert.equal((await balancer.pick("u", 1, zero, [])).port, 81);
  });

  it("uses the Targets that resolve; where none does, the Upstream has no peer", async () => {
    const balancer = make();
    const half = snapshotOf({ u: [["absent.test:80"], ["one.test:80"]] });
    for (let i = 0; i < 4; i++) {
      assert.equal((await balancer.pick("u", 1, half, [])).hostname, "one.test");
    }
    const lost = snapshotOf({ u: [["absent.test:80"]] });
    await assert.rejects(async () => balancer.pick("u", 1, lost, []), NoPeer);
    await assert.rejects(
      async () => balancer.pick("absent.test", 1, NONE, []),
      NameResolutionFailed,
    );
    assert.throws(() => balancer.pick("absent.test", 1, NONE, []), NameResolutionFailed); // remembered
  });

  it("asks for a name with a time to live of 0 for each request, for plain names and Targets", async () => {
    const balancer = make();
    const snapshot = snapshotOf({ u: [["brief.test:80"]] });
    for (const host of ["brief.test", "u"]) {
      stub.asked.length = 0;
      for (let i = 0; i < 3; i++) await balancer.pick(host, 80, snapshot, []);
      assert.ok(stub.asked.filter((q) => q === "A brief.test").length >= 3, stub.asked.join());
    }
  });

  it("has the names of Targets ready after warm", async () => {
    const balancer = make();
    const snapshot = snapshotOf({ u: [["one.test:80"]], empty: [] });
    balancer.warm(snapshot);
    await balancer.pick("u", 80, snapshot, []); // joins the lookup that is under way
    assert.ok(!(balancer.pick("u", 80, snapshot, []) instanceof Promise));
  });
});
