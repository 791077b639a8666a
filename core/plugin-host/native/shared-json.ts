/**
 * kong.ctx.shared as an event carries it: a JSON object of what is plain data and small.
 *
 * In-process plugins put anything there; what JSON would change (bytes, functions, objects of a class) or what is large
 * stays away, and the plugin server asks for it.
 */
import { SHARED_CHARS_MAX, SHARED_DEPTH_MAX } from "./limits.ts";

/** The object that was made last, and whether it lacks something. */
export const sharedJson = { text: "", isPartial: false };

function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
      return value.length <= SHARED_CHARS_MAX;
    case "number":
      return Number.isFinite(value);
    case "boolean":
      return true;
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth >= SHARED_DEPTH_MAX) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((item) => isPlain(item, depth + 1));
}

/** Make {@link sharedJson}; its text is "" where there is nothing to send. */
export function writeShared(shared: Readonly<Record<string, unknown>> | null): void {
  sharedJson.text = "";
  sharedJson.isPartial = false;
  if (shared === null) return;
  let text = "";
  for (const key of Object.keys(shared)) {
    const value = shared[key];
    // a key that begins with NUL stands for one that is no string (pdk/ctx.ts)
    const json =
      !key.startsWith("\0") && isPlain(value, 0)
        ? `${JSON.stringify(key)}:${JSON.stringify(value)}`
        : "";
    if (json === "" || text.length + json.length > SHARED_CHARS_MAX) sharedJson.isPartial = true;
    else text += text === "" ? json : `,${json}`;
  }
  if (text !== "") sharedJson.text = `{${text}}`;
}
