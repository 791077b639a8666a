import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, describe, it } from "node:test";
import { acceptOnread, connectPlain, dataTransport } from "../../../core/http1/open-transport.ts";
import type { Transport, TransportOwner } from "../../../core/http1/transport.ts";

/** Collects what a transport tells its owner. */
class Owner implements TransportOwner {
  closed = 0;
  readonly untilClosed: Promise<void>;
  #close: () => void = () => {};
  #received = "";
  #waiting: { bytes: number; resolve: (text: string) => void } | null = null;

  constructor(transport: Transport) {
    transport.owner = this;
    this.untilClosed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  until(bytes: number): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting = { bytes, resolve };
      this.#look();
    });
  }

  #look(): void {
    const waiting = this.#waiting;
    if (waiting === null || this.#received.length < waiting.bytes) return;
    this.#waiting = null;
    waiting.resolve(this.#received);
  }

  onData(b: Buffer, n: number): void {
    this.#received += b.latin1Slice(0, n);
    this.#look();
  }

  onEnd(): void {}

  onClose(): void {
    this.closed++;
    this.#close();
  }
}

for (const kind of ["onread", "data"] as const) {
  describe(`Transport, ${kind}`, () => {
    const servers: net.Server[] = [];
    const sockets: net.Socket[] = [];
    after(() => {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy(); // those that a failed test left open
    });

    /** An accepted transport and the plain socket at its other end. */
    async function pair(): Promise<{ transport: Transport; peer: net.Socket }> {
      const server = net.createServer({ allowHalfOpen: true });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const accepted = new Promise<Transport>((resolve) => {
        if (kind === "onread") acceptOnread(server, resolve);
        else server.on("connection", (socket) => resolve(dataTransport(socket)));
      });
      const { port } = server.address() as net.AddressInfo;
      const peer = net.connect({ host: "127.0.0.1", port, allowHalfOpen: true });
      peer.on("error", () => {});
      const transport = await accepted;
      sockets.push(peer, transport.socket);
      return { transport, peer };
    }

    // Goal: order and content hold when the kernel takes only part. Method: a peer that does not read, all kinds of
    // writes in turn until some seconds' worth is queued, then the peer reads all.
    // Goal: a sender that never stops does not keep others waiting. Method: it is always ahead of us; timers and other
    // sockets must get their turn between full buffers.
    it("gives others their turn between full buffers, and goes on where it was", async () => {
      const { transport, peer } = await pair();
      const bytes = 8 * 1024 * 1024;
      let received = 0;
      let turns = 0;
      let isOver = false;
      const owner = new Owner(transport);
      owner.onData = (_, n) => {
        received += n;
        isOver = received >= bytes;
      };
      const count = (): void => {
        turns++;
        if (!isOver) setImmediate(count);
      };
      peer.write(Buffer.alloc(bytes, "x"));
      setImmediate(count);
      while (!isOver) await new Promise<void>((resolve) => setImmediate(resolve));
      assert.equal(received, bytes);
      assert.ok(turns > 16, `${turns} turns`);
      // paused meanwhile, it stays so
      transport.pause();
      peer.write(Buffer.alloc(256 * 1024, "y"));
      for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => setImmediate(resolve));
      assert.ok(received - bytes <= 32 * 1024, `${received - bytes} bytes came while paused`);
      transport.resume();
      while (received < bytes + 256 * 1024) {
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    });

    it("keeps the order of all kinds of writes to a slow reader, and says when they have gone", async () => {
      const { transport, peer } = await pair();
      const owner = new Owner(transport);
      peer.pause();
      const expected: string[] = [];
      let refusals = 0;
      for (let i = 0; refusals < 50; i++) {
        const text = `text ${i};`;
        const bytes = Buffer.from(`bytes ${i};`.repeat(1 + ((i * 977) % 1500)));
        const kinds = [
          () => transport.writeText(text),
          () => transport.writeTextAndBytes(text, bytes, 0, bytes.length),
          () => transport.writeBytes(bytes, 0, bytes.length),
          () => transport.writeBuffer(bytes),
        ];
        const whole = bytes.latin1Slice();
        expected.push([text, text + whole, whole, whole][i % 4]!);
        if (!kinds[i % 4]!()) refusals++;
        if (i % 4 === 1) bytes.fill("#"); // was copied
      }
      assert.equal(transport.isDrained, false);
      const drained = new Promise<void>((resolve) => transport.onceDrained({ onDrain: resolve }));
      const chunks: string[] = [];
      peer.on("data", (chunk: Buffer) => chunks.push(chunk.latin1Slice()));
      peer.resume();
      await drained;
      assert.equal(transport.isDrained, true);
      transport.end();
      await once(peer, "end");
      assert.ok(chunks.join("") === expected.join(""), "what came is not what was written");
      peer.end();
      await owner.untilClosed;
      assert.equal(owner.closed, 1);
      assert.equal(transport.errorCode, "");
    });

    it("sends what is queued before it closes its side", async () => {
      const { transport, peer } = await pair();
      new Owner(transport);
      peer.pause();
      const text = "x".repeat(10_000);
      let written = 0;
      do written += text.length;
      while (transport.writeText(text));
      transport.end();
      let came = 0;
      peer.on("data", (chunk: Buffer) => {
        came += chunk.length;
      });
      peer.resume();
      await once(peer, "end");
      assert.equal(came, written);
      peer.destroy();
    });

    it("tells of a peer that is gone once, with a code, also while writes are queued", async () => {
      const { transport, peer } = await pair();
      const owner = new Owner(transport);
      peer.pause();
      while (transport.writeText("x".repeat(10_000)));
      peer.resetAndDestroy();
      await owner.untilClosed;
      assert.equal(owner.closed, 1);
      assert.match(transport.errorCode, /^(ECONNRESET|EPIPE)$/);
      assert.equal(transport.writeText("late"), false);
    });

    it("gives up what is queued when it is closed", async () => {
      const { transport } = await pair();
      const owner = new Owner(transport);
      while (transport.writeText("x".repeat(10_000)));
      transport.onceDrained({ onDrain: () => assert.fail("nothing was drained") });
      transport.close();
      await owner.untilClosed;
      assert.equal(owner.closed, 1);
      assert.equal(transport.errorCode, "");
    });

    it("connects, and writes at once when it is connected", async () => {
      const server = net.createServer((socket) => socket.on("data", (b) => socket.end(b)));
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as net.AddressInfo;
      const transport = connectPlain({ host: "127.0.0.1", port }, kind === "onread", () => {
        assert.equal(transport.writeText("hello"), true);
      });
      const owner = new Owner(transport);
      assert.equal(await owner.until(5), "hello");
      transport.close();
      await owner.untilClosed;
    });
  });
}
