/** From a definition to a plugin that can be served: checked, with its schema and its phases. */
import { type ConfigFields, type NamedField, namedFields } from "../config/fields.ts";
import type {
  ConfigDeclaration,
  ConfigDeclared,
  Plugin,
  PluginDefinition,
} from "./define-plugin.ts";
import { PHASE, PHASE_NAMES, type PhaseName } from "./phases.ts";

const NAME = /^[a-z0-9][a-z0-9._~-]*$/i;
const VERSION = /^\d+(?:\.\d+){0,2}$/;

/** Phases for which a plugin is asked; preread is for a gateway that has streams. */
const HANDLED: readonly PhaseName[] = PHASE_NAMES;

function fieldsOf(declared: ConfigDeclaration | undefined): readonly NamedField[] {
  if (declared === undefined) return [];
  return Array.isArray(declared)
    ? (declared as readonly NamedField[])
    : namedFields(declared as ConfigFields);
}

/**
 * Define a plugin.
 *
 *     export const hello = definePlugin({
 *       name: "hello", version: "1.0.0", priority: 100,
 *       config: { greeting: string({ default: "hello" }) },
 *       access(kong, config) { kong.response.setHeader("x-greeting", config.greeting); },
 *     });
 *
 * @throws {TypeError} for a name, version or priority that the gateway would refuse, or for phases that exclude each other
 */
export function definePlugin<const Declaration extends ConfigDeclaration = [], State = undefined>(
  definition: { readonly config?: Declaration } & PluginDefinition<
    ConfigDeclared<Declaration>,
    State
  >,
): Plugin {
  const { config, ...rest } = definition;
  const plugin = { ...rest, fields: fieldsOf(config) } as unknown as Plugin;
  checkPlugin(plugin);
  return Object.freeze(plugin);
}

/** @throws {TypeError} as {@link definePlugin} */
export function checkPlugin(plugin: Plugin): void {
  const { name, version, priority } = plugin;
  if (!NAME.test(name)) throw new TypeError(`"${name}" cannot be the name of a plugin`);
  if (plugin.takesRawConfig !== true && !VERSION.test(version)) {
    throw new TypeError(`plugin ${name}: a version is one to three numbers with dots`);
  }
  if (!Number.isSafeInteger(priority)) {
    throw new TypeError(`plugin ${name}: a priority is a whole number`);
  }
  if (plugin.response && (plugin.header_filter || plugin.body_filter)) {
    throw new TypeError(
      `plugin ${name}: response excludes header_filter and body_filter, because it has the whole response`,
    );
  }
}

/** Phases that the plugin has a handler for. */
export function phasesOf(plugin: Plugin): PhaseName[] {
  return HANDLED.filter((phase) => typeof handlerOf(plugin, phase) === "function");
}

/** What runs in a phase, whatever its arguments are. */
export type AnyHandler = (kong: unknown, config: unknown, state: unknown) => unknown;

/** Not bound: a definition's functions do not use `this`. */
export function handlerOf(plugin: Plugin, phase: PhaseName): AnyHandler | undefined {
  return (plugin as unknown as Record<string, AnyHandler | undefined>)[phase];
}

/** Phases by bit, for the hot path. */
export function handlersByBit(plugin: Plugin): Map<number, AnyHandler> {
  const handlers = new Map<number, AnyHandler>();
  for (const phase of phasesOf(plugin)) {
    const handler = handlerOf(plugin, phase);
    if (handler !== undefined) handlers.set(PHASE[phase], handler.bind(plugin));
  }
  return handlers;
}

/** Kong's schema of the plugin. */
export function schemaOf(plugin: Plugin): object {
  return {
    name: plugin.name,
    fields: [{ config: { type: "record", fields: plugin.fields } }],
  };
}

/** What the query command prints of it. */
export function infoOf(plugin: Plugin): object {
  return {
    Name: plugin.name,
    Priority: plugin.priority,
    Version: plugin.version,
    Phases: phasesOf(plugin),
    Schema: schemaOf(plugin),
  };
}
