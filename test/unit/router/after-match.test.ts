/** What a matched Route demands: https, and gRPC over HTTP/2. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HeaderBlock } from "../../../core/exchange/header-block.ts";
import { checkAfterMatch } from "../../../core/router/after-match.ts";
import { exchange, headerBlock, route } from "./support.ts";

function check(
  protocols: readonly string[],
  given: Parameters<typeof exchange>[0] = {},
  status = 426,
): ReturnType<typeof checkAfterMatch> {
  return checkAfterMatch(exchange(given), route({ protocols, https_redirect_status_code: status }));
}

describe("checkAfterMatch", () => {
  it("has nothing against http where the Route takes it, nor against https", () => {
    assert.equal(check(["http", "https"]), null);
    assert.equal(check(["http"]), null);
    assert.equal(check(["https"], { scheme: "https" }), null);
  });

  it("asks for https, or sends there", () => {
    const refused = check(["https"])!;
    assert.equal(refused.status, 426);
    assert.equal(refused.template, "Please use HTTPS protocol");
    assert.deepEqual(refused.headers, [
      ["Connection", "Upgrade"],
      ["Upgrade", "TLS/1.2, HTTP/1.1"],
    ]);
    const sent = check(["https"], { target: "/s/a%20b?x", authority: "h.test:8080" }, 308)!;
    assert.equal(sent.status, 308);
    assert.deepEqual(sent.headers, [
      ["Location", "https://h.test/s/a%20b?x"],
      ["Content-Type", "text/html; charset=UTF-8"],
    ]);
    assert.match(String(sent.body), /^<html>\r\n<head><title>308 Permanent Redirect<\/title>/);
    const cased = check(["https"], { target: "/", authority: "H.Test.:8080" }, 301)!;
    assert.deepEqual(cased.headers[0], ["Location", "https://h.test/"]);
    const nameless = check(["https"], { authority: "", target: "/n" }, 301)!;
    assert.deepEqual(nameless.headers[0], ["Location", "https://kong/n"]);
    assert.deepEqual(nameless.headers[1], ["Content-Type", "text/html"]);
  });

  it("believes a trusted peer, word for word", () => {
    const claims = (proto: string): HeaderBlock => headerBlock({ "X-Forwarded-Proto": proto });
    assert.equal(check(["https"], { trusted: true, headers: claims("https") }), null);
    assert.equal(check(["https"], { trusted: true, headers: claims("HTTPS") })?.status, 426);
    assert.equal(check(["https"], { headers: claims("https") })?.status, 426);
    const plain = { trusted: true, scheme: "https", headers: claims("http") } as const;
    assert.equal(check(["https"], plain)?.status, 426);
  });

  it("wants gRPC on gRPC Routes", () => {
    const grpc = headerBlock({ "Content-Type": "application/grpc+proto" });
    assert.equal(check(["grpc"])?.status, 415);
    assert.equal(check(["grpc"], { headers: grpc })?.template, "Please use HTTP2 protocol");
    assert.equal(check(["grpc"], { headers: grpc, httpVersion: 2 }), null);
    const secure = check(["grpcs"], { headers: grpc, httpVersion: 2 })!;
    assert.equal(secure.status, 200);
    assert.deepEqual(secure.headers[1], ["grpc-status", "1"]);
    const over = { headers: grpc, httpVersion: 2, scheme: "https" } as const;
    assert.equal(check(["grpcs"], over), null);
  });
});
