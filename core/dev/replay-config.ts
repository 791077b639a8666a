/**
 * Plugin configs of a replay in the place of those in the recording, where secrets are masked: `replay --config FILE`.
 *
 * The file is a JSON object by plugin: `{"my-plugin": {"password": "..."}}`. What it names replaces what was recorded,
 * records within it are merged, and what it does not name stays.
 */
import { readFileSync } from "node:fs";
import { readShape, writeShape } from "../plugin-host/native/shapes.ts";
import { WireCursor } from "../plugin-host/native/wire.ts";
import { isPlainObject, type PlainObject } from "./plain-object.ts";
import { ToolFailed } from "./tool-failed.ts";

function merged(recorded: PlainObject, given: PlainObject): PlainObject {
  const result: Record<string, unknown> = { ...recorded };
  for (const [name, value] of Object.entries(given)) {
    const before = recorded[name];
    result[name] = isPlainObject(value) && isPlainObject(before) ? merged(before, value) : value;
  }
  return result;
}

export class ReplayConfig {
  readonly #file: string;
  readonly #byPlugin: PlainObject;
  readonly #unused: Set<string>;

  /** @throws {ToolFailed} where the file is no such object */
  constructor(file: string) {
    let given: unknown;
    try {
      given = JSON.parse(readFileSync(file, "utf8"));
    } catch (cause) {
      throw new ToolFailed(`cannot read ${file}: ${(cause as Error).message}`, { cause });
    }
    if (!isPlainObject(given) || !Object.values(given).every(isPlainObject)) {
      throw new ToolFailed(
        `${file} must be an object of configs by plugin, as {"my-plugin": {"greeting": "hello"}}`,
      );
    }
    this.#file = file;
    this.#byPlugin = given;
    this.#unused = new Set(Object.keys(given));
  }

  /** @param message of a Start. @returns that with its plugin's config */
  apply(message: Buffer): Buffer {
    const cursor = new WireCursor();
    cursor.set(message, 0, message.length);
    const start = readShape("Start", cursor);
    const plugin = String(start.plugin);
    const given = this.#byPlugin[plugin];
    if (!isPlainObject(given)) return message;
    this.#unused.delete(plugin);
    const recorded: unknown = JSON.parse(String(start.config));
    const config = JSON.stringify(merged(isPlainObject(recorded) ? recorded : {}, given));
    return Buffer.from(writeShape("Start", { ...start, config }), "latin1");
  }

  /** @throws {ToolFailed} where it names a plugin that the recording does not have */
  checkUsed(): void {
    const [name] = this.#unused;
    if (name !== undefined) throw new ToolFailed(`${this.#file}: no plugin ${name} was recorded`);
  }
}
