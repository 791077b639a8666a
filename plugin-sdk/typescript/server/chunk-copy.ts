/**
 * The chunk of a body in memory of its own, for a plugin to look at; the garbage of those before it is collected now and then.
 *
 * V8 looks at its own small space of young objects to decide when to collect, and of a Buffer there is little in it: of a
 * long body some ten megabytes of chunks would lie about. A collection of the young costs well below 1 ms.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes of chunks between two collections. */
const COLLECT_AFTER_BYTES = 4 * 1024 * 1024;

type Collect = (options: { readonly type: "minor" }) => void;

let collect: Collect | null = null;
let bytesSince = 0;

/** There is no function for it without an option of V8, which may be set while the process runs. */
function loadCollect(): Collect {
  try {
    setFlagsFromString("--expose-gc");
    const loaded = runInNewContext("gc") as Collect;
    setFlagsFromString("--no-expose-gc");
    return loaded;
  } catch {
    return () => {}; // another runtime, or one that is not allowed to
  }
}

/** `bytes[start..end)` as a Buffer that is the plugin's for good. */
export function copyChunk(bytes: Buffer, start: number, end: number): Buffer {
  bytesSince += end - start;
  if (bytesSince >= COLLECT_AFTER_BYTES) {
    bytesSince = 0;
    collect ??= loadCollect();
    collect({ type: "minor" });
  }
  return Buffer.from(bytes.subarray(start, end));
}
