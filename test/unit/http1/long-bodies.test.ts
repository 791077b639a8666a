/** Many long bodies at once: each turn of the loop reads a bounded part of them, and all of them come whole. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, it } from "node:test";
import { connectPlain, READ_BYTES, type TransportOwner } from "../../../core/http1/transport.ts";

const BODIES = 60;
const BODY_BYTES = 2 * 1024 * 1024;
/** Eight sockets with two full reads each; a read may be under way when a socket's bytes have reached that. */
const TURN_BYTES_MAX = 8 * 3 * READ_BYTES;

/** Counts what comes, and when all has come. */
class Reader implements TransportOwner {
  received = 0;
  readonly #onBytes: (n: number) => void;

  constructor(onBytes: (n: number) => void) {
    this.#onBytes = onBytes;
  }

  onData(_: Buffer, n: number): void {
    this.received += n;
    this.#onBytes(n);
  }

  onEnd(): void {}
  onClose(): void {}
}

describe("long bodies", () => {
  // Goal: whoever comes meanwhile waits for one short turn. Method: count what each turn of the loop reads of sixty bodies,
  // once each has had its first.
  it("are read a bounded part a turn, and whole", async () => {
    const body = Buffer.alloc(BODY_BYTES, "b");
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.write(body));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    let thisTurn = 0;
    let left = BODIES * BODY_BYTES;
    const turns: number[] = [];
    const readers = Array.from({ length: BODIES }, () => {
      const transport = connectPlain({ host: "127.0.0.1", port }, true, () =>
        transport.writeText("go"),
      );
      const reader = new Reader((n) => {
        thisTurn += n;
        left -= n;
      });
      transport.owner = reader;
      return { transport, reader };
    });
    while (left > 0) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (readers.every(({ reader }) => reader.received > 2 * READ_BYTES)) turns.push(thisTurn);
      thisTurn = 0;
    }
    for (const { transport, reader } of readers) {
      assert.equal(reader.received, BODY_BYTES);
      transport.close();
    }
    server.close();
    assert.ok(turns.length > BODIES, `${turns.length} turns`);
    assert.ok(Math.max(...turns.slice(1)) <= TURN_BYTES_MAX, `${Math.max(...turns)} bytes`);
  });
});
