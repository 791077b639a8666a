/** What a connection tells of its client; and that all of them have one shape, on which the cost of a request depends. */
import assert from "node:assert/strict";
import type net from "node:net";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";
import { ConnectionFacts } from "../../../core/listener/connection-facts.ts";

const LISTENER = { ip: "0.0.0.0", port: 8000, advertisedPort: 80 };
const factsOf = (socket: object) =>
  new ConnectionFacts(socket as net.Socket, LISTENER, null, (ip) => ip === "10.0.0.1");

describe("ConnectionFacts", () => {
  it("tells addresses as they are read off the socket, IPv4 as such", () => {
    const facts = factsOf({
      remoteAddress: "::ffff:10.0.0.1",
      remotePort: 4,
      localAddress: "::ffff:127.0.0.1",
    });
    assert.deepEqual(
      [facts.ip, facts.port, facts.trusted, facts.localIp, facts.localPort, facts.advertisedPort],
      ["10.0.0.1", 4, true, "127.0.0.1", 8000, 80],
    );
  });

  it("has something to say of a Unix socket", () => {
    const facts = factsOf({});
    assert.deepEqual(
      [facts.ip, facts.port, facts.trusted, facts.localIp],
      ["unix:", 0, false, "0.0.0.0"],
    );
  });

  it("is of one shape for all connections", () => {
    setFlagsFromString("--allow-natives-syntax");
    const haveSameShape = runInThisContext("(a, b) => %HaveSameMap(a, b)") as (
      a: object,
      b: object,
    ) => boolean;
    assert.equal(haveSameShape(factsOf({}), factsOf({ remotePort: 1 })), true);
  });
});
