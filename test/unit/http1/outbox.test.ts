/** Who waits for company and who does not; and, over sockets, that held text keeps its place and is never half sent. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  BUSY_TURN_MESSAGES,
  HELD_SOCKETS_MAX,
  HELD_TEXT_MAX,
  Outbox,
  type Sender,
} from "../../../core/http1/outbox.ts";
import { connectPlain } from "../../../core/http1/open-transport.ts";
import type { Transport } from "../../../core/http1/transport.ts";

class Counter implements Sender {
  sent = 0;
  sendHeld(): void {
    this.sent++;
  }
}

function outboxWithTurns(): { outbox: Outbox; endTurn: () => void } {
  let next: (() => void) | null = null;
  const outbox = new Outbox((end) => {
    assert.equal(next, null, "asked for the end of a turn twice");
    next = end;
  });
  const endTurn = (): void => {
    const end = next;
    next = null;
    end?.();
  };
  return { outbox, endTurn };
}

describe("Outbox", () => {
  it("lets messages go at once until a turn was busy, and again after a calm one", () => {
    const { outbox, endTurn } = outboxWithTurns();
    const sender = new Counter();
    for (let i = 0; i < BUSY_TURN_MESSAGES; i++) assert.equal(outbox.take(sender, false), false);
    endTurn();
    assert.equal(outbox.take(sender, false), true);
    assert.equal(sender.sent, 0);
    endTurn();
    assert.equal(sender.sent, 1);
    assert.equal(outbox.take(sender, false), false);
    endTurn();
    assert.equal(sender.sent, 1);
  });

  it("keeps what has more to come, also in a calm turn", () => {
    const { outbox, endTurn } = outboxWithTurns();
    const sender = new Counter();
    assert.equal(outbox.take(sender, true), true);
    endTurn();
    assert.equal(sender.sent, 1);
  });

  it("sends all that wait before one more than the limit is taken", () => {
    const { outbox, endTurn } = outboxWithTurns();
    const senders = Array.from({ length: HELD_SOCKETS_MAX + 1 }, () => new Counter());
    for (const sender of senders) assert.equal(outbox.take(sender, true), true);
    const sent = (): number => senders.reduce((n, sender) => n + sender.sent, 0);
    assert.equal(sent(), HELD_SOCKETS_MAX);
    assert.equal(senders.at(-1)!.sent, 0);
    endTurn();
    assert.equal(sent(), HELD_SOCKETS_MAX + 1);
  });
});

describe("Transport.writeSoon", () => {
  const servers: net.Server[] = [];
  after(() => {
    for (const server of servers) server.close();
  });

  /** A transport, and the chunks that its peer has read. */
  async function connected(): Promise<{ transport: Transport; peer: net.Socket }> {
    const server = net.createServer({ allowHalfOpen: true });
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    const accepted = once(server, "connection") as Promise<[net.Socket]>;
    const transport = await new Promise<Transport>((resolve) => {
      const opening = connectPlain({ host: "127.0.0.1", port }, true, () => resolve(opening));
    });
    const [peer] = await accepted;
    return { transport, peer };
  }

  async function text(peer: net.Socket): Promise<string> {
    let all = "";
    for await (const chunk of peer) all += String(chunk);
    return all;
  }

  it("keeps the order with every other kind of write", async () => {
    const { transport, peer } = await connected();
    const long = Buffer.alloc(HELD_TEXT_MAX + 1, "x");
    transport.writeSoon("a", true);
    transport.writeText("b");
    transport.writeSoon("c", true);
    transport.writeTextAndBytes("d", Buffer.from("-e-"), 1, 2);
    transport.writeSoon("f", true);
    transport.writeBuffer(Buffer.from("g"));
    transport.writeSoon("h", true);
    transport.writeSoon(long.toString());
    transport.writeSoon("i", true);
    transport.writeSoon("j");
    transport.end();
    assert.equal(await text(peer), `abcdefgh${long}ij`);
    transport.close();
  });

  it("makes one message of parts, at the end of the turn", async () => {
    const { transport, peer } = await connected();
    const chunks: string[] = [];
    peer.on("data", (chunk) => chunks.push(String(chunk)));
    const before = transport.sent;
    transport.writeSoon("head ", true);
    transport.writeSoon("body ", true);
    transport.writeSoon("end");
    assert.equal(transport.sent, before);
    await once(peer, "data");
    assert.equal(transport.sent, before + 1);
    assert.deepEqual(chunks, ["head body end"]);
    transport.close();
    peer.destroy();
  });

  it("sends what is held before it closes, and not what was dropped", async () => {
    const one = await connected();
    one.transport.writeSoon("kept", true);
    one.transport.close();
    assert.equal(await text(one.peer), "kept");
    const two = await connected();
    two.transport.writeSoon("dropped", true);
    two.transport.dropHeld();
    two.transport.close();
    await nextTurn();
    assert.equal(await text(two.peer), "");
    assert.equal(two.transport.sent, 0);
  });
});
