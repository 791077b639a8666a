/**
 * Many long bodies at once: each turn of the loop reads a bounded part of them, for a bounded time, and all of them come
 * whole. Sockets show it for bytes; who has which turn is shown by readers and a clock of the test's own.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, it } from "node:test";
import {
  LONG_BODIES_PER_TURN,
  LongBodies,
  type LongReader,
  TURN_BYTES_MAX,
  TURN_MS,
} from "../../../core/http1/long-bodies.ts";
import { connectPlain, READ_BYTES, type TransportOwner } from "../../../core/http1/transport.ts";

const BODIES = 60;
const BODY_BYTES = 2 * 1024 * 1024;

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
    // a read is under way when the bytes of the turn have reached that
    const most = Math.max(...turns.slice(1));
    assert.ok(most < TURN_BYTES_MAX + READ_BYTES, `${most} bytes`);
  });
});

/** A socket that always has bytes: notes when it reads, and waits when it is told to. */
class FakeReader implements LongReader {
  readonly name: number;
  isReading = true;
  isPaused = false;

  constructor(name: number) {
    this.name = name;
  }

  readOn(): boolean {
    this.isReading = !this.isPaused;
    return this.isReading;
  }

  standBack(): boolean {
    const did = this.isReading;
    this.isReading = false;
    return did;
  }
}

class Rig {
  nowMs = 1000;
  readonly scheduled: (() => void)[] = [];
  readonly bodies = new LongBodies(
    () => this.nowMs,
    (next) => this.scheduled.push(next),
  );
  readonly readers: FakeReader[];

  constructor(count: number) {
    this.readers = Array.from({ length: count }, (_, i) => new FakeReader(i));
  }

  /** One poll of the loop: all that read are ready, and each read takes so long. @returns who read */
  poll(readMs: number, bytes = READ_BYTES): number[] {
    const read: number[] = [];
    for (const reader of this.readers) {
      if (!reader.isReading) continue; // also one that has stood back meanwhile
      read.push(reader.name);
      this.bodies.begin(bytes);
      this.nowMs += readMs;
      this.bodies.isOver(reader);
      if (reader.standBack()) this.bodies.wait(reader);
    }
    return read;
  }

  /** The end of a turn of the loop. */
  check(): void {
    for (const next of this.scheduled.splice(0)) next();
  }
}

describe("turns of long bodies", () => {
  it("are a few of those that wait, one after the other, over and over", () => {
    const rig = new Rig(3 * LONG_BODIES_PER_TURN);
    rig.poll(0, 1);
    const counts = new Array<number>(rig.readers.length).fill(0);
    for (let round = 1; round <= 3; round++) {
      for (let i = 0; i < 3; i++) {
        rig.check();
        const read = rig.poll(0, 1);
        assert.equal(read.length, LONG_BODIES_PER_TURN);
        for (const name of read) counts[name]!++;
      }
      assert.deepEqual(new Set(counts), new Set([round]));
    }
  });

  // Goal: the cost of a body decides, not its bytes. Method: each read takes half of the time of a turn.
  it("end when their time is used up, and the others get the next", () => {
    const rig = new Rig(20);
    rig.poll(0, 1);
    const counts = new Array<number>(20).fill(0);
    for (let i = 0; i < 200; i++) {
      rig.check();
      const read = rig.poll(TURN_MS / 2, 1);
      assert.ok(read.length <= 2, `${read.length} reads`);
      for (const name of read) counts[name]!++;
    }
    assert.equal(
      counts.reduce((a, b) => a + b),
      400,
    );
    assert.ok(Math.min(...counts) > 10, `of 400 reads by twenty: ${counts}`);
  });

  it("end when their bytes are used up, also by those that were let in before and had none", () => {
    const rig = new Rig(40);
    rig.poll(0, 1);
    for (let i = 0; i < 5; i++) rig.check(); // all are let in, and nothing comes
    assert.equal(rig.poll(0, TURN_BYTES_MAX / 4).length, 4);
    rig.check();
    assert.equal(rig.poll(0, 1).length, LONG_BODIES_PER_TURN);
  });

  it("are not wasted on those that are paused, and not asked for when nobody waits", () => {
    const rig = new Rig(20);
    rig.poll(0, 1);
    for (const reader of rig.readers.slice(0, 15)) reader.isPaused = true;
    rig.check();
    assert.deepEqual(rig.poll(0, 1), [15, 16, 17, 18, 19]);
    for (const reader of rig.readers) reader.isPaused = true;
    rig.check();
    assert.equal(rig.bodies.isBusy, false);
    assert.equal(rig.scheduled.length, 0);
  });

  it("keep those waiting that come while others do", () => {
    const rig = new Rig(LONG_BODIES_PER_TURN + 1);
    assert.equal(rig.bodies.isBusy, false);
    rig.poll(0, 1);
    assert.equal(rig.bodies.isBusy, true);
    rig.check();
    assert.equal(rig.bodies.isBusy, true, "one is left");
    rig.check();
    assert.equal(rig.bodies.isBusy, false);
  });
});
