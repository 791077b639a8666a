/**
 * What the author of a plugin that runs inside the gateway writes, and how it becomes a handler.
 *
 * The default export of its module is an object with `priority`, `version`, `schema` and a method for each phase that it
 * wants; see examples/in-process-plugin.
 */
import type { EntitySchema } from "../entities/schema/definition.ts";
import { PluginFailed } from "../errors.ts";
import type { Kong } from "../pdk/kong-api.ts";
import { PLUGIN_PHASES, type PluginPhase } from "../phases/phases.ts";
import type { Handling, PluginHandler } from "../runloop/handler.ts";
import type { LoadedPlugin } from "./bundled.ts";
import { PROTOCOLS_HTTP } from "./protocols.ts";

/** The default export of a plugin's module; `Config` is the type of its configuration. */
export interface InProcessPlugin<Config = Readonly<Record<string, unknown>>> {
  /** As configurations name it; may be left out, then it is the name that it was loaded by. */
  readonly name?: string;
  /** Higher runs earlier; those of Kong's plugins are listed at the Admin API's `/`. */
  readonly priority: number;
  readonly version: string;
  /**
   * The configuration's schema as Kong writes schemas: `{fields: [{config: {type: "record", fields: [...]}}]}`, or
   * only the list of the configuration's fields.
   */
  readonly schema: object;
  /** Entities of its own, such as credentials. */
  readonly entities?: readonly EntitySchema[];
  /** Is this phase needed with this configuration? A phase that is not costs nothing; all are if this is absent. */
  isNeeded?(phase: PluginPhase, config: Config): boolean;
  init_worker?(): Handling;
  configure?(configs: readonly Config[] | null): Handling;
  certificate?(config: Config, kong: Kong): Handling;
  rewrite?(config: Config, kong: Kong): Handling;
  access?(config: Config, kong: Kong): Handling;
  response?(config: Config, kong: Kong): Handling;
  /** The head waits for what it returns, and so does the next chunk for {@link body_filter}. */
  header_filter?(config: Config, kong: Kong): Handling;
  body_filter?(config: Config, kong: Kong): Handling;
  log?(config: Config, kong: Kong): Handling;
  /** Before the worker ends: send what is still held, let go of connections. */
  close?(): Handling;
}

type Exported = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Exported {
  return typeof value === "object" && value !== null;
}

/** The plugin in a module: its default export, `module.exports`, or the module itself. */
function pluginOf(module: Exported): Exported | null {
  const candidates = [
    module.default,
    isRecord(module.default) ? module.default.default : null,
    module,
  ];
  for (const candidate of candidates) {
    if (isRecord(candidate) && ("schema" in candidate || "priority" in candidate)) return candidate;
  }
  return isRecord(module.default) ? module.default : null;
}

/** A list of fields as the schema of a plugin. */
function wholeSchema(name: string, schema: object): object {
  if (!Array.isArray(schema)) return { name, ...schema };
  const config = { type: "record", required: true, fields: schema };
  return { name, fields: [{ protocols: PROTOCOLS_HTTP }, { config }] };
}

/**
 * A plugin out of the module that holds it.
 *
 * @param file where the module came from, for messages
 * @throws {PluginFailed} which names the plugin, the file, and everything that is missing
 */
export function pluginFromModule(name: string, file: string, module: Exported): LoadedPlugin {
  const plugin = pluginOf(module);
  if (plugin === null) throw new PluginFailed(name, `${file} has no default export`);
  const problems: string[] = [];
  if (plugin.name !== undefined && plugin.name !== name) {
    problems.push(`its name is "${String(plugin.name)}"`);
  }
  if (typeof plugin.priority !== "number" || !Number.isFinite(plugin.priority)) {
    problems.push("priority (a number) is missing");
  }
  if (typeof plugin.version !== "string") problems.push("version (a string) is missing");
  if (!isRecord(plugin.schema)) problems.push("schema (an object or a list of fields) is missing");
  const phases = PLUGIN_PHASES.filter((phase) => plugin[phase] !== undefined);
  for (const phase of phases) {
    if (typeof plugin[phase] !== "function") problems.push(`${phase} is not a function`);
  }
  if (phases.length === 0)
    problems.push(`it has no method for a phase (${PLUGIN_PHASES.join(", ")})`);
  if (problems.length > 0) throw new PluginFailed(name, `${file}: ${problems.join("; ")}`);
  return {
    handler: handlerOf(name, plugin),
    schema: wholeSchema(name, plugin.schema as object),
    entities: (plugin.entities as readonly EntitySchema[] | undefined) ?? [],
    source: file,
  };
}

/** Methods stay those of the exported object, so that they find each other by `this`. */
function handlerOf(name: string, plugin: Exported): PluginHandler {
  const handler: Record<string, unknown> = {
    name,
    priority: plugin.priority,
    version: plugin.version,
  };
  for (const key of [...PLUGIN_PHASES, "isNeeded", "close"]) {
    const method = plugin[key];
    if (typeof method === "function") handler[key] = method.bind(plugin);
  }
  return handler as unknown as PluginHandler;
}
