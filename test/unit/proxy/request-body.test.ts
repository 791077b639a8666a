/** A request's body is there for everybody who asks for it, also for those who ask while others wait. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BODY_TOO_LARGE } from "../../../core/exchange/exchange.ts";
import type { BodySink, ClientStream } from "../../../core/proxy/client-stream.ts";
import { ClientBody } from "../../../core/proxy/request-body.ts";

/** A client whose body of unknown length comes when the test says so. */
function slowClient(): { body: ClientBody; send: (text: string) => boolean; end: () => void } {
  let sink: BodySink | null = null;
  const client: Partial<ClientStream> = {
    bodyLength: -1,
    isBodyPending: true,
    readBody(given) {
      sink = given;
    },
    resumeBody() {},
  };
  const body = new ClientBody(client as ClientStream);
  const send = (text: string): boolean => sink!.onBodyBytes(Buffer.from(text), 0, text.length);
  return { body, send, end: () => sink!.onBodyEnd() };
}

describe("a body that several ask for before it is there", () => {
  it("is given to all of them", async () => {
    const { body, send, end } = slowClient();
    const asked = [body.read(100), body.read(100), body.read(100)];
    send("all of it");
    end();
    assert.deepEqual((await Promise.all(asked)).map(String), Array(3).fill("all of it"));
  });

  it("is too large for those alone who wanted less", async () => {
    for (const [first, second] of [
      [4, 100],
      [100, 4],
    ] as const) {
      const { body, send, end } = slowClient();
      const asked = [body.read(first), body.read(second)];
      assert.equal(send("more than four"), true, "read on for the one who takes it");
      end();
      const got = await Promise.all(asked);
      assert.deepEqual(
        got.map((one) => (one === BODY_TOO_LARGE ? "too large" : String(one))),
        first === 4 ? ["too large", "more than four"] : ["more than four", "too large"],
      );
    }
  });
});
