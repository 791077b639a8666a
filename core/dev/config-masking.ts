/**
 * Takes secrets out of plugin configs as a recording has them: what a vault gave, and fields that the plugin's schema calls
 * `encrypted` or `referenceable`.
 *
 * A secret becomes as many `*`, and where it came from a vault its reference stays beside it under `$refs`, as the gateway
 * sends it. So a plugin that is replayed is configured with stars, and writes stars where it wrote the secret.
 */
import { isPlainObject, type PlainObject } from "./plain-object.ts";

/** Shorter texts are not looked for in other messages: they stand there by chance. */
const LOOKED_FOR_CHARS_MIN = 6;
/** Secrets that are looked for in other messages; the oldest go. */
const LOOKED_FOR_MAX = 1000;

/** As many stars as the text has bytes in JSON: a masked config is as long as before. */
function stars(text: string): string {
  return "*".repeat(Buffer.byteLength(JSON.stringify(text)) - 2);
}

class ConfigWalk {
  isMasked = false;
  readonly #found: (secret: string) => void;

  /** @param found told of each secret that may stand in other messages, too */
  constructor(found: (secret: string) => void) {
    this.#found = found;
  }

  /** @param fields of the record's schema, each an object of one name; undefined where none is known */
  record(values: PlainObject, fields: unknown): PlainObject {
    const known = new Map<string, PlainObject>();
    for (const one of Array.isArray(fields) ? fields : []) {
      if (!isPlainObject(one)) continue;
      for (const [name, field] of Object.entries(one))
        if (isPlainObject(field)) known.set(name, field);
    }
    const refs = isPlainObject(values.$refs) ? values.$refs : {};
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => {
        if (name === "$refs") return [name, value];
        if (Object.hasOwn(refs, name)) return [name, this.#all(value, true)];
        return [name, this.#value(value, known.get(name))];
      }),
    );
  }

  #value(value: unknown, field: PlainObject | undefined): unknown {
    if (field?.encrypted === true) return this.#all(value, true);
    if (field?.referenceable === true) return this.#all(value, false);
    if (isPlainObject(value)) {
      if (!isPlainObject(field?.values)) return this.record(value, field?.fields);
      const { values } = field;
      return Object.fromEntries(
        Object.entries(value).map(([key, one]) => [key, this.#value(one, values)]),
      );
    }
    if (!Array.isArray(value)) return value;
    const elements = isPlainObject(field?.elements) ? field.elements : undefined;
    return value.map((one) => this.#value(one, elements));
  }

  /** Every text in a value. @param isSecret it is one for certain, and is looked for elsewhere */
  #all(value: unknown, isSecret: boolean): unknown {
    if (typeof value === "string") {
      if (value === "") return value;
      this.isMasked = true;
      if (isSecret) this.#found(value);
      return stars(value);
    }
    if (Array.isArray(value)) return value.map((one) => this.#all(one, isSecret));
    if (!isPlainObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, this.#all(one, isSecret)]),
    );
  }
}

export class ConfigMasking {
  /** Fields of plugins' configs, by link and plugin. */
  readonly #schemas = new Map<string, unknown>();
  readonly #secrets = new Set<string>();

  /** What a plugin server says of a plugin. @param schema JSON */
  learn(link: number, plugin: string, schema: string): void {
    try {
      const { fields } = JSON.parse(schema) as { fields?: unknown };
      const all: unknown[] = Array.isArray(fields) ? fields : [];
      const config = all.find((one) => isPlainObject(one) && isPlainObject(one.config));
      if (isPlainObject(config)) {
        this.#schemas.set(`${link} ${plugin}`, (config.config as PlainObject).fields);
      }
    } catch {
      // what is no JSON is refused by the gateway, too
    }
  }

  /** The link is closed. */
  forget(link: number): void {
    for (const key of this.#schemas.keys())
      if (key.startsWith(`${link} `)) this.#schemas.delete(key);
  }

  /** @param text a config as JSON. @returns it with stars; null where there is nothing to mask */
  mask(link: number, plugin: string, text: string): string | null {
    const config: unknown = JSON.parse(text);
    if (!isPlainObject(config)) return null;
    const walk = new ConfigWalk((secret) => this.remember(secret));
    const masked = walk.record(config, this.#schemas.get(`${link} ${plugin}`));
    return walk.isMasked ? JSON.stringify(masked) : null;
  }

  /** From now on the text is masked wherever it stands. */
  remember(secret: string): void {
    if (secret.length < LOOKED_FOR_CHARS_MIN) return;
    this.#secrets.add(secret);
    if (this.#secrets.size <= LOOKED_FOR_MAX) return;
    for (const oldest of this.#secrets) {
      this.#secrets.delete(oldest);
      return;
    }
  }

  /** Put stars in the place of every secret in a message. */
  maskIn(b: Buffer): void {
    for (const secret of this.#secrets) {
      const bytes = Buffer.from(secret);
      for (let at = b.indexOf(bytes); at >= 0; at = b.indexOf(bytes, at + bytes.length)) {
        b.fill("*", at, at + bytes.length);
      }
    }
  }
}
