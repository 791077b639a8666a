/**
 * Entry of a primary that `start` put into the background: the prefix is its argument, IPC says how it went.
 *
 * A worker is wanted whatever the settings say, and Node takes longer to start than everything else in a start: so the
 * first one is forked before this process has its own code, which is why that is imported late.
 */
import { endSpares, forkAhead } from "./spare-workers.ts";

const [prefix = ""] = process.argv.slice(2);

/** `start` is gone before it heard how this went: nobody waits for this gateway, so none is left behind. */
const onAlone = (): void => {
  process.kill(process.pid, "SIGTERM");
};
process.once("disconnect", onAlone);
process.on("SIGUSR1", () => {}); // until there are logs to reopen: Node would open the port of its debugger

function onReady(): void {
  process.off("disconnect", onAlone);
  process.send?.({ type: "ready" }, undefined, {}, () => {}); // `start` may be gone since
}

async function run(): Promise<void> {
  forkAhead(1);
  try {
    const { runPrimary } = await import("./primary.ts");
    await runPrimary({ prefix, onReady });
  } finally {
    endSpares(); // settings that cannot be read: nothing else has ended it
  }
}

run().then(
  () => process.exit(0),
  (cause: unknown) => {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (process.send === undefined) {
      console.error(`Error: ${message}`);
      process.exit(1);
    }
    process.send({ type: "failed", message }, undefined, {}, () => process.exit(1));
  },
);
