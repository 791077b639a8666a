/** Addresses, CIDR blocks and ports, and how the flavours read a Host. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AddressSet, parseAddress } from "../../../core/router/address-set.ts";
import { splitHostCompatible, splitHostTraditional } from "../../../core/router/host-names.ts";

describe("AddressSet", () => {
  const table: readonly (readonly [string, number | null, string, number, boolean])[] = [
    ["127.0.0.1", null, "127.0.0.1", 1, true],
    ["127.0.0.1", null, "127.0.0.2", 1, false],
    ["127.168.0.0/8", null, "127.1.2.3", 1, true],
    ["10.0.0.0/9", null, "10.128.0.0", 1, false],
    ["0.0.0.0/0", null, "255.255.255.255", 1, true],
    ["192.0.2.1/32", 80, "192.0.2.1", 80, true],
    ["192.0.2.1/32", 80, "192.0.2.1", 81, false],
    ["::1", null, "::1", 1, true],
    ["2001:db8::/33", null, "2001:db8:7fff::1", 1, true],
    ["2001:db8::/33", null, "2001:db8:8000::1", 1, false],
    ["127.0.0.0/8", null, "::ffff:127.0.0.1", 1, true],
    ["::/0", null, "10.0.0.1", 1, true],
    ["127.0.0.1", null, "unix:", 1, false],
    ["127.0.0.1", null, "", -1, false],
    ["300.0.0.1", null, "300.0.0.1", 1, false],
    ["10.0.0.0/33", null, "10.0.0.0", 1, false],
  ];
  for (const [ip, port, askedIp, askedPort, expected] of table) {
    it(`${ip} ${port ?? "any"} ${expected ? "has" : "has not"} ${askedIp} ${askedPort}`, () => {
      assert.equal(new AddressSet([{ ip, port }]).has(askedIp, askedPort), expected);
    });
  }
  it("takes a port alone for any address", () => {
    assert.equal(new AddressSet([{ port: 5 }]).has("nonsense", 5), true);
    assert.equal(new AddressSet([{ port: 5 }]).has("10.0.0.1", 6), false);
  });
});

describe("parseAddress", () => {
  it("refuses what is none", () => {
    for (const text of [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.x",
      "::g",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
    ]) {
      assert.equal(parseAddress(text), null, text);
    }
  });
  it("reads all forms of IPv6", () => {
    assert.deepEqual(parseAddress("[::1]"), [0, 0, 0, 1]);
    assert.deepEqual(parseAddress("1:2:3:4:5:6:7:8"), [0x10002, 0x30004, 0x50006, 0x70008]);
    assert.deepEqual(parseAddress("fe80::1%eth0"), [0xfe800000, 0, 0, 1]);
    assert.deepEqual(parseAddress("::ffff:1.2.3.4"), [0, 0, 0xffff, 0x01020304]);
  });
});

describe("a Host, by flavour", () => {
  const table: readonly (readonly [string, string, string, string, string])[] = [
    // as sent, compatible host and port, traditional host and port
    ["a.test", "a.test", "", "a.test", ""],
    ["a.test:80", "a.test", "80", "a.test", "80"],
    ["a.test:", "a.test:", "", "a.test", ""],
    ["a.test:x", "a.test:x", "", "a.test:x", ""],
    ["::1", "::1", "", "::1", ""],
    ["[::1]", "[::1]", "", "::1", ""],
    ["[::1]:80", "[::1]:80", "", "::1", "80"],
    ["[::1]:", "[::1]:", "", "::1", ""],
    ["[::1]:x", "[::1]:x", "", "[::1]:x", ""],
    ["", "", "", "", ""],
  ];
  for (const [text, host, port, otherHost, otherPort] of table) {
    it(JSON.stringify(text), () => {
      assert.deepEqual(splitHostCompatible(text, { host: "", port: "" }), { host, port });
      assert.deepEqual(splitHostTraditional(text, { host: "", port: "" }), {
        host: otherHost,
        port: otherPort,
      });
    });
  }
});
