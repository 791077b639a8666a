/**
 * Arguments that plugins in other languages come with, against what Kong 3.9.3's own PDK does with them: where it looks at
 * them at all, what Lua makes of a value of another type, and what its libraries read into a text.
 *
 * @see Kong kong/pdk/*.lua, kong/tools/http.lua; lua-multipart 0.5.9
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EXIT } from "../../../core/pdk/exit.ts";
import { bench, plain } from "./pdk-fixtures.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const FORM_TYPE = { "Content-Type": "application/x-www-form-urlencoded" };

describe("kong.request, odd arguments", () => {
  for (const [host, name, port] of [
    ["[::1]:99", "[", 8000],
    ["h.test.:99", "h.test.", 99],
    ["a@b@c:7", "b@c", 7],
    ["8080", "8080", 8000],
    ["h:1:2", "h", 8000],
    ["h: 0x50 ", "h", 80],
    ["h:80.5", "h", 8000],
  ] as const) {
    it(`reads a forwarded host ${host}`, () => {
      const forwarded = { "X-Forwarded-Host": host };
      const { kong } = bench(["GET", "/", forwarded, null, { trusted: true }]);
      assert.equal(kong.request.getForwardedHost(), name);
      assert.equal(kong.request.getForwardedPort(), port);
    });
  }

  it("looks at a maximum of bytes only where the body is longer than the buffer", () => {
    const short = bench(["POST", "/", JSON_TYPE, Buffer.from('{"a":1}')]);
    assert.equal(String(short.call("request.get_raw_body", "all")), '{"a":1}');
    assert.deepEqual(plain(short.call("request.get_body", null, null, "all")), { a: 1 });
    const long = bench(["POST", "/", JSON_TYPE, Buffer.alloc(9000)]);
    long.refuses("max_allowed_file_size must be a number", "request.get_raw_body", "all");
    assert.equal(long.call("request.get_raw_body", false), null);
  });

  it("looks at a maximum of arguments only where the body is a form", () => {
    const json = bench(["POST", "/", JSON_TYPE, Buffer.from('{"a":1}')]);
    for (const odd of [0, 1001, "x"]) {
      assert.deepEqual(plain(json.call("request.get_body", null, odd)), { a: 1 });
    }
    const form = bench(["POST", "/", FORM_TYPE, Buffer.from("a=1")]);
    form.refuses("max_args must be >= 1", "request.get_body", null, 0);
    assert.deepEqual(plain(form.call("request.get_body", "application/json", 0)), null);
  });

  // Goal: NaN is neither below nor above a bound, and a plugin server can send one.
  it("refuses NaN for a maximum and for a status", () => {
    const { refuses } = bench(["POST", "/?a=1", FORM_TYPE, Buffer.from("a=1")]);
    refuses("max_args must be >= 1", "request.get_query", Number.NaN);
    refuses("max_headers must be >= 1", "request.get_headers", Number.NaN);
    refuses("code must be a number between 100 and 599", "response.set_status", Number.NaN);
    refuses("code must be a number between 100 and 599", "response.exit", Number.NaN);
  });

  it("takes a type that is no text as Lua does", () => {
    const { call, refuses, kong } = bench(["POST", "/", FORM_TYPE, Buffer.from("a=1")]);
    assert.deepEqual(plain(call("request.get_body", false)), { a: "1" });
    assert.equal(call("request.get_body", 7), null);
    assert.equal(kong.lastError, "unsupported content type '7'");
    for (const odd of [true, {}]) refuses("mimetype must be a string", "request.get_body", odd);
  });
});

describe("multipart forms, as Kong's library reads them", () => {
  const parts = (...lines: string[]) => lines.join("\r\n");
  const read = (type: string, body: string) => {
    const { call } = bench(["POST", "/", { "Content-Type": type }, Buffer.from(body)]);
    return plain(call("request.get_body"));
  };
  const one = (disposition: string, boundary = "q") =>
    parts(`--${boundary}`, disposition, "", "1", `--${boundary}--`, "");
  const A = 'Content-Disposition: form-data; name="a"';

  for (const [type, body, expected] of [
    ["multipart/form-data; boundary=q", one(A), { a: "1" }],
    ["multipart/form-data; boundary=q; charset=utf-8", one(A), {}],
    ["multipart/form-data; charset=utf-8; boundary=q", one(A), { a: "1" }],
    ["multipart/form-data; boundary='q'", one(A), { a: "1" }],
    ['multipart/form-data; boundary="x y"', one(A, "x y"), {}],
    ["multipart/form-data; Boundary=q", one(A), {}],
    ["multipart/form-data; boundary=q", one(A).replaceAll("\r\n", "\n"), { a: "1" }],
    ["multipart/form-data; boundary=q", one("content-disposition: x; NAME = b"), {}],
    [
      "multipart/form-data; boundary=q",
      one("content-disposition: x; NAME=' b c' "),
      { " b c": "1" },
    ],
    [
      "multipart/form-data; boundary=q",
      one('Content-Disposition: x; name=abc; filename="f"'),
      { b: "1" },
    ],
    ["multipart/form-data; boundary=q", one('Content-Disposition: x; name="a:b"'), {}],
    ["multipart/form-data; boundary=q", one('Content-Disposition: x; name="a;b"'), { "": "1" }],
  ] as const) {
    it(`${type}, ${JSON.stringify(body.split(/\r?\n/)[1])}`, () => {
      assert.deepEqual(read(type, body), expected);
    });
  }

  it("keeps line breaks within a value and lists repeated names", () => {
    const body = parts("--q", A, "", "1", "", "2", "--q", A, "Content-Type: x/y", "", "", "--q--");
    assert.deepEqual(read("multipart/form-data; boundary=q", body), { a: ["1\r\n\r\n2", ""] });
  });
});

describe("kong.service.request.set_body, its type", () => {
  for (const [mime, type] of [
    ['multipart/form-data; charset=x; boundary="a b"', 'multipart/form-data; boundary="a b"'],
    ['multipart/form-data; boundary="q"', "multipart/form-data; boundary=q"],
    ["multipart/form-data;boundary=q", "multipart/form-data; boundary=q"],
    ["application/json;charset=utf-8", "application/json;charset=utf-8"],
  ] as const) {
    it(mime, () => {
      const { x, call } = bench(["POST", "/"]);
      assert.equal(call("service.request.set_body", { a: "1" }, mime), true);
      assert.equal(x.requestHeaders.get("content-type"), type);
    });
  }

  it("has no space before its parameters", () => {
    const mime = "application/json ; charset=utf-8";
    bench(["POST", "/"]).refuses(
      `unsupported content type ${mime}`,
      "service.request.set_body",
      {},
      mime,
    );
  });
});

describe("kong.response, odd arguments", () => {
  const error = (headers: object, message: unknown = "no") => {
    const { x, call } = bench();
    assert.throws(
      () => call("response.error", 403, message, headers),
      (thrown) => thrown === EXIT,
    );
    return x.answer!;
  };

  it("has templates for types that are written as Kong writes them", () => {
    for (const type of ["text/html", "application/xml; charset=utf-8"]) {
      assert.deepEqual(error({ "Content-Type": type }).headers, [["Content-Type", type]]);
    }
    for (const type of ["text/html;charset=utf-8", "Text/HTML", "text/html; charset=latin1"]) {
      bench().refuses(`no error template for content type ${type}`, "response.error", 403, "no", {
        "Content-Type": type,
      });
    }
  });

  it("leaves the choice of the template to Accept where the name is written otherwise", () => {
    assert.deepEqual(error({ "content-type": "image/png", "X-A": "1" }).headers, [["X-A", "1"]]);
  });

  it("writes a table as Kong's encoder does, slashes and all", () => {
    assert.equal(error({}, { docs: "http://a.test/" }).template, '{"docs":"http:\\/\\/a.test\\/"}');
  });

  it("knows gRPC by a type that was set before", () => {
    const { x, call } = bench();
    call("response.set_header", "Content-Type", "application/grpc");
    assert.throws(
      () => call("response.exit", 403, "no"),
      (thrown) => thrown === EXIT,
    );
    assert.deepEqual(x.answer!.headers, [
      ["grpc-status", "7"],
      ["grpc-message", "PermissionDenied"],
    ]);
    assert.equal(String(x.answer!.body), "no");
  });
});

describe("nil and other types elsewhere", () => {
  it("reads nothing under nil, and writes nothing there", () => {
    const { call, refuses } = bench();
    assert.equal(call("ctx.shared.get"), null);
    assert.equal(call("nginx.get_ctx", null), null);
    refuses("index is nil", "ctx.shared.set", null, 1);
    assert.equal(call("ip.is_trusted", 7), false);
    assert.equal(call("ip.is_trusted"), false);
  });

  it("refuses an empty line of the log only where it would be written", () => {
    const { call, refuses } = bench();
    refuses("a line of the log needs a message", "log.notice");
    const quiet = bench([], { log: { isLevelEnabled: () => false } as never });
    assert.equal(quiet.call("log.notice"), null);
    assert.equal(call("log.notice", "x"), null);
  });

  // Beside a Kong 3.9.3, from kong-pdk for JavaScript: 500 before.
  it("ends a header's list at its first hole, and leaves holes out of a query", () => {
    const { x, call } = bench();
    const holed = ["a", undefined, "b"];
    call("service.request.set_header", "x-v", holed);
    call("response.set_headers", { "x-v": holed, "x-n": [null, "b"] });
    call("service.request.set_query", { a: holed, z: 1 });
    assert.equal(call("request.get_header", "x-v"), "a");
    assert.deepEqual(x.responseHeaders.getAll("x-v"), ["a"]);
    assert.deepEqual(x.responseHeaders.getAll("x-n"), []);
    assert.equal(call("request.get_raw_query"), "a=a&a=b&z=1");
  });

  it("takes a list of forwarded schemes for none", () => {
    const request = ["GET", "/", { "X-Forwarded-Proto": "https, http" }] as const;
    const { x, call, kong } = bench([...request], { isTrusted: () => true });
    x.route = { id: "r", protocols: ["http", "https"] } as never;
    assert.equal(call("client.get_protocol", true), null);
    assert.equal(kong.lastError, "Only one X-Forwarded-Proto header allowed");
    assert.equal(call("client.get_protocol"), "http");
  });
});

describe("kong.nginx.get_var", () => {
  it("joins lines of one name, and takes names without case", () => {
    const headers = { "X-One": "1", Authorization: `Basic ${btoa("me:secret")}` };
    const { x, call } = bench(["GET", "/p?Q=1", headers]);
    x.requestHeaders.add("x_one", "2");
    x.requestHeaders.add("Cookie", "C=1");
    x.requestHeaders.add("Cookie", "d=2");
    x.responseHeaders.add("X-Up", "a");
    x.responseHeaders.add("X-Up", "b");
    const get = (name: unknown) => call("nginx.get_var", name);
    assert.deepEqual(
      ["http_x_one", "HTTP_X_One", "http_cookie", "cookie_c", "arg_q", "sent_http_x_up", 1].map(
        get,
      ),
      ["1, 2", "1, 2", "C=1; d=2", "1", "1", "a, b", null],
    );
    assert.deepEqual(
      ["remote_user", "document_uri", "server_name", "time_iso8601", "upstream_addr"].map(get),
      ["me", "/p", "kong", "2023-11-14T22:13:20+00:00", null],
    );
    x.tries = [{ ip: "127.0.0.1", port: 80, balancerStartMs: 0, balancerLatencyMs: 0 }];
    assert.equal(get("upstream_addr"), "127.0.0.1:80");
  });
});

describe("after a failure", () => {
  it("the request is told as it was received", () => {
    const { x, call, in: inPhase } = bench(["GET", "/p?a=1"]);
    call("service.request.set_method", "POST");
    call("service.request.set_query", { b: "2" });
    assert.equal(call("request.get_method"), "POST");
    x.failed = true;
    inPhase("log");
    assert.equal(call("request.get_method"), "GET");
    assert.deepEqual(plain(call("request.get_query")), { a: "1" });
    const entry = JSON.parse(call("log.serialize") as string);
    assert.deepEqual([entry.request.method, entry.request.querystring], ["GET", { a: "1" }]);
  });
});
