/** kong.response and kong.service.response: reading and writing the answer, its body on the way, exit and error. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PdkError } from "../../../core/errors.ts";
import { HeaderBlock } from "../../../core/exchange/header-block.ts";
import { EXIT } from "../../../core/pdk/exit.ts";
import { makeExchange, receivedHeaders } from "../../helpers/make-exchange.ts";
import { bench, plain } from "./pdk-fixtures.ts";

/** An exchange whose Service answered. */
function answered(
  headers: readonly (readonly [string, string])[] = [["X-Up", "1"]],
  body?: string,
) {
  const made = bench();
  made.x.responseHeaders = receivedHeaders(headers, "HTTP/1.1 202 Accepted");
  made.x.status = made.x.serviceStatus = 202;
  if (body !== undefined) {
    made.x.buffered = true;
    made.x.serviceHeaders = made.x.responseHeaders;
    made.x.serviceBody = Buffer.from(body);
  }
  return made.in("response");
}

describe("kong.response, status and headers", () => {
  it("reads and writes them", () => {
    const { kong } = answered([
      ["X-Up", "1"],
      ["X-Many", "a"],
      ["x-many", "b"],
    ]);
    assert.equal(kong.response.getStatus(), 202);
    assert.equal(kong.response.getHeader("x_up"), "1");
    kong.response.setStatus(418);
    kong.response.setHeader("X-Set", "é");
    kong.response.addHeader("X-Many", ["c"]);
    kong.response.setHeaders({ N: 7, L: ["x", "y"], Blank: "", X_Under: "u" });
    kong.response.clearHeader("X-UP");
    assert.equal(kong.response.getStatus(), 418);
    assert.deepEqual(plain(kong.response.getHeaders()), {
      "x-many": ["a", "b", "c"],
      "x-set": "é",
      n: "7",
      l: ["x", "y"],
      blank: " ",
      "x-under": "u",
      connection: "keep-alive",
    });
  });

  it("counts Connection among the headers, and Content-Type not", () => {
    const { kong } = answered([
      ["Content-Type", "text/plain"],
      ["X-One", "1"],
      ["X-Two", "2"],
    ]);
    assert.deepEqual(Object.keys(kong.response.getHeaders(2)), [
      "content-type",
      "x-one",
      "connection",
    ]);
    assert.equal(Object.keys(kong.response.getHeaders(3)).length, 4);
    const many = answered(Array.from({ length: 120 }, (_, i) => [`X-${i}`, "v"] as const));
    assert.equal(Object.keys(many.kong.response.getHeaders()).length, 100);
    assert.equal(Object.keys(many.kong.response.getHeaders(1000)).length, 121);
  });

  it("shows an empty value of a buffered answer as a space, as it would go out", () => {
    const empty = [["X-Empty", ""]] as const;
    const { kong } = answered(empty, "body");
    assert.equal(kong.response.getHeader("x-empty"), " ");
    assert.equal(kong.response.getHeaders()["x-empty"], " ");
    assert.equal(kong.service.response.getHeader("x-empty"), "");
    assert.equal(answered(empty).kong.response.getHeader("x-empty"), "");
  });

  it("checks what is written", () => {
    const { refuses, x, in: inPhase } = answered();
    refuses("code must be a number", "response.set_status", "200");
    refuses("code must be a number", "response.set_status");
    for (const bad of [99, 600]) {
      refuses("code must be a number between 100 and 599", "response.set_status", bad);
    }
    refuses("headers must be a table", "response.set_headers", "x");
    refuses("header name must be a string", "response.clear_header", 1);
    refuses('invalid header name "7": got number, expected string', "response.set_header", 7, "x");
    x.headersSent = true;
    inPhase("header_filter");
    for (const [name, ...args] of [
      ["response.set_status", 200],
      ["response.set_header", "a", "b"],
      ["response.add_header", "a", "b"],
      ["response.clear_header", "a"],
      ["response.set_headers", {}],
      ["response.exit", 200],
      ["response.error", 400],
    ] as const) {
      refuses("headers have already been sent", name, ...args);
    }
  });

  // Beside a Kong 3.9.3: what it buffers is a subrequest's answer, whole and without framing.
  it("tells of Connection, and of no Transfer-Encoding in the response phase", () => {
    const { kong } = answered([["Transfer-Encoding", "chunked"]], "x");
    assert.equal(kong.response.getHeader("CONNECTION"), "keep-alive");
    assert.equal(kong.response.getHeader("Transfer-Encoding"), null);
    assert.deepEqual(plain(kong.response.getHeaders()), { connection: "keep-alive" });
  });

  it("ignores Transfer-Encoding with a warning", () => {
    const { kong, records } = answered();
    kong.response.setHeader("Transfer-Encoding", "chunked");
    kong.response.addHeader("transfer_encoding", "chunked");
    kong.response.setHeaders({ "TRANSFER-ENCODING": "x", "X-One": "1" });
    assert.deepEqual(plain(kong.response.getHeaders()), {
      "x-up": "1",
      "x-one": "1",
      connection: "keep-alive",
    });
    assert.equal(records.length, 3);
  });

  it("says where the answer comes from: error, exit, service, else error", () => {
    const { x, kong } = answered();
    assert.equal(kong.response.getSource(), "service");
    x.answer = { status: 403, body: "", headers: [], source: "exit", template: null };
    assert.equal(kong.response.getSource(), "exit");
    x.failed = true;
    assert.equal(kong.response.getSource(), "error");
    assert.equal(bench().in("log").kong.response.getSource(), "error");
  });
});

describe("kong.service.response", () => {
  it("shows what the Service sent, not what plugins added", () => {
    const { kong } = answered([["X-Up", "1"]], "body");
    kong.response.setHeader("X-Mine", "2");
    assert.equal(kong.service.response.getStatus(), 202);
    assert.equal(kong.service.response.getHeader("x-up"), "1");
    assert.equal(kong.service.response.getHeader("x-mine"), null);
    kong.response.clearHeader("X-Up");
    assert.equal(kong.response.getHeader("x-up"), null);
    assert.equal(kong.response.getHeader("x-mine"), "2");
    assert.deepEqual(plain(kong.service.response.getHeaders()), { "x-up": "1" });
    assert.equal(String(kong.service.response.getRawBody()), "body");
  });

  it("is empty where the Service did not answer", () => {
    const { kong } = bench().in("log");
    kong.log.notice("x");
    assert.equal(kong.service.response.getStatus(), null);
    assert.equal(kong.service.response.getHeader("x"), null);
    assert.deepEqual(plain(kong.service.response.getHeaders()), {});
  });

  it("has a body only with buffered proxying", () => {
    const { refuses } = answered();
    const message =
      "service body is only available with buffered proxying (see: kong.service.request.enable_buffering function)";
    refuses(message, "service.response.get_raw_body");
    refuses(message, "service.response.get_body");
    refuses("name must be a string", "service.response.get_header", 1);
  });

  it("parses the body", () => {
    const json = answered([["Content-Type", "application/json"]], '{"a":[1,null]}');
    assert.deepEqual(json.call("service.response.get_body"), { a: [1, null] });
    const bad = answered([["Content-Type", "application/json"]], "{");
    assert.equal(bad.call("service.response.get_body"), null);
    assert.equal(bad.kong.lastError, "invalid json body");
    const form = answered([], "a=1&b=2&b=3&flag");
    assert.equal(form.call("service.response.get_body"), null);
    assert.equal(form.kong.lastError, "missing content type");
    const type = "application/x-www-form-urlencoded";
    assert.deepEqual(plain(form.call("service.response.get_body", type)), {
      a: "1",
      b: ["2", "3"],
      flag: true,
    });
    assert.deepEqual(plain(form.call("service.response.get_body", type, 1)), { a: "1" });
    form.refuses("max_args must be >= 1", "service.response.get_body", type, 0);
  });
});

describe("kong.response, the body on its way", () => {
  const chunks = (...texts: string[]) =>
    texts.map((text, i) => ({ text, isLast: i === texts.length - 1 }));

  function filter(
    texts: string[],
    ...filters: ((kong: ReturnType<typeof bench>["kong"]) => void)[]
  ): string[] {
    const { x, kong } = answered().in("body_filter");
    const sent: string[] = [];
    for (const { text, isLast } of chunks(...texts)) {
      x.chunk = Buffer.from(text);
      x.chunkIsLast = isLast;
      for (const one of filters) one(kong);
      if (x.chunk !== null) sent.push(String(x.chunk));
      if (x.chunkIsLast) break;
    }
    return sent;
  }

  it("gives the whole body at the last chunk, and holds it back until then", () => {
    const seen: unknown[] = [];
    const sent = filter(["one ", "two ", "three"], (kong) =>
      seen.push(kong.response.getRawBody()?.toString()),
    );
    assert.deepEqual(seen, [undefined, undefined, "one two three"]);
    assert.deepEqual(sent, ["one two three"]);
  });

  it("gives the whole body once to each of several plugins", () => {
    const seen: unknown[] = [];
    const upper = (kong: ReturnType<typeof bench>["kong"]) => {
      const body = kong.response.getRawBody();
      if (body === null) return;
      seen.push(String(body));
      kong.response.setRawBody(`${String(body)}!`);
    };
    assert.deepEqual(filter(["a", "b", ""], upper, upper), ["ab!!"]);
    assert.deepEqual(seen, ["ab", "ab!"]);
  });

  it("replaces the body, an empty one by a line break", () => {
    assert.deepEqual(
      filter(["a", "b"], (kong) => kong.response.setRawBody("x")),
      ["x"],
    );
    assert.deepEqual(
      filter(["a"], (kong) => kong.response.setRawBody("")),
      ["\n"],
    );
    answered().in("body_filter").refuses("body must be a string", "response.set_raw_body", 1);
  });

  it("lets a plugin see and change each chunk", () => {
    const seen: unknown[] = [];
    const sent = filter(["a", "b", "c"], ({ response }) => {
      seen.push([String(response.getChunk()), response.isLastChunk()]);
      if (String(response.getChunk()) === "b") response.setChunk(null);
      else response.setChunk(Buffer.from("<>"));
    });
    assert.deepEqual(seen, [
      ["a", false],
      ["b", false],
      ["c", true],
    ]);
    assert.deepEqual(sent, ["<>", "<>"]);
  });

  it("does not hand chunks to plugin servers", () => {
    answered()
      .in("body_filter")
      .refuses('method "kong.response.get_chunk" not found', "response.get_chunk");
  });
});

describe("kong.response.exit and error", () => {
  const exitWith = (...args: unknown[]) => {
    const made = bench();
    assert.throws(
      () => made.call("response.exit", ...args),
      (cause) => cause === EXIT,
    );
    return made.x.answer!;
  };
  const JSON_TYPE = ["Content-Type", "application/json; charset=utf-8"];

  it("takes a text, bytes, a table or nothing for a body", () => {
    assert.deepEqual(exitWith(200), {
      status: 200,
      body: null,
      headers: [],
      source: "exit",
      template: null,
    });
    assert.equal(String(exitWith(201, "é").body), "é");
    assert.deepEqual(exitWith(201, Buffer.from([255])).body, Buffer.from([255]));
    assert.equal(String(exitWith(201, "").body), "");
    assert.deepEqual(exitWith(403, { message: "no" }), {
      status: 403,
      body: '{"message":"no"}',
      headers: [JSON_TYPE],
      source: "exit",
      template: null,
    });
    assert.equal(exitWith(200, []).body, "[]");
  });

  it("takes headers, and keeps a type that is given", () => {
    const headers = {
      "X-N": 7,
      "X-L": ["a", "b"],
      Nil: null,
      Map: {},
      "Transfer-Encoding": "chunked",
    };
    assert.deepEqual(exitWith(200, "x", headers).headers, [
      ["X-N", "7"],
      ["X-L", ["a", "b"]],
      ["Map", []],
    ]);
    const typed = exitWith(200, { a: 1 }, { "content-type": "application/problem+json" });
    assert.deepEqual(typed.headers, [["content-type", "application/problem+json"]]);
  });

  it("refuses what is no answer, and gives none", () => {
    const { x, refuses } = bench();
    const name = "response.exit";
    refuses("code must be a number", name, "200");
    for (const bad of [99, 600])
      refuses("code must be a number between 100 and 599", name, bad, "x");
    refuses("body must be a nil, string or table", name, 200, 7);
    refuses("headers must be a nil or table", name, 200, "x", "X-One: 1");
    refuses("headers must be a nil or table", name, 200, "x", ["X-One: 1"]);
    refuses('invalid header value in array "X": got number, expected string', name, 200, "x", {
      X: ["a", 1],
    });
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    assert.throws(() => bench().call(name, 200, cycle), PdkError);
    assert.equal(x.answer, null);
  });

  it("throws one constant, and keeps the first answer", () => {
    const { x, call } = bench();
    assert.throws(
      () => call("response.exit", 401),
      (cause) => cause === EXIT,
    );
    assert.throws(
      () => call("response.exit", 200),
      (cause) => cause === EXIT,
    );
    assert.equal(x.answer?.status, 401);
    assert.ok(Object.isFrozen(EXIT));
  });

  it("changes status and headers at once in header_filter", () => {
    const { x, call } = answered().in("header_filter");
    assert.throws(
      () => call("response.exit", 418, "tea", { "X-Mine": "1" }),
      (cause) => cause === EXIT,
    );
    assert.deepEqual(
      [x.status, x.responseHeaders.get("x-mine"), String(x.answer?.body)],
      [418, "1", "tea"],
    );
  });

  it("answers errors by the template, with Kong's texts", () => {
    const errorWith = (...args: unknown[]) => {
      const made = bench();
      assert.throws(
        () => made.call("response.error", ...args),
        (cause) => cause === EXIT,
      );
      const { status, template, body, source } = made.x.answer!;
      assert.deepEqual([body, source], [null, "exit"]);
      return [status, template];
    };
    assert.deepEqual(errorWith(429), [429, "Too many requests"]);
    assert.deepEqual(errorWith(499), [499, "The upstream server responded with 499"]);
    assert.deepEqual(errorWith(404.5), [404, "The upstream server responded with 404"]);
    assert.deepEqual(errorWith(400, "why"), [400, "why"]);
    assert.deepEqual(errorWith(400, "why", { "content-type": "text/html; x=y" }), [400, "why"]);
    assert.deepEqual(errorWith(400, { a: 1 }), [400, '{"a":1}']);
    const { refuses } = bench();
    refuses("code must be a number between 400 and 599", "response.error", 200);
    refuses("message must be a nil, a string or a table", "response.error", 400, 7);
    refuses("no error template for content type image/png", "response.error", 400, "x", {
      "Content-Type": ["image/png"],
    });
    refuses("headers must be a nil or table", "response.error", 400, "x", 1);
  });

  it("puts the status of gRPC into headers", () => {
    const grpc = { "Content-Type": "application/grpc" };
    const typed = exitWith(403, "not you", grpc);
    assert.deepEqual(typed.headers.slice(1), [
      ["grpc-status", "7"],
      ["grpc-message", "PermissionDenied"],
    ]);
    assert.equal(String(typed.body), "not you");
    assert.equal(String(exitWith(403, Buffer.from("not you"), grpc).body), "not you");
    const { refuses } = bench();
    refuses("body of a gRPC answer must be a string", "response.exit", 404, { message: "m" }, grpc);
  });

  it("answers a gRPC request by headers alone, as recorded", () => {
    const over2 = (...args: unknown[]) => {
      const headers = { "Content-Type": "application/grpc+proto" };
      const made = bench(makeExchange("POST", "/", headers, "x", { httpVersion: 2 }));
      assert.throws(
        () => made.call("response.exit", ...args),
        (cause) => cause === EXIT,
      );
      assert.equal(String(made.x.answer!.body), "");
      return Object.fromEntries(made.x.answer!.headers);
    };
    const who = { "grpc-status": "16", "grpc-message": "who" };
    assert.deepEqual(over2(401, { message: "who" }), who);
    assert.deepEqual(over2(401, Buffer.from("who")), who);
    assert.deepEqual(over2(404, { message: 7 }), {
      "grpc-status": "5",
      "grpc-message": "NotFound",
    });
    assert.deepEqual(over2(302), { "grpc-status": "2", "grpc-message": "Unknown" });
    // go-pdk always sends a body, be it empty: no message then
    assert.deepEqual(over2(429, Buffer.alloc(0)), { "grpc-status": "8" });
    const given = { "grpc-status": "3", "grpc-message": "mine" };
    assert.deepEqual(over2(500, "", given), { "grpc-status": "3" });
  });
});

describe("the headers of an answer before the Service answered", () => {
  it("wait in the exchange", () => {
    const { x, kong } = bench();
    assert.ok(x.responseHeaders instanceof HeaderBlock);
    kong.response.setHeader("X-Early", "1");
    assert.equal(x.responseHeaders.get("x-early"), "1");
  });
});
