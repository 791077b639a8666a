/** The shorthand `url` of a Service: what Kong 3.9 makes of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fullRegistry } from "./registry-fixture.ts";

const services = fullRegistry().entity("services");

const GOOD: readonly (readonly [string, readonly unknown[]])[] = [
  ["http://a.test", ["http", "a.test", 80, null]],
  ["https://a.test/p?q#f", ["https", "a.test", 443, "/p"]],
  ["http://a.test:080/p;v=1", ["http", "a.test", 80, "/p"]],
  ["http://u:p@a.test:81", ["http", "a.test", 81, null]],
  ["http://[::1]", ["http", "::1", 80, null]],
  ["https://u@[2001:db8::1]:8443/", ["https", "2001:db8::1", 8443, "/"]],
  ["//a.test:443/x", ["https", "a.test", 443, "/x"]],
];

const BAD: readonly (readonly [string, object])[] = [
  [
    "HTTP://a.test",
    { protocol: "expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp" },
  ],
  ["http://a.test:x", { port: "expected an integer" }],
  ["http://a.test:/x", { port: "expected an integer" }],
  ["http://[::1", { host: "invalid value: [:" }],
  ["http:///x", { host: "required field missing" }],
];

describe("the url of a Service", () => {
  for (const [url, parts] of GOOD) {
    it(`${url} is taken apart`, () => {
      const { row, errors } = services.insert({ url });
      assert.equal(errors, undefined);
      assert.deepEqual([row.protocol, row.host, row.port, row.path], parts);
    });
  }
  for (const [url, errors] of BAD) {
    it(`${url} is refused`, () => assert.deepEqual(services.insert({ url }).errors, errors));
  }
});
