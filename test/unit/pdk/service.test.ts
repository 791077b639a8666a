/** kong.service and kong.service.request: what setters make of the request to the Service, as recorded. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PdkError } from "../../../core/errors.ts";
import type { FakeBody } from "../../helpers/make-exchange.ts";
import { bench, plain } from "./pdk-fixtures.ts";

const SET = "service.request.set_header";
const ADD = "service.request.add_header";

describe("kong.service.request, the request line", () => {
  it("sets scheme, path and method, and refuses what is none", () => {
    const { x, call, refuses } = bench();
    call("service.request.set_scheme", "https");
    call("service.request.set_path", "/a b/é?#%41");
    call("service.request.set_method", "PROPFIND");
    assert.deepEqual([x.upstream.scheme, x.upstreamMethod], ["https", "PROPFIND"]);
    assert.equal(x.upstream.path, "/a%20b/%C3%A9?#%41");
    refuses("scheme must be a string", "service.request.set_scheme", 1);
    refuses("invalid scheme: ftp", "service.request.set_scheme", "ftp");
    refuses("path must be a string", "service.request.set_path");
    refuses("path must start with /", "service.request.set_path", "a");
    refuses("method must be a string", "service.request.set_method", null);
    refuses("invalid method: get", "service.request.set_method", "get");
  });

  for (const [query, expected] of [
    ["x=1&y=2", "x=1&y=2"],
    ["", ""],
    ["a b&hé=€&%zz&?#", Buffer.from("a%20b&hé=€&%zz&?#").latin1Slice()],
    ["a HTTP/1.1\r\nX: y", "a%20HTTP/1.1%0D%0AX:%20y"],
  ] as const) {
    it(`writes the query ${JSON.stringify(query)}`, () => {
      const { x, call } = bench(["GET", "/?a=1"]);
      call("service.request.set_raw_query", query);
      assert.equal(x.upstream.query, expected);
      assert.equal(x.upstream.hasQuery, expected !== "");
      assert.equal(x.changedQuery, expected);
    });
  }

  for (const [args, expected] of [
    [{ a: ["9"], b: ["2", "3"], Z: ["z"], empty: [""] }, "Z=z&a=9&b=2&b=3&empty="],
    [
      { "a b": "c d&e=f", hé: "€", plus: "+", pct: "%41" },
      "a%20b=c%20d%26e%3Df&h%C3%A9=%E2%82%AC&pct=%2541&plus=%2B",
    ],
    [{ a: [], b: ["1"] }, "&b=1"],
    [
      { s: "text", n: 7, f: 1.5, t: true, no: false, l: ["a", "b"], e: "" },
      "&e=&f=1.5&l=a&l=b&n=7&s=text&t",
    ],
    [{ l: ["a", true, "b"] }, "l=a&l&l=b"],
    [{ m: { a: "b" } }, "m=b"],
    [{}, ""],
    [{ "": "x", gone: null }, "=x"],
  ] as const) {
    it(`writes the arguments ${JSON.stringify(args)}`, () => {
      const { x, call } = bench(["GET", "/?a=1"]);
      call("service.request.set_query", args);
      assert.equal(x.upstream.query, expected);
    });
  }

  for (const [query, expected] of [
    ["a=1&b=2&a=3&c=4", "b=2&c=4"],
    ["%61=1&a+b=x+y&a=%20", "a+b=x+y"],
    ["a&b", "b="],
    ["a=1", ""],
    ["b=2&c", null],
  ] as const) {
    it(`clears "a" from ${query}`, () => {
      const { x, call } = bench(["GET", `/?${query}`]);
      call("service.request.clear_query_arg", "a");
      assert.equal(x.changedQuery, expected);
    });
  }

  it("refuses queries that are none", () => {
    const { refuses } = bench();
    refuses("query must be a string", "service.request.set_raw_query", 1);
    refuses("args must be a table", "service.request.set_query", "a=1");
    refuses("arg keys must be strings", "service.request.set_query", ["a"]);
    refuses("query argument name must be a string", "service.request.clear_query_arg", 1);
  });
});

describe("kong.service.request, headers", () => {
  const request = () =>
    bench([
      "POST",
      "/",
      [
        ["X-One", "1"],
        ["X-Many", "a"],
        ["X-Many", "b"],
      ],
      "body",
    ]);
  const headers = (made: ReturnType<typeof request>) =>
    plain(made.kong.request.getHeaders()) as Record<string, unknown>;

  it("replaces, adds and clears", () => {
    const made = request();
    made.call(SET, "X-One", "changed");
    made.call(SET, "x_many", ["only"]);
    made.call(SET, "X-Blank", "");
    made.call(SET, "X-Name", "é €");
    made.call(ADD, "X-Added", 1);
    made.call(ADD, "X-Added", [Buffer.from("z")]);
    assert.deepEqual(headers(made), {
      host: "example.test",
      "x-one": "changed",
      x_many: "only",
      "x-blank": " ",
      "x-name": "é €",
      "x-added": ["1", "z"],
    });
    made.call("service.request.clear_header", "x-ADDED");
    assert.equal(made.kong.request.getHeader("x-added"), null);
    assert.equal(made.x.requestHeaders.get("x-name"), Buffer.from("é €").latin1Slice());
  });

  it("writes numbers, booleans and lists, and nothing for an empty table", () => {
    const made = request();
    made.call("service.request.set_headers", {
      N: 7,
      F: 0.5,
      T: true,
      L: ["a", "b"],
      "X-One": [],
      "X-Many": { a: "b" },
      Nil: null,
    });
    const { host: _host, ...rest } = headers(made);
    assert.deepEqual(rest, { n: "7", f: "0.5", t: "true", l: ["a", "b"] });
  });

  it("checks names and values before it writes anything", () => {
    const made = request();
    const { refuses } = made;
    const list = "expected array of string, string, number or boolean";
    refuses('invalid header name "1": got number, expected string', SET, 1, "x");
    refuses(`invalid header value for "X": got nil, ${list}`, SET, "X", null);
    refuses(`invalid header value for "X": got nil, ${list}`, ADD, "X");
    refuses(`invalid header value for "X": got function, ${list}`, SET, "X", () => 1);
    refuses('invalid header value in array "X": got number, expected string', SET, "X", ["a", 1]);
    refuses("headers must be a table", "service.request.set_headers", "X: 1");
    refuses('invalid header name "1": got number, expected string', "service.request.set_headers", [
      "X",
    ]);
    refuses("header must be a string", "service.request.clear_header", 1);
    refuses(
      'invalid header value in array "B": got number, expected string',
      "service.request.set_headers",
      { A: "1", B: ["a", 1] },
    );
    assert.equal(made.kong.request.getHeader("a"), null);
  });

  it("keeps a name or value from breaking the head", () => {
    const made = request();
    made.call(SET, "X-Line", "a\r\nX-Evil: 1\0");
    assert.equal(made.kong.request.getHeader("x-line"), "a%0D%0AX-Evil: 1%00");
    for (const name of ["a b", "a:b", "a\r\nb", "é"]) {
      assert.throws(() => made.call(SET, name, "x"), PdkError);
    }
  });

  it("leaves framing to the gateway, however it is spelled", () => {
    const made = request();
    made.x.requestHeaders.set("Content-Length", "4");
    for (const name of [
      "Content-Length",
      "content_length",
      "Transfer-Encoding",
      "TRANSFER_ENCODING",
    ]) {
      for (const set of [SET, ADD]) made.call(set, name, "2");
      made.call("service.request.clear_header", name);
      made.call("service.request.set_headers", { [name]: "3" });
    }
    assert.equal(made.kong.request.getHeader("content-length"), "4");
    assert.equal(made.kong.request.getHeader("transfer-encoding"), null);
    assert.equal(made.records.filter((one) => one.level === "warn").length, 16);
  });

  it("takes an empty name, and leaves it out", () => {
    const { x, kong, call } = request();
    const before = plain(kong.request.getHeaders());
    for (const name of [SET, "service.request.add_header"]) call(name, "", "v");
    call("service.request.set_headers", { "": "v" });
    assert.deepEqual(plain(kong.request.getHeaders()), before);
    assert.equal(x.requestHeaders.addedLines(), "");
  });

  it("takes one Host, for the Service and for later reads", () => {
    for (const [set, value] of [
      [SET, "other.test:99"],
      [ADD, ["other.test:99", "more.test"]],
    ] as const) {
      const made = request();
      made.call(set, "host", value);
      assert.equal(made.x.upstream.hostHeader, "other.test:99");
      assert.deepEqual(made.x.requestHeaders.getAll("host"), ["other.test:99"]);
      assert.equal(made.kong.request.getHost(), "other.test");
      assert.notEqual(made.x.hostBefore, "other.test");
    }
    for (const bad of ["a b", "a,b", "a\r\nX: y", "a/b", "é.test", "", "a:b:c"]) {
      assert.throws(() => request().call(SET, "Host", bad), PdkError, bad);
    }
    for (const good of ["[::1]:80", "h_h.test", "10.0.0.1"]) request().call(SET, "Host", good);
  });

  it("does not write :authority", () => {
    const made = request();
    assert.equal(made.call(SET, ":authority", "a.test"), null);
    assert.equal(made.kong.lastError, "cannot set :authority pseudo-header on non-gRPC");
  });
});

describe("kong.service.request, the body", () => {
  const request = (type?: string) =>
    bench(["POST", "/", type === undefined ? {} : { "Content-Type": type }, "old"]);
  const bodyOf = (made: ReturnType<typeof bench>) =>
    String((made.x.requestBody as FakeBody).replacement);

  it("takes text and bytes", () => {
    const made = request();
    made.call("service.request.set_raw_body", "é €");
    assert.equal(bodyOf(made), "é €");
    assert.equal(made.kong.request.getHeader("content-length"), "6");
    made.call("service.request.set_raw_body", Buffer.from([0, 255]));
    assert.deepEqual((made.x.requestBody as FakeBody).replacement, Buffer.from([0, 255]));
    for (const bad of [undefined, 1, { a: 1 }]) {
      made.refuses("body must be a string", "service.request.set_raw_body", bad);
    }
  });

  for (const [type, args, body] of [
    [
      "application/x-www-form-urlencoded",
      { b: "2", a: "1", l: ["x", "y"], t: true, f: false },
      "&a=1&b=2&l=x&l=y&t",
    ],
    ["application/json; charset=utf-8", { a: [1, null, { c: 1.5 }] }, '{"a":[1,null,{"c":1.5}]}'],
    ["application/json", [1, 2], "[1,2]"],
    [
      "multipart/form-data; boundary=q",
      { b: 7, a: "1" },
      '--q\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--q\r\nContent-Disposition: form-data; name="b"\r\n\r\n7\r\n--q--\r\n',
    ],
  ] as const) {
    it(`writes ${type} ${JSON.stringify(args)}`, () => {
      const made = request();
      assert.equal(made.call("service.request.set_body", args, type), true);
      assert.equal(bodyOf(made), body);
      assert.equal(made.kong.request.getHeader("content-type"), type);
      const byRequest = request(type);
      assert.equal(byRequest.call("service.request.set_body", args), true);
      assert.equal(bodyOf(byRequest), body);
    });
  }

  it("makes up a boundary where none is named", () => {
    const made = request();
    made.call("service.request.set_body", { a: "1" }, "multipart/form-data");
    const boundary = /boundary=(\w+)$/.exec(made.kong.request.getHeader("content-type")!)![1]!;
    assert.ok(bodyOf(made).startsWith(`--${boundary}\r\n`));
  });

  it("refuses what it cannot write", () => {
    const made = request();
    const name = "service.request.set_body";
    made.refuses("args must be a table", name, "a=1", "application/json");
    made.refuses("mime must be a string", name, {}, 7);
    made.refuses("unsupported content type text/plain", name, {}, "text/plain");
    made.refuses("unsupported content type Application/JSON", name, {}, "Application/JSON");
    made.refuses("arg keys must be strings", name, ["a"], "application/x-www-form-urlencoded");
    assert.throws(() => made.call(name, { t: true }, "multipart/form-data; boundary=x"), PdkError);
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    assert.throws(() => made.call(name, cycle, "application/json"), PdkError);
    assert.equal(made.call(name, { a: 1 }), null);
    assert.match(made.kong.lastError!, /content type was neither explicitly given/);
  });
});

describe("kong.service", () => {
  it("sets a target, its Host, and takes it from the Upstream", () => {
    const { x, call, refuses } = bench();
    call("service.set_target", "10.0.0.1", 8080);
    const { host, port, hostHeader, targetFixed } = x.upstream;
    assert.deepEqual([host, port, hostHeader, targetFixed], ["10.0.0.1", 8080, "10.0.0.1", true]);
    refuses("host must be a string", "service.set_target", 1, 80);
    for (const bad of ["80", 1.5, undefined])
      refuses("port must be an integer", "service.set_target", "h", bad);
    refuses("port must be an integer between 0 and 65535: given -1", "service.set_target", "h", -1);
    refuses(
      "port must be an integer between 0 and 65535: given 70000",
      "service.set_target",
      "h",
      70_000,
    );
    assert.throws(() => bench().in("rewrite").call("service.set_target", "h", 80), PdkError);
  });

  it("finds an Upstream by its name", () => {
    const rows = { upstreams: [{ id: "u", name: "pool", algorithm: "round-robin", slots: 100 }] };
    const { x, kong, call, refuses } = bench([], {}, rows);
    assert.equal(call("service.set_upstream", "nobody"), null);
    assert.equal(kong.lastError, "could not find an Upstream named 'nobody'");
    assert.equal(call("service.set_upstream", "pool"), true);
    assert.deepEqual([x.upstream.host, x.upstream.targetFixed], ["pool", false]);
    refuses("host must be a string", "service.set_upstream", 1);
  });

  it("sets retries and timeouts", () => {
    const { x, call, refuses } = bench();
    call("service.set_retries", 2);
    call("service.set_timeouts", 1, 2, 3);
    const { retries, connectTimeoutMs, writeTimeoutMs, readTimeoutMs } = x.upstream;
    assert.deepEqual([retries, connectTimeoutMs, writeTimeoutMs, readTimeoutMs], [2, 1, 2, 3]);
    refuses("retries must be an integer", "service.set_retries", "1");
    refuses(
      "retries must be an integer between 0 and 32767: given 40000",
      "service.set_retries",
      40_000,
    );
    refuses("read_timeout must be an integer", "service.set_timeouts", 1, 1);
    refuses(
      "write_timeout must be an integer between 1 and 2147483646: given 0",
      "service.set_timeouts",
      1,
      0,
      1,
    );
    refuses(
      "connect_timeout must be an integer between 1 and 2147483646: given 2147483647",
      "service.set_timeouts",
      2_147_483_647,
      1,
      1,
    );
    assert.deepEqual([x.upstream.connectTimeoutMs, x.upstream.readTimeoutMs], [1, 3]);
  });

  it("keeps what plugins want of TLS", () => {
    const { x, call, refuses } = bench();
    assert.equal(call("service.set_tls_verify", true), true);
    assert.equal(call("service.set_tls_verify_depth", 3), true);
    assert.deepEqual([x.upstream.tlsVerify, x.upstream.tlsVerifyDepth], [true, 3]);
    refuses("argument must be a boolean", "service.set_tls_verify", "on");
    refuses("argument must be a number", "service.set_tls_verify_depth", "1");
    refuses("retry_callback must be a function", "service.set_target_retry_callback", "f");
  });

  it("asks for the whole response", () => {
    const { x, call } = bench();
    call("service.request.enable_buffering");
    assert.equal(x.buffered, true);
  });
});
