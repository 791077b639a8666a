import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import type { AddressSet, DnsClient } from "../../../core/balancer/dns/dns-client.ts";
import { DnsFailed, NameResolutionFailed } from "../../../core/errors.ts";
import { type DnsStub, startDnsStub } from "../../helpers/dns-stub.ts";
import { dnsClient, HASTY_MS } from "./fixtures.ts";

const TWICE = "options attempts:2";
const ips = (set: AddressSet) => set.addresses.map(({ ip }) => ip);

describe("DnsClient", () => {
  let stub: DnsStub;
  before(async () => {
    stub = await startDnsStub();
  });
  after(() => stub.close());

  /** A clock that stands until it is moved on: only `performance.now` counts here, timers stay real. */
  function movableClock(t: TestContext): { aheadMs: number } {
    const clock = { aheadMs: 0 };
    const began = performance.now();
    t.mock.method(performance, "now", () => began + clock.aheadMs);
    return clock;
  }

  /** Wait for the refresh that was started in the background. */
  async function refreshed(client: DnsClient, name: string): Promise<AddressSet> {
    for (;;) {
      const set = await client.resolve(name);
      if (set.freshUntilMs > performance.now()) return set;
      await new Promise(setImmediate);
    }
  }

  it("asks in dns_order, and for the type that answered first the next time", async (t) => {
    const clock = movableClock(t);
    stub.table["a.test"] = [{ type: "A", data: "10.0.0.1", ttl: 5 }];
    const client = dnsClient(stub.address, { dns_stale_ttl: 0 });
    stub.asked.length = 0;
    assert.deepEqual(ips(await client.resolve("A.test")), ["10.0.0.1"]);
    assert.ok(!(client.resolve("a.TEST") instanceof Promise));
    clock.aheadMs += 6000;
    await client.resolve("a.test");
    assert.deepEqual(stub.asked, ["SRV a.test", "A a.test", "A a.test"]);
  });

  it("follows CNAMEs within an answer and beyond it", async () => {
    stub.table["inside.test"] = [
      { type: "CNAME", data: "end.test", ttl: 3 },
      { type: "A", name: "end.test", data: "10.0.0.2" },
    ];
    stub.table["beyond.test"] = [{ type: "CNAME", data: "far.test" }];
    stub.table["far.test"] = [{ type: "A", data: "10.0.0.3" }];
    const client = dnsClient(stub.address, { dns_order: ["A"] });
    const inside = await client.resolve("inside.test");
    assert.deepEqual(ips(inside), ["10.0.0.2"]);
    assert.ok(inside.freshUntilMs < performance.now() + 3500, "the least time to live counts");
    assert.deepEqual(ips(await client.resolve("beyond.test")), ["10.0.0.3"]);
  });

  it("ends on names that lead to each other, asked for at the same time", async () => {
    stub.table["x.test"] = [{ type: "CNAME", data: "y.test" }];
    stub.table["y.test"] = [{ type: "CNAME", data: "x.test" }];
    const client = dnsClient(stub.address);
    const sets = await Promise.all([client.resolve("x.test"), client.resolve("y.test")]);
    for (const set of sets) assert.ok(set.error instanceof DnsFailed);
  });

  it("takes IPv6 addresses where dns_order has AAAA", async () => {
    stub.table["six.test"] = [{ type: "AAAA", data: "::5" }];
    const order = ["LAST", "SRV", "A", "AAAA", "CNAME"];
    assert.deepEqual(ips(await dnsClient(stub.address, { dns_order: order }).resolve("six.test")), [
      "::5",
    ]);
    const error = (await dnsClient(stub.address).resolve("six.test")).error;
    assert.ok(error instanceof NameResolutionFailed);
  });

  it("asks over TCP where an answer was cut off", async () => {
    stub.table["big.test"] = "truncated-over-udp";
    stub.hidden["big.test"] = Array.from({ length: 60 }, (_, i) => ({
      type: "A" as const,
      data: `10.0.1.${i}`,
    }));
    assert.equal((await dnsClient(stub.address).resolve("big.test")).addresses.length, 60);
  });

  it("passes over answers with another id and over noise", async () => {
    stub.table["forged.test"] = "wrong-id-first";
    stub.hidden["forged.test"] = [{ type: "A", data: "10.0.0.4" }];
    assert.deepEqual(ips(await dnsClient(stub.address).resolve("forged.test")), ["10.0.0.4"]);
  });

  it("tells a name that is not there from servers that do not know", async () => {
    stub.table["empty.test"] = [];
    stub.table["broken.test"] = { rcode: 2 };
    const client = dnsClient(stub.address);
    for (const name of ["absent.test", "empty.test", "bad..name", `${"a".repeat(64)}.test`]) {
      const { error } = await client.resolve(name);
      assert.ok(error instanceof NameResolutionFailed, name);
      assert.deepEqual([error.status, error.publicMessage], [503, "name resolution failed"]);
    }
    const { error } = await client.resolve("broken.test");
    assert.deepEqual(
      [error?.status, error?.publicMessage],
      [500, "dns server error: 2 server failure"],
    );
  });

  it("gives up on silent servers within the attempts, once and not per type", async () => {
    stub.table["silent.test"] = "silence";
    stub.asked.length = 0;
    const { error } = await dnsClient(stub.address, {}, TWICE, HASTY_MS).resolve("silent.test");
    assert.deepEqual(
      [error?.code, error?.publicMessage],
      ["DNS_FAILED", "dns client error: timeout"],
    );
    while (stub.asked.length < 2) await new Promise(setImmediate); // a busy machine reads them later
    assert.deepEqual(stub.asked, ["SRV silent.test", "SRV silent.test"]);
  });

  it("goes to the next server where one is dead or broken", async () => {
    const taken = createSocket("udp4").bind(0, "127.0.0.1");
    await once(taken, "listening");
    const closed = `127.0.0.1:${taken.address().port}`;
    taken.close();
    const broken = await startDnsStub({ "a.test": { rcode: 5 } });
    stub.table["a.test"] = [{ type: "A", data: "10.0.0.1" }];
    const client = dnsClient([closed, broken.address, stub.address], {}, "options attempts:3");
    assert.deepEqual(ips(await client.resolve("a.test")), ["10.0.0.1"]);
    await broken.close();
  });

  it("serves a stale set while it asks, for dns_stale_ttl and no longer", async (t) => {
    const clock = movableClock(t);
    stub.table["stale.test"] = [{ type: "A", data: "10.0.0.1", ttl: 10 }];
    const client = dnsClient(stub.address, { dns_stale_ttl: 100 }, TWICE, HASTY_MS);
    // on a busy machine the stub, too, may be late: then it is asked again when the error is forgotten
    while ((await client.resolve("stale.test")).error !== null) clock.aheadMs += 2000;
    stub.table["stale.test"] = "silence";
    clock.aheadMs += 20_000;
    assert.deepEqual(ips(client.resolve("stale.test") as AddressSet), ["10.0.0.1"]);
    assert.deepEqual(ips(await refreshed(client, "stale.test")), ["10.0.0.1"]);
    clock.aheadMs += 100_000;
    assert.ok((await client.resolve("stale.test")).error instanceof DnsFailed);
  });

  it("takes a new address after it served the old one", async (t) => {
    const clock = movableClock(t);
    stub.table["moved.test"] = [{ type: "A", data: "10.0.0.1", ttl: 10 }];
    const client = dnsClient(stub.address);
    await client.resolve("moved.test");
    stub.table["moved.test"] = [{ type: "A", data: "10.0.0.2", ttl: 10 }];
    clock.aheadMs += 11_000;
    assert.deepEqual(ips(client.resolve("moved.test") as AddressSet), ["10.0.0.1"]);
    assert.deepEqual(ips(await refreshed(client, "moved.test")), ["10.0.0.2"]);
  });

  it("forgets an address when the name is gone", async (t) => {
    const clock = movableClock(t);
    stub.table["gone.test"] = [{ type: "A", data: "10.0.0.1", ttl: 1 }];
    const client = dnsClient(stub.address);
    await client.resolve("gone.test");
    delete stub.table["gone.test"];
    clock.aheadMs += 2000;
    assert.ok((await refreshed(client, "gone.test")).error instanceof NameResolutionFailed);
  });

  it("keeps old addresses over an error, and asks again after dns_error_ttl", async (t) => {
    const clock = movableClock(t);
    stub.table["wobbly.test"] = [{ type: "A", data: "10.0.0.1", ttl: 1 }];
    const client = dnsClient(stub.address, { dns_error_ttl: 5 });
    await client.resolve("wobbly.test");
    stub.table["wobbly.test"] = { rcode: 2 };
    clock.aheadMs += 2000;
    assert.deepEqual(ips(await refreshed(client, "wobbly.test")), ["10.0.0.1"]);
    stub.asked.length = 0;
    stub.table["wobbly.test"] = [{ type: "A", data: "10.0.0.2" }];
    clock.aheadMs += 4000;
    assert.deepEqual(ips(await refreshed(client, "wobbly.test")), ["10.0.0.1"]);
    assert.deepEqual(stub.asked, [], "not before its time");
    clock.aheadMs += 2000;
    assert.deepEqual(ips(client.resolve("wobbly.test") as AddressSet), ["10.0.0.1"]);
    assert.deepEqual(ips(await refreshed(client, "wobbly.test")), ["10.0.0.2"]);
  });

  it("bounds what it remembers, and lets dns_valid_ttl replace the records' own", async (t) => {
    const clock = movableClock(t);
    for (const i of [1, 2, 3])
      stub.table[`n${i}.test`] = [{ type: "A", data: `10.0.0.${i}`, ttl: 1 }];
    const client = dnsClient(stub.address, { dns_cache_size: 2, dns_valid_ttl: 50 });
    for (const i of [1, 2, 3]) await client.resolve(`n${i}.test`);
    clock.aheadMs += 40_000;
    assert.ok(!(client.resolve("n3.test") instanceof Promise));
    const oldest = client.resolve("n1.test");
    assert.ok(oldest instanceof Promise, "the oldest made room");
    await oldest;
  });

  it("believes the hosts file before any server", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hosts-"));
    const file = join(folder, "hosts");
    writeFileSync(file, "10.0.0.7 known.test\n::7 known6.test\n");
    const client = dnsClient(stub.address, { dns_hostsfile: file });
    rmSync(folder, { recursive: true });
    assert.deepEqual(ips(client.resolve("Known.test") as AddressSet), ["10.0.0.7"]);
    assert.deepEqual(ips(client.resolve("known6.test") as AddressSet), ["::7"]);
    assert.deepEqual(ips(client.resolve("localhost") as AddressSet), ["127.0.0.1"]);
  });

  it("searches the domains of resolv.conf", async () => {
    stub.table["web.corp.test"] = [{ type: "A", data: "10.0.0.8" }];
    const client = dnsClient(stub.address, {}, "search corp.test\noptions attempts:1");
    assert.deepEqual(ips(await client.resolve("web")), ["10.0.0.8"]);
  });
});
