/** The grammar of `*_listen`. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseListeners } from "../../../core/config/listeners.ts";

const PLAIN = {
  ssl: false,
  http2: false,
  proxy_protocol: false,
  deferred: false,
  bind: false,
  reuseport: false,
  udp: false,
  backlog: null,
  ipv6only: null,
  so_keepalive: null,
  path: null,
};

describe("parseListeners", () => {
  it("reads address, port and flags", () => {
    assert.deepEqual(
      parseListeners("proxy_listen", [
        "127.0.0.1:8000 reuseport backlog=128",
        "[::1]:8443 ssl http2 so_keepalive=30m::10 ipv6only=off",
      ]),
      [
        {
          ...PLAIN,
          ip: "127.0.0.1",
          port: 8000,
          reuseport: true,
          backlog: 128,
          listener: "127.0.0.1:8000 reuseport backlog=128",
        },
        {
          ...PLAIN,
          ip: "::1",
          port: 8443,
          ssl: true,
          http2: true,
          so_keepalive: "30m::10",
          ipv6only: false,
          listener: "[::1]:8443 ssl so_keepalive=30m::10 ipv6only=off",
        },
      ],
    );
  });

  it("reads a socket in the file system", () => {
    const [listener] = parseListeners("proxy_listen", ["unix:/run/proxy.sock ssl"]);
    assert.equal(listener?.path, "/run/proxy.sock");
    assert.equal(listener?.ip, "unix:");
    assert.equal(listener?.ssl, true);
  });

  it("takes off only as the first entry", () => {
    assert.deepEqual(parseListeners("proxy_listen", ["off"]), []);
    assert.deepEqual(parseListeners("proxy_listen", ["off", "127.0.0.1:1"]), []);
    assert.throws(() => parseListeners("proxy_listen", ["127.0.0.1:1", "off"]));
  });

  const good = ["a.test:80", "0.0.0.0:0", "localhost:8000 deferred bind proxy_protocol"];
  for (const entry of good) {
    it(`takes ${entry}`, () => assert.equal(parseListeners("admin_listen", [entry]).length, 1));
  }

  const bad = [
    "nonsense",
    "127.0.0.1",
    "127.0.0.1:8000 fast",
    "127.0.0.1:99999",
    "300.0.0.1:80",
    "::1:80",
    "[nope]:80",
    "127.0.0.1:80 backlog=many",
    "127.0.0.1:80 udp",
    "unix:relative",
    "",
  ];
  for (const entry of bad) {
    it(`refuses ${JSON.stringify(entry)} in Kong's words`, () => {
      assert.throws(() => parseListeners("admin_listen", [entry]), {
        code: "INVALID_SETTING",
        message:
          "admin_listen must be of form: [off] | <ip>:<port> [ssl] [http2] [proxy_protocol] [deferred] [bind] " +
          "[reuseport] [backlog=%d+] [ipv6only=on] [ipv6only=off] [so_keepalive=on] [so_keepalive=off] " +
          "[so_keepalive=%w*:%w*:%d*], [... next entry ...]",
      });
    });
  }

  it("has other flags for streams", () => {
    assert.equal(parseListeners("stream_listen", ["127.0.0.1:9000 udp"])[0]?.udp, true);
    assert.throws(
      () => parseListeners("stream_listen", ["127.0.0.1:9000 http2"]),
      /\[udp\] \[ssl\]/,
    );
  });
});
