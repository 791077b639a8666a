/**
 * The configuration of a gateway: what entities there are, which rows are in force, and how new ones come in.
 *
 * Without a database it is one document: a file, a text in the settings, or the last POST /config, which is kept in the
 * prefix so that it outlives a restart. A document with an error changes nothing.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { complaintOfTags } from "../config/plugin-policy.ts";
import type { Settings } from "../config/settings.ts";
import { ENTITIES_OF_PLUGINS } from "../entities/plugin-entities.ts";
import { EntityRegistry } from "../entities/registry.ts";
import { GatewayError } from "../errors.ts";
import type { PluginServerInfo } from "../plugin-host/plugin-info.ts";
import type { LoadedPlugin } from "../plugins/bundled.ts";
import { checkPattern } from "../router/regex/pattern.ts";
import { errorLines } from "../store/declarative-errors.ts";
import {
  type DeclarativeConfig,
  type DeclarativeResult,
  type InvalidConfig,
  EMPTY_HASH,
  parseDeclarative,
  parseDeclarativeObject,
} from "../store/declarative.ts";
import { MemoryStore } from "../store/memory.ts";
import type { Logger } from "../telemetry/log.ts";
import { KeptConfiguration } from "./kept-configuration.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import type { SentConfiguration } from "./worker-link.ts";

/** Errors of a kept configuration that one log record shows. */
const SHOWN_ERRORS = 20;

/** The declarative configuration that the settings name cannot be used. */
class InvalidDeclarativeConfig extends GatewayError {
  override readonly name = "InvalidDeclarativeConfig";
  /** @param source "config file /x/kong.yml" or "string ..." @param tree what is wrong, as Kong prints it */
  constructor(source: string, tree: string) {
    super("INVALID_DECLARATIVE_CONFIG", 400, `error parsing declarative ${source}:\n${tree}`);
  }
}

/** Kong's indented tree of errors, or the one sentence where that stands alone. */
function treeOf({ errors }: InvalidConfig): string {
  const { error } = errors;
  if (Object.keys(errors).length === 1 && typeof error === "string") return error;
  return errorLines(errors).join("\n");
}

const NO_CONFIG: DeclarativeConfig = {
  ok: true,
  rows: new Map(),
  given: new Map(),
  hash: EMPTY_HASH,
};

/** Rises with every configuration of this process. */
let lastSequence = 0;

/** One configuration after the other, each checked whole before it is in force; what is refused changes nothing. */
export class Configuration {
  readonly registry: EntityRegistry;
  readonly #settings: Settings;
  readonly #log: Logger;
  /** The rows in force, as the Admin API reads them. */
  readonly store = new MemoryStore();
  /** Taken by whoever changes it; by a reload for good, where this is the configuration that goes. */
  readonly turn = new OneAtATime();
  /** One for all reloads: what is yet to be written is the last one's. */
  #kept: KeptConfiguration;
  #config: DeclarativeConfig = NO_CONFIG;
  #sequence = 0;
  /** Sequence of the configuration that a reload replaces, when this one was made of it. */
  #basis = 0;
  /** Text of the configuration in force, for a restart; null where it came from the settings. */
  #posted: string | null = null;

  /** @throws {GatewayError} if the schema of a plugin is none */
  constructor(
    settings: Settings,
    log: Logger,
    inProcess: ReadonlyMap<string, LoadedPlugin>,
    pluginServers: readonly PluginServerInfo[],
  ) {
    this.#settings = settings;
    this.#log = log;
    this.#kept = new KeptConfiguration(settings.prefix, log);
    this.registry = new EntityRegistry({
      routerFlavor: settings.router_flavor as "traditional_compatible",
      checkPattern,
      checkTags: complaintOfTags,
    });
    this.#registerEntities(settings);
    for (const [name, plugin] of inProcess) {
      for (const entity of plugin.entities) this.registry.registerEntity(entity);
      this.registry.registerPluginSchema(name, plugin.schema);
    }
    for (const { plugins } of pluginServers) {
      for (const plugin of plugins) {
        if (!inProcess.has(plugin.name))
          this.registry.registerPluginSchema(plugin.name, plugin.schema);
      }
    }
  }

  /** Entities that Kong's plugins bring may stand in a document, whether or not the plugin itself is here yet. */
  #registerEntities(settings: Settings): void {
    const hasBundled = settings.plugins.includes("bundled");
    for (const [plugin, schemas] of Object.entries(ENTITIES_OF_PLUGINS)) {
      if (!hasBundled && !settings.loaded_plugins.includes(plugin)) continue;
      for (const schema of schemas) this.registry.registerEntity(schema);
    }
  }

  /**
   * Load what the settings name, else what was posted last.
   *
   * @param before the configuration that a reload replaces
   * @throws {InvalidDeclarativeConfig} with file, line and field of every error
   * @throws {KeptConfigUnreadable}
   */
  async loadInitial(before: Configuration | null = null): Promise<void> {
    const { declarative_config: file, declarative_config_string: text } = this.#settings;
    if (before !== null) {
      this.#kept = before.#kept;
      this.#basis = before.#sequence;
    }
    if (file !== null) this.#loadText(readConfig(file), `config file ${file}`, basename(file));
    else if (text !== null) this.#loadText(text, `string ${text}`);
    else this.#loadKept(before);
    this.store.replaceAll(this.#config.rows);
    this.#sequence = ++lastSequence;
  }

  /** A reload may wait for its plugin servers for long: what was posted to `before` since then counts. */
  async catchUp(before: Configuration): Promise<void> {
    if (before.#sequence !== this.#basis) await this.loadInitial(before);
  }

  #loadText(text: string, source: string, filename?: string): void {
    const result = parseDeclarative(text, {
      registry: this.registry,
      ...(filename === undefined ? {} : { filename }),
    });
    if (!result.ok) {
      for (const { text: line } of result.lines) this.#log.error(line);
      throw new InvalidDeclarativeConfig(source, treeOf(result));
    }
    this.#config = result;
  }

  #loadKept(before: Configuration | null): void {
    const text = (before === null ? null : before.#posted) ?? this.#kept.read();
    if (text === null) return;
    const result = parseDeclarative(text, { registry: this.registry, format: "auto" });
    if (result.ok) {
      this.#config = result;
      this.#posted = text;
    } else {
      const errors = result.lines.slice(0, SHOWN_ERRORS).map((line) => line.text);
      const { path } = this.#kept;
      this.#log.error({ path, errors }, "the last posted configuration cannot be used any more");
    }
  }

  /**
   * Plugins of a server have other schemas from now on, unless configs in force would be wrong by them.
   *
   * @returns what would be wrong; then nothing has changed
   */
  takeSchemas({ plugins }: PluginServerInfo): string | null {
    const type = this.registry.entity("plugins");
    const before = plugins.map(({ name }) => [name, type.subschema(name)] as const);
    const putBack = (): void => {
      for (const [name, sub] of before) if (sub !== undefined) type.registerSubschema(name, sub);
    };
    try {
      for (const { name, schema } of plugins) {
        if (type.subschema(name) !== undefined) this.registry.registerPluginSchema(name, schema);
      }
    } catch (cause) {
      putBack();
      return (cause as Error).message;
    }
    const names = new Set(plugins.map(({ name }) => name));
    for (const row of this.#config.rows.get("plugins") ?? []) {
      if (!names.has(String(row.name))) continue;
      const { errors } = type.update(row, {});
      if (errors === undefined || errors === null) continue;
      putBack();
      return `config ${String(row.id)} of plugin ${String(row.name)} would be invalid: ${JSON.stringify(errors)}`;
    }
    return null;
  }

  /** Read a document; nothing changes by that. */
  read(config: string | object): DeclarativeResult {
    const options = { registry: this.registry };
    return typeof config === "string"
      ? parseDeclarative(config, { ...options, format: "auto" })
      : parseDeclarativeObject(config, options);
  }

  /** Take a document that was read as the one in force. */
  take(config: DeclarativeConfig): void {
    this.#config = config;
    this.store.replaceAll(config.rows);
    this.#sequence = ++lastSequence;
  }

  /** The workers have what was taken: a restart is to begin with it. */
  remember(source: string | object): void {
    this.#posted = typeof source === "string" ? source : JSON.stringify(source);
    const { declarative_config: file, declarative_config_string: inline } = this.#settings;
    if (file === null && inline === null) this.#kept.write(this.#posted);
  }

  /** These settings count from now on: a restart begins with what they name. */
  inForce(): void {
    const { declarative_config: file, declarative_config_string: inline } = this.#settings;
    if (file !== null || inline !== null) this.#kept.forget();
  }

  /** The gateway ends. */
  end(): void {
    this.#kept.end();
  }

  get config(): DeclarativeConfig {
    return this.#config;
  }

  get hash(): string {
    return this.#config.hash;
  }

  /** What the workers are sent. */
  get current(): SentConfiguration {
    return { rows: this.#config.rows, hash: this.#config.hash, sequence: this.#sequence };
  }
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "no such file" : String(cause);
    throw new InvalidDeclarativeConfig(`config file ${file}`, why);
  }
}
