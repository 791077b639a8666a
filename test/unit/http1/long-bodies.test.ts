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
import { connectPlain } from "../../../core/http1/open-transport.ts";
import { READ_BYTES, type Transport, type TransportOwner } from "../../../core/http1/transport.ts";

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

/** Pauses in each read, or a turn of the loop later, when it may wait for its next one; goes on one to three turns after. */
class SlowOwner implements TransportOwner {
  received = 0;
  /** Most bytes that came in one pause. */
  paused = 0;
  readonly transport: Transport;
  readonly #every: number;
  readonly #pausesLater: boolean;
  #turnsLeft = 0;
  #isPaused = false;
  #sincePause = 0;

  constructor(transport: Transport, index: number) {
    this.transport = transport;
    this.#every = 1 + (index % 3);
    this.#pausesLater = index % 2 === 0; // not the last one
    transport.owner = this;
  }

  onData(_: Buffer, n: number): void {
    this.received += n;
    if (this.#isPaused) {
      this.#sincePause += n;
      this.paused = Math.max(this.paused, this.#sincePause);
      return;
    }
    if (!this.#pausesLater) this.#pause();
  }

  #pause(): void {
    this.#isPaused = true;
    this.#sincePause = 0;
    this.#turnsLeft = this.#every;
    this.transport.pause();
  }

  turn(): void {
    if (this.#isPaused) {
      if (--this.#turnsLeft > 0) return;
      this.#isPaused = false;
      this.transport.resume();
    } else if (this.#pausesLater && this.received > 0) this.#pause();
  }

  onEnd(): void {}
  onClose(): void {}
}

/** Sends a long body to whoever says something. */
async function bodyServer(): Promise<{ port: number; server: net.Server }> {
  const body = Buffer.alloc(BODY_BYTES, "b");
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.write(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as net.AddressInfo).port, server };
}

describe("long bodies", () => {
  // Goal: whoever comes meanwhile waits for one short turn. Method: count what each turn of the loop reads of sixty bodies,
  // once each has had its first.
  it("are read a bounded part a turn, and whole", async () => {
    const { port, server } = await bodyServer();
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

  // Goal: what waits for slow clients stays in the kernel. Method: owners that pause in a read or after it, and go on some
  // turns of the loop later, so that turns and pauses meet in all orders; the last of them never goes on.
  for (const usesOnread of [true, false]) {
    it(`bring nothing while they are paused, over ${usesOnread ? "onread" : "data events"}`, async () => {
      const { port, server } = await bodyServer();
      const readers = Array.from({ length: BODIES }, (_, i) => {
        const transport = connectPlain({ host: "127.0.0.1", port }, usesOnread, () =>
          transport.writeText("go"),
        );
        return new SlowOwner(transport, i);
      });
      const isDone = ({ received }: SlowOwner): boolean => received === BODY_BYTES;
      while (!readers.slice(0, -1).every(isDone)) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        for (const reader of readers.slice(0, -1)) reader.turn();
      }
      for (const { paused } of readers) assert.equal(paused, 0);
      const last = readers.at(-1)!;
      assert.ok(last.received > 0 && last.received <= 2 * READ_BYTES, `${last.received} bytes`);
      for (const { transport } of readers) transport.close();
      server.close();
    });
  }
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
