/**
 * Entry of a worker process: waits for `start`, then hands every message to the worker.
 *
 * A process in reserve is told to `prepare` before: it warms up and goes on waiting.
 */
import { GatewayError } from "../errors.ts";
import { loadRunningSettings } from "../config/load.ts";
import { collectGarbageNow } from "./garbage.ts";
import type { ToWorker } from "./messages.ts";
import { type WarmUp, warmUp } from "./warm-up.ts";
import { Worker } from "./worker.ts";

let worker: Promise<Worker> | null = null;
let warming: WarmUp | null = null;

process.on("message", (message: ToWorker, handle: unknown) => {
  if (message.type === "prepare") {
    prepare(message.prefix);
    return;
  }
  if (message.type === "start") {
    warming?.stop();
    worker = Worker.start(message);
    worker.then(
      () => process.send?.({ type: "started" }),
      (cause: unknown) => fail(cause),
    );
    return;
  }
  worker?.then((one) => one.receive(message, handle)).catch(fail);
});

function prepare(prefix: string): void {
  try {
    warming = warmUp(loadRunningSettings(prefix, process.env).settings);
    void warming.done.then(() => {
      if (worker === null) collectGarbageNow(() => worker !== null);
    });
  } catch {
    // settings that have become wrong: `start` says so, if it comes
  }
}

// the primary decides when a worker ends: a terminal's Ctrl-C goes to all processes at once
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
process.on("SIGQUIT", () => {});
process.on("SIGTERM", () => process.exit(0));
// whoever rotates logs may tell all processes: without a listener Node would open the port of its debugger
process.on("SIGUSR1", () => {
  worker?.then((one) => one.receive({ type: "reopen" }, null)).catch(() => {});
});
process.on("SIGUSR2", () => {}); // nginx' workers do not mind it
// what a plugin started and did not wait for may fail without taking everybody's requests with it
process.on("unhandledRejection", (cause) => {
  if (worker === null) return fail(cause);
  worker.then((one) => one.reportUnhandled(cause)).catch(fail);
});
process.on("disconnect", () => {
  if (worker === null) process.exit(0);
  worker.then((one) => one.drain()).catch(() => process.exit(1));
});

function fail(cause: unknown): void {
  const isSaid = cause instanceof GatewayError; // where it came from helps nobody
  const message =
    cause instanceof Error && !isSaid ? (cause.stack ?? cause.message) : messageOf(cause);
  process.send?.({ type: "failed", message }, undefined, {}, () => process.exit(1));
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
