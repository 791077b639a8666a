/** The timeline of a request: what it names, and when it is told: with its log event, where it gets one. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { type RequestEntry, Timeline } from "../../../core/dev/timeline.ts";
import { timelineText } from "../../../core/dev/timeline-text.ts";
import { encode, type Message } from "../../../plugin-sdk/typescript/wire/codec.ts";
import { FRAME } from "../../../plugin-sdk/typescript/wire/messages.ts";

const ID = "0123456789abcdef0123456789abcdef";
const LINE = `127.0.0.1 - - [21/Nov/2026:18:00:00 +0000] "GET /a?b=c HTTP/1.1" 200 12 "-" "curl" kong_request_id: "${ID}"`;
const ACCESS = 0x20;
const LOG = 0x2000;

describe("Timeline", () => {
  let told: RequestEntry[] = [];
  let timeline: Timeline;
  let nowUs = 0;
  const link = { id: 1 };

  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    told = [];
    nowUs = 0;
    timeline = new Timeline((entry) => void told.push(entry));
  });
  afterEach(() => mock.timers.reset());

  function pass(stream: number, type: number, name: string, message: Message): void {
    const b = Buffer.from(encode(name, message), "latin1");
    nowUs += 10;
    const isGateways = type === FRAME.EVENT;
    timeline.onFrame({ link, isGateways, stream, type, b, from: 0, end: b.length, atUs: nowUs });
  }
  const start = (phases: number): void =>
    pass(0, FRAME.START, "Start", { instance: 1, plugin: "greeter", phases });
  const event = (stream: number, phase: number): void =>
    pass(stream, FRAME.EVENT, "Event", { phase, instances: [1], request: 7, id: ID });

  it("names reads, writes and call-backs of an event, with its times", () => {
    start(ACCESS);
    event(3, ACCESS);
    pass(3, FRAME.CALL, "Call", { method: "kong.client.load_consumer", args: [{ text: "ann" }] });
    pass(3, FRAME.RESULT, "Result", {});
    pass(3, FRAME.LOG, "LogLine", { level: "err", message: "no\n  at x", plugin: "greeter" });
    const reads = ["kong.request.get_header x-a", "kong.client.get_ip", "kong.client.get_ip"];
    const writes = [{ op: 7, number: 204 }];
    pass(3, FRAME.DONE, "Done", { ran: 1, plugin_us: [15], reads, writes });
    timeline.onAccessLine(LINE);
    mock.timers.tick(40);
    const [{ method, path, status, phases } = assert.fail("it is not told")] = told;
    assert.deepEqual([method, path, status], ["GET", "/a?b=c", 200]);
    assert.deepEqual(phases, [
      {
        phase: "access",
        plugins: ["greeter"],
        reads: ['request.get_header("x-a")', "client.get_ip()", "client.get_ip()"],
        writes: ["response.set_status(204)"],
        callbacks: ['client.load_consumer("ann")'],
        logs: ["err: no\n  at x"],
        chunks: 0,
        queueUs: 0,
        transportUs: 25,
        pluginUs: 5,
        callbackUs: 10,
        failure: "",
      },
    ]);
    const text = timelineText(told[0]!, false);
    assert.match(text, /access .* greeter {2}3 reads, 1 writes, 1 call-backs {2}queue 0 us/);
    assert.match(text, /^ {6}\| err: no\n {6}\| {3}at x\n/m);
    assert.match(text, /^ {6}< client\.get_ip\(\) 2 times$/m);
  });

  it("waits for the log event of a plugin that has that phase", () => {
    start(ACCESS | LOG);
    event(3, ACCESS);
    pass(3, FRAME.DONE, "Done", { ran: 1 });
    timeline.onAccessLine(LINE);
    mock.timers.tick(1000);
    assert.equal(told.length, 0);
    event(5, LOG);
    pass(5, FRAME.DONE, "Done", { ran: 1, reads: ["kong.response.get_status"] });
    mock.timers.tick(40);
    const phases = told[0]?.phases.map(({ phase, reads }) => [phase, ...reads]);
    assert.deepEqual(phases, [["access"], ["log", "response.get_status()"]]);
    mock.timers.tick(10_000);
    assert.equal(told.length, 1, "once");
  });

  it("does not wait for ever, nor where the log event has a condition or the config is gone", () => {
    start(ACCESS | LOG);
    timeline.onAccessLine(LINE);
    mock.timers.tick(2000);
    assert.equal(told.length, 1, "it was dropped");
    pass(0, FRAME.STARTED, "Started", {
      instance: 1,
      conditions: [{ phases: LOG, condition: { has_consumer: true } }],
    });
    timeline.onAccessLine(LINE);
    mock.timers.tick(40);
    assert.equal(told.length, 2, "it may not come at all");
    start(LOG);
    pass(0, FRAME.STOP, "Stop", { instance: 1 });
    timeline.onAccessLine(LINE);
    mock.timers.tick(40);
    assert.equal(told.length, 3);
  });
});
