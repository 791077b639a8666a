import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dnsSettings } from "../../../core/balancer/dns/dns-settings.ts";
import { parseHosts } from "../../../core/balancer/dns/hosts-file.ts";
import {
  candidateNames,
  loadResolverConfig,
  parseNameServer,
  parseResolvConf,
} from "../../../core/balancer/dns/resolv-conf.ts";
import { parseTarget } from "../../../core/balancer/target-address.ts";
import { InvalidSetting } from "../../../core/errors.ts";
import { SETTINGS } from "./fixtures.ts";

describe("resolv.conf", () => {
  it("gives servers, search domains and options, and passes over the rest", () => {
    const text = [
      "# a comment",
      "nameserver 10.0.0.1 ; the first",
      "nameserver fe80::1%eth0",
      "nameserver nonsense",
      "search Corp.Test. second.test",
      "options ndots:2 timeout:3 attempts:1 rotate edns0",
      "sortlist 10.0.0.0",
    ].join("\n");
    assert.deepEqual(parseResolvConf(text), {
      servers: [
        { ip: "10.0.0.1", port: 53 },
        { ip: "fe80::1%eth0", port: 53 },
      ],
      search: ["corp.test", "second.test"],
      ndots: 2,
      timeoutMs: 3000,
      attempts: 1,
      rotate: true,
    });
  });

  it("has Kong's defaults, and bounds what it is told", () => {
    const { ndots, timeoutMs, attempts } = parseResolvConf("");
    assert.deepEqual({ ndots, timeoutMs, attempts }, { ndots: 1, timeoutMs: 2000, attempts: 5 });
    assert.equal(parseResolvConf("options timeout:9999").timeoutMs, 30_000);
    assert.equal(parseResolvConf("options attempts:0").attempts, 5);
  });

  it("reads every form of dns_resolver and refuses others with the value", () => {
    assert.deepEqual(parseNameServer("10.0.0.1"), { ip: "10.0.0.1", port: 53 });
    assert.deepEqual(parseNameServer("10.0.0.1:5353"), { ip: "10.0.0.1", port: 5353 });
    assert.deepEqual(parseNameServer("::1"), { ip: "::1", port: 53 });
    assert.deepEqual(parseNameServer("[::1]:5353"), { ip: "::1", port: 5353 });
    for (const bad of ["", "name.test", "10.0.0.1:0", "10.0.0.1:99999", "[10.0.0.1", "1.2.3.4:x"]) {
      assert.throws(
        () => parseNameServer(bad),
        (e) => e instanceof InvalidSetting && e.message.includes(`'${bad}'`),
      );
    }
  });

  it("asks this machine where nobody else is named, and lets dns_resolver win", () => {
    assert.deepEqual(loadResolverConfig(null, "/nonexistent").servers, [
      { ip: "127.0.0.1", port: 53 },
    ]);
    assert.deepEqual(loadResolverConfig(["127.0.0.1:1"], "/nonexistent").servers, [
      { ip: "127.0.0.1", port: 1 },
    ]);
  });

  it("searches first where a name has few dots", () => {
    const config = { search: ["corp.test"], ndots: 2 };
    assert.deepEqual(candidateNames("a.b", config), ["a.b.corp.test", "a.b"]);
    assert.deepEqual(candidateNames("a.b.c", config), ["a.b.c", "a.b.c.corp.test"]);
    assert.deepEqual(candidateNames("a.b.", config), ["a.b"]);
  });
});

describe("hosts file", () => {
  it("keeps the first address of a kind for each name", () => {
    const entries = parseHosts(
      "127.0.0.1 One one.test # no.test\n10.0.0.2\tone\n::2 one\n\nnonsense two",
    );
    assert.deepEqual(entries.get("one"), { v4: "127.0.0.1", v6: "::2" });
    assert.deepEqual(entries.get("one.test"), { v4: "127.0.0.1", v6: "" });
    assert.equal(entries.has("no.test"), false);
    assert.equal(entries.has("two"), false);
    assert.deepEqual(entries.get("localhost"), { v4: "127.0.0.1", v6: "::1" });
  });
});

describe("parseTarget", () => {
  const cases: [string, string, number][] = [
    ["a.test", "a.test", 8000],
    ["a.test:80", "a.test", 80],
    ["10.0.0.1", "10.0.0.1", 8000],
    ["10.0.0.1:1", "10.0.0.1", 1],
    ["::1", "::1", 8000],
    ["[::1]", "::1", 8000],
    ["[0000:0000::1]:81", "0000:0000::1", 81],
    ["unix:/run/a.sock", "unix:/run/a.sock", 0],
  ];
  for (const [target, host, port] of cases) {
    it(`reads ${target}`, () => assert.deepEqual(parseTarget(target), { host, port }));
  }
});

describe("dnsSettings", () => {
  const resolver = {
    new_dns_client: true,
    resolver_address: ["127.0.0.1:1"],
    resolver_hosts_file: "/hosts",
    resolver_family: ["AAAA", "A"],
    resolver_valid_ttl: 5,
    resolver_stale_ttl: 6,
    resolver_lru_cache_size: 7,
    resolver_error_ttl: 8,
  };

  it("reads the new client's settings where it is switched on", () => {
    assert.deepEqual(dnsSettings({ ...SETTINGS, ...resolver }), {
      dns_resolver: ["127.0.0.1:1"],
      dns_hostsfile: "/hosts",
      dns_order: ["LAST", "A", "AAAA"],
      dns_valid_ttl: 5,
      dns_stale_ttl: 6,
      dns_cache_size: 7,
      dns_not_found_ttl: 8,
      dns_error_ttl: 8,
    });
    const off = { ...SETTINGS, ...resolver, new_dns_client: false };
    assert.equal(dnsSettings(off), off);
  });
});
