/** Entry of a primary that `start` put into the background: the prefix is its argument, IPC says how it went. */
import { runPrimary } from "./primary.ts";

const [prefix = ""] = process.argv.slice(2);

/** `start` is gone before it heard how this went: nobody waits for this gateway, so none is left behind. */
const onAlone = (): void => {
  process.kill(process.pid, "SIGTERM");
};
process.once("disconnect", onAlone);

runPrimary({
  prefix,
  onReady() {
    process.off("disconnect", onAlone);
    process.send?.({ type: "ready" }, undefined, {}, () => {}); // `start` may be gone since
  },
}).then(
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
