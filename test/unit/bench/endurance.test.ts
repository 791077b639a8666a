/** What the endurance bench judges with: bars that can be missed, and a load that loses no answer and no failure. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Bars, median, percentile } from "../../../bench/endurance/bars.mjs";
import { type Answer, get, Load } from "../../../bench/endurance/load.mjs";
import { isGone, isListening } from "../../../bench/endurance/process-state.mjs";

describe("bars", () => {
  it("say the figure and the bar, and count what is missed", () => {
    const lines: string[] = [];
    const bars = new Bars((line) => lines.push(line));
    bars.hold("part", "failures", 0, "<=", 0);
    bars.hold("part", "ms", 250.5, "<=", 250);
    bars.hold("part", "events", 9, ">=", 10);
    bars.hold("part", "wrong", 1, "=", 0);
    bars.fail("part", "no Go on this machine");
    assert.deepEqual([bars.kept, bars.missed], [1, 4]);
    assert.equal(lines[0], "ok      part: failures: 0 (bar <= 0)");
    assert.equal(lines[1], "MISSED  part: ms: 250.50 (bar <= 250)");
  });

  it("are missed by what was not measured", () => {
    const bars = new Bars(() => {});
    bars.hold("part", "p99", Number.NaN, "<=", 1);
    bars.hold("part", "back", Number.POSITIVE_INFINITY, "<=", 1);
    bars.hold("part", "first", Number.NEGATIVE_INFINITY, "<=", 1);
    assert.deepEqual([bars.kept, bars.missed], [0, 3]);
  });

  it("summarise", () => {
    assert.equal(median([5, 1, 3]), 3);
    assert.equal(percentile([...Array(100).keys()], 0.99), 99);
    assert.ok(Number.isNaN(percentile([], 0.5)));
  });
});

/** It answers, in two pieces; hangs up on `/cut`, and ends a connection after an answer to `/last`, as it says. */
const server = net.createServer((socket) => {
  let text = "";
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
    if (!text.endsWith("\r\n\r\n")) return;
    const isCut = text.startsWith("GET /cut");
    const isLast = text.startsWith("GET /last");
    text = "";
    if (isCut) return socket.destroy();
    const close = isLast ? "connection: close\r\n" : "";
    socket.write(`HTTP/1.1 200 OK\r\n${close}content-length: 4\r\nx-mark: a\r\n\r\no`);
    setImmediate(() => (isLast ? socket.end("kok") : socket.write("kok")));
  });
});

describe("a load", () => {
  before(() => new Promise<void>((done) => server.listen(0, "127.0.0.1", done)));
  after(() => server.close());

  const kinds = [
    { name: "good", text: get("/", { "x-a": "1" }) },
    { name: "cut", text: get("/cut") },
  ];
  const last = [{ name: "last", text: get("/last") }];

  it("opens a connection anew that the answer says is over", async () => {
    const { port } = server.address() as AddressInfo;
    const statuses = new Set<number>();
    await new Promise<void>((done) => {
      const load = new Load({
        port,
        connections: 2,
        rate: 0,
        kinds: last,
        onAnswer({ status }) {
          statuses.add(status);
          if (load.answered === 50) void load.stop().then(done);
        },
      });
    });
    assert.deepEqual([...statuses], [200]);
  });

  for (const rate of [0, 2000]) {
    it(`of ${rate || "as many as are answered"} a second sees every answer, and what is lost`, async () => {
      const answers: Answer[] = [];
      let hasEnough: () => void = () => {};
      const areEnough = new Promise<void>((done) => {
        hasEnough = done;
      });
      const { port } = server.address() as AddressInfo;
      const onAnswer = (answer: Answer): void => {
        answers.push(answer);
        if (answers.length === 100) hasEnough();
      };
      const load = new Load({ port, connections: 4, rate, kinds, onAnswer });
      await areEnough;
      await load.stop();
      assert.equal(load.inFlight, 0);
      assert.equal(load.answered, answers.length);
      const good = answers.filter(({ kind }) => kind.name === "good");
      for (const { status, head } of good.filter(({ status: one }) => one !== 0)) {
        assert.equal(status, 200);
        assert.match(head, /x-mark: a\r\n\r\nokok$/);
      }
      assert.ok(good.some(({ status }) => status === 200));
      const cut = answers.filter(({ kind }) => kind.name === "cut");
      assert.ok(cut.length > 0 && cut.every(({ status }) => status === 0));
      for (const { dueMs, sentMs, endMs } of answers) assert.ok(dueMs <= sentMs && sentMs <= endMs);
    });
  }
});

describe("a process, from outside", () => {
  it("listens also where its socket was bound under another name", async () => {
    const folder = mkdtempSync(join(tmpdir(), "endurance-test-"));
    const path = join(folder, "p.socket");
    const listener = net.createServer((socket) => socket.destroy());
    try {
      assert.equal(await isListening(path), false);
      await new Promise<void>((done) => listener.listen(`${path}.1`, done));
      renameSync(`${path}.1`, path);
      assert.equal(await isListening(path), true);
      await new Promise((done) => listener.close(done));
      assert.equal(await isListening(path), false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("is gone when it has ended, not before", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: "pipe" });
    await once(child, "spawn");
    assert.equal(isGone(child.pid!), false);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(isGone(child.pid!), true);
  });
});
