/** kong.request: the request line, forwarded headers, query, headers and bodies, as recorded behind a real Kong. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bench, plain } from "./pdk-fixtures.ts";

const latin1 = (text: string) => Buffer.from(text).latin1Slice();

describe("kong.request, the request line", () => {
  it("reads host, path and query", () => {
    const target = "/a/./b/../c%2Fd/%7euser/e%20f//g?h=%41";
    const { kong } = bench(["PURGE", target, { Host: "ExAmple.TEST:1234" }]);
    const { request } = kong;
    assert.equal(request.getMethod(), "PURGE");
    assert.equal(request.getHost(), "example.test");
    assert.equal(request.getPath(), "/a/c%2Fd/~user/e f/g");
    assert.equal(request.getRawPath(), "/a/./b/../c%2Fd/%7euser/e%20f//g");
    assert.equal(request.getPathWithQuery(), target);
    assert.equal(request.getRawQuery(), "h=%41");
    assert.deepEqual(
      [request.getScheme(), request.getPort(), request.getHttpVersion()],
      ["http", 8000, 1.1],
    );
  });

  for (const [authority, host] of [
    ["[::1]:8000", "[::1]"],
    ["h.test.", "h.test"],
    ["", "kong"],
  ] as const) {
    it(`takes "${authority}" for the host ${host}`, () => {
      const headers = authority === "" ? {} : { Host: authority };
      const version = authority === "" ? 1 : 1.1;
      const { kong } = bench(["GET", "/", headers, null, { httpVersion: version }]);
      assert.equal(kong.request.getHost(), host);
    });
  }

  it("gives text for bytes that are UTF-8", () => {
    const { kong } = bench(["GET", "/caf%C3%A9/%e2%82%ac%2f", { "X-One": latin1("café €") }]);
    assert.equal(kong.request.getPath(), "/café/€%2F");
    assert.equal(kong.request.getHeader("x-one"), "café €");
  });
});

describe("kong.request, forwarded headers", () => {
  const headers = {
    "X-Forwarded-Proto": "HTTPS",
    "X-Forwarded-Host": "me@Front.test:99",
    "X-Forwarded-Path": "/front/path?q=1#f",
    "X-Forwarded-Prefix": "/front",
  };
  const read = ({ kong: { request } }: ReturnType<typeof bench>) => [
    request.getForwardedScheme(),
    request.getForwardedHost(),
    request.getForwardedPort(),
    request.getForwardedPath(),
    request.getForwardedPrefix(),
  ];

  it("counts for a trusted client", () => {
    const made = bench(["GET", "/x", headers, null, { trusted: true }]);
    assert.deepEqual(read(made), ["https", "front.test", 99, "/front/path?q=1#f", "/front"]);
  });

  it("does not count for any other", () => {
    const made = bench(["GET", "/x", headers, null, { advertisedPort: 80 }]);
    assert.deepEqual(read(made), ["http", "example.test", 80, "/x", ""]);
    made.x.route = { id: "r" };
    assert.equal(made.kong.request.getForwardedPrefix(), null);
    made.x.matchedPrefix = "/x";
    assert.equal(made.kong.request.getForwardedPrefix(), "/x");
  });

  for (const [port, host, expected] of [
    ["1234", "h.test:77", 1234],
    ["70000", "h.test:77", 77],
    ["0", "h.test", 8000],
    ["http", "h.test", 8000],
  ] as const) {
    it(`reads port ${port} with host ${host} as ${expected}`, () => {
      const forwarded = { "X-Forwarded-Port": port, "X-Forwarded-Host": host };
      const { kong } = bench(["GET", "/", forwarded, null, { trusted: true }]);
      assert.equal(kong.request.getForwardedPort(), expected);
    });
  }
});

describe("kong.request, the query", () => {
  const args = (query: string, max?: unknown) =>
    plain(bench(["GET", `/?${query}`]).call("request.get_query", max));

  it("decodes names and values, keeps flags and repetitions", () => {
    assert.deepEqual(args("a=1&b=x%20y+z&b=&flag&%C3%A9=%E2%82%AC"), {
      a: "1",
      b: ["x y z", ""],
      flag: true,
      é: "€",
    });
    assert.deepEqual(args("&&=x&a=b=c&;d=e&p=%zz&q=%4"), {
      a: "b=c",
      ";d": "e",
      p: "%zz",
      q: "%4",
    });
    assert.deepEqual(
      args("__proto__=1&constructor=2"),
      JSON.parse('{"__proto__":"1","constructor":"2"}'),
    );
  });

  it("limits how many arguments are read", () => {
    const many = Array.from({ length: 120 }, (_, i) => `k${i}=${i}`).join("&");
    assert.equal(Object.keys(args(many) as object).length, 100);
    assert.equal(Object.keys(args(many, 1000) as object).length, 120);
    assert.deepEqual(args(many, 2.5), { k0: "0", k1: "1" });
    assert.equal(bench(["GET", `/?${many}`]).call("request.get_query_arg", "k119"), null);
    const { refuses } = bench();
    for (const [name, what] of [
      ["request.get_query", "max_args"],
      ["request.get_headers", "max_headers"],
    ] as const) {
      refuses(`${what} must be a number`, name, "all");
      refuses(`${what} must be >= 1`, name, 0);
      refuses(`${what} must be <= 1000`, name, 1001);
    }
  });

  it("gives the first value of one argument", () => {
    const { call, refuses } = bench(["GET", "/?a=1&a=2&A=3&flag&flag=2"]);
    assert.deepEqual(
      ["a", "A", "flag", "none", ""].map((name) => call("request.get_query_arg", name)),
      ["1", "3", true, null, null],
    );
    for (const bad of [undefined, null, 7, true, ["a"]]) {
      refuses("query argument name must be a string", "request.get_query_arg", bad);
    }
  });

  it("is what a plugin made of it, once it was changed", () => {
    const { kong } = bench(["GET", "/p?a=1"]);
    kong.service.request.setRawQuery("x=1");
    assert.equal(kong.request.getRawQuery(), "x=1");
    assert.equal(kong.request.getQueryArg("x"), "1");
    assert.equal(kong.request.getPathWithQuery(), "/p?a=1");
  });
});

describe("kong.request, headers", () => {
  const headers = [
    ["X-One", "1"],
    ["X-Many", "first"],
    ["x-many", "second"],
    ["x_under", "u"],
    ["X-Empty", ""],
  ] as const;

  it("finds a header without case, dash and underscore alike, the first of several", () => {
    const { call, refuses } = bench(["GET", "/", headers]);
    for (const name of ["x-one", "X-ONE", "x_one"])
      assert.equal(call("request.get_header", name), "1");
    assert.equal(call("request.get_header", Buffer.from("x-under")), "u");
    assert.equal(call("request.get_header", "x-many"), "first");
    assert.equal(call("request.get_header", "x-empty"), "");
    assert.equal(call("request.get_header", "x-none"), null);
    for (const bad of [undefined, null, 7, ["x"]]) {
      refuses("header name must be a string", "request.get_header", bad);
    }
  });

  it("joins cookies, which may come in several lines", () => {
    const { call } = bench([
      "GET",
      "/",
      [
        ["Cookie", "a=1"],
        ["cookie", "b=2"],
      ],
    ]);
    assert.equal(call("request.get_header", "Cookie"), "a=1; b=2");
  });

  it("gives all headers by lower-case name", () => {
    assert.deepEqual(plain(bench(["GET", "/", headers]).kong.request.getHeaders()), {
      host: "example.test",
      "x-one": "1",
      "x-many": ["first", "second"],
      x_under: "u",
      "x-empty": "",
    });
    const many = Array.from({ length: 110 }, (_, i) => [`h${i}`, "x"] as const);
    assert.equal(Object.keys(bench(["GET", "/", many]).kong.request.getHeaders()).length, 100);
  });
});

describe("kong.request, bodies", () => {
  const post = (body: string | Buffer, type?: string, more = {}) =>
    bench(["POST", "/", type === undefined ? {} : { "Content-Type": type }, body, more]);
  const FORM = "application/x-www-form-urlencoded";

  it("gives the bytes at once where they are here, and a promise where not", async () => {
    const bytes = Buffer.from([255, 0, 254, 128]);
    assert.deepEqual(post(bytes).call("request.get_raw_body"), bytes);
    assert.deepEqual(bench().call("request.get_raw_body"), Buffer.alloc(0));
    const late = post("late", undefined, { bodyLater: true }).call("request.get_raw_body");
    assert.ok(late instanceof Promise);
    assert.equal(String(await late), "late");
  });

  it("gives a body beyond the buffer only where that is allowed", () => {
    const made = post("x".repeat(20_000));
    assert.equal(made.call("request.get_raw_body"), null);
    assert.match(made.kong.lastError!, /did not fit into client body buffer/);
    assert.equal((made.call("request.get_raw_body", 50_000) as Buffer).length, 20_000);
    assert.equal((made.call("request.get_raw_body", 0) as Buffer).length, 20_000);
    assert.equal(made.call("request.get_raw_body", -1), null);
    made.x.requestHeaders.set("content-length", "20000");
    assert.equal(made.call("request.get_raw_body", 9000), null);
    assert.equal(made.kong.lastError, "request body file too big: 20000 > 9000");
    assert.equal((post("x".repeat(8192)).call("request.get_raw_body") as Buffer).length, 8192);
  });

  for (const [name, type, body, expected] of [
    [
      "a form",
      `${FORM.toUpperCase()}; charset=UTF-8`,
      "a=1&b=2&b=3&flag&enc=%26+x",
      { a: "1", b: ["2", "3"], flag: true, enc: "& x" },
    ],
    ["an empty form", FORM, "", {}],
    [
      "a JSON object",
      "application/json; charset=utf-8",
      '{"a":[1,null],"g":"é"}',
      { a: [1, null], g: "é" },
    ],
    ["a JSON array", "application/json", "[]", []],
    [
      "a multipart form",
      "multipart/form-data; boundary=B",
      '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n--B\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nfile text\r\n--B\r\nContent-Disposition: form-data; name="a"\r\n\r\ntwo\r\n--B--\r\n',
      { a: ["one", "two"], f: "file text" },
    ],
    ["a multipart form without boundary", "multipart/form-data", "--B\r\n", {}],
  ] as const) {
    it(`reads ${name}`, () => {
      assert.deepEqual(plain(post(body, type).call("request.get_body")), expected);
    });
  }

  for (const [type, body, reason] of [
    ["application/json", '"text"', "invalid json body"],
    ["application/json", '{"a":', "invalid json body"],
    ["application/vnd.api+json", "{}", "unsupported content type 'application/vnd.api+json'"],
    [undefined, "a=1", "missing content type"],
  ] as const) {
    it(`gives nil for ${type} ${body}`, () => {
      const made = post(body, type);
      assert.equal(made.call("request.get_body"), null);
      assert.equal(made.kong.lastError, reason);
    });
  }

  it("parses as the plugin says, within limits", async () => {
    const made = post("a=1&b=2&c=3", "text/plain", { bodyLater: true });
    assert.deepEqual(plain(await made.call("request.get_body", FORM, 2)), { a: "1", b: "2" });
    made.refuses("max_args must be a number", "request.get_body", FORM, "x");
    const json = post(`{"a":"${"x".repeat(20_000)}"}`, "application/json");
    assert.equal(json.call("request.get_body"), null);
    assert.ok(json.call("request.get_body", "application/json", 10, 100_000));
    // a form is never read from a file (recorded)
    assert.equal(post("x".repeat(20_000), FORM).call("request.get_body", FORM, 10, 100_000), null);
  });

  it("is the body that a plugin put in its place", () => {
    const made = post("old");
    made.kong.service.request.setRawBody("new");
    assert.equal(String(made.call("request.get_raw_body")), "new");
    assert.equal(made.kong.request.getHeader("content-length"), "3");
  });
});

describe("kong.request, captures and time", () => {
  it("gives captures, the whole match first", () => {
    const { x, kong } = bench();
    assert.deepEqual(kong.request.getUriCaptures(), { unnamed: [], named: {} });
    x.captures = ["/cap/bob/42", "bob", undefined, latin1("é")];
    x.namedCaptures = { name: "bob" };
    const { unnamed, named } = kong.request.getUriCaptures();
    assert.deepEqual(unnamed, ["/cap/bob/42", "bob", null, "é"]);
    assert.deepEqual(named, { name: "bob" });
  });

  it("gives whole milliseconds", () => {
    const { kong } = bench(["GET", "/", {}, null, { startedMs: 1_700_000_000_123.75 }]);
    assert.equal(kong.request.getStartTime(), 1_700_000_000_123);
  });
});
