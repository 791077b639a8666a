/** Placeholders of the recordings, filled in and taken out, as their player does. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Fills `${file:...}`, `${x*9}` and `${repeat:x:9}` in all texts of a value. */
export function fillIn(value: unknown, folder: string): unknown {
  if (typeof value === "string") {
    return value
      .replace(/\$\{file:([^}]+)\}/g, (_, name: string) => readFileSync(join(folder, name), "utf8"))
      .replace(/\$\{x\*(\d+)\}/g, (_, count: string) => "x".repeat(Number(count)))
      .replace(/\$\{repeat:([^:]*):(\d+)\}/g, (_, part: string, count: string) =>
        part.repeat(Number(count)),
      );
  }
  if (Array.isArray(value)) return value.map((member) => fillIn(member, folder));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, fillIn(member, folder)]),
  );
}

/** Without what OpenSSL says, ids and times, which differ by nature. */
export function withoutReasons<T>(value: T): T {
  const text = JSON.stringify(value)
    .replace(/invalid (certificate|key): .*?(?=[;)"]|\\n)/g, "invalid $1: <reason>")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "<uuid>")
    .replace(/<uuid \d+>/g, "<uuid>")
    .replace(/"(created_at|updated_at)":[\d.]+/g, '"$1":"<number>"');
  return JSON.parse(text) as T;
}
