/**
 * What a plugin is: its name, version and priority, its configuration, and a handler for each phase.
 *
 * {@link definePlugin} only gives the object types; the server takes any object of this form.
 */
import type { ConfigFields, ConfigOf, NamedField } from "../config/fields.ts";
import type { ConfigMeta } from "../config/read-config.ts";
import type { Kong } from "../pdk/kong.ts";
import type { CachePart, PhaseConditions } from "./condition.ts";

/** Nothing, or a promise to wait for. A handler that does not wait should not be async: it costs no promise then. */
export type Handled = void | Promise<void>;

/** @param state what `start` gave for this plugin config */
export type Handler<Config, State> = (kong: Kong, config: Config, state: State) => Handled;

/** Handlers by phase; those that are there are the phases that the plugin has. */
export interface Handlers<Config, State> {
  /** Once for each worker of the gateway, without a request. */
  init_worker?(kong: Kong): Handled;
  /** After each change of the plugin's configs, with all that are in force. */
  configure?(kong: Kong, configs: readonly Config[]): Handled;
  /** In the TLS handshake; only for plugin configs that are global. */
  certificate?(kong: Kong, config: Config, state: State): Handled;
  /** Before routing; only for plugin configs that are global. */
  rewrite?(kong: Kong, config: Config, state: State): Handled;
  /** After routing, before the request goes to the Service. */
  access?(kong: Kong, config: Config, state: State): Handled;
  /** After the whole response has arrived; its body is buffered for it. Not together with the next two. */
  response?(kong: Kong, config: Config, state: State): Handled;
  /** Before the response's headers are sent. */
  header_filter?(kong: Kong, config: Config, state: State): Handled;
  /** For each chunk of the response's body: `kong.response.getChunk` and `setChunk`, or `getRawBody` and `setRawBody`. */
  body_filter?(kong: Kong, config: Config, state: State): Handled;
  /** After the response. */
  log?(kong: Kong, config: Config, state: State): Handled;
}

/** A plugin as its author writes it. */
export interface PluginDefinition<Config, State> extends Handlers<Config, State> {
  /** Lower case, digits, dashes and underscores. */
  readonly name: string;
  /** One to three numbers with dots. */
  readonly version: string;
  /** Higher ones run first; those of Kong's own plugins are from 4 to 1,000,000. */
  readonly priority: number;
  /** Does access read the request's body? Then a body that has arrived comes with the event. */
  readonly readsRequestBody?: boolean;
  /** A plugin config comes into force: open here what it needs. What is thrown refuses it. */
  start?(config: Config, meta: ConfigMeta): State | Promise<State>;
  /** It ended. */
  stop?(config: Config, state: State): Handled;
  /** When phases are worth a call. */
  when?(config: Config): PhaseConditions;
  /** What answers of access and rewrite depend on; with `kong.cache(ms)` they are used again. */
  cacheKey?(config: Config): readonly CachePart[];
  /** Asked when the response's head has passed: is its body wanted? Without it: yes, where there is a body_filter. */
  wantsBody?(kong: Kong, config: Config, state: State): boolean;
}

/** A plugin of any configuration, as the server keeps it. */
export interface Plugin extends PluginDefinition<never, never> {
  /** The configuration's fields as Kong lists them. */
  readonly fields: readonly NamedField[];
  /** Handlers get the configuration as it came, the gateway's own keys included (kong-pdk's plugins). */
  readonly takesRawConfig?: boolean;
}

/** The configuration as fields of ours, or as a list of Kong's with the type told by hand. */
export type ConfigDeclaration = ConfigFields | readonly NamedField[];

/** The type of `config` in handlers: known where the fields are ours, open where they are Kong's. */
export type ConfigDeclared<Declaration> = Declaration extends readonly NamedField[]
  ? Readonly<Record<string, unknown>>
  : Declaration extends ConfigFields
    ? ConfigOf<Declaration>
    : never;
