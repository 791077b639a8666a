/**
 * What the gateway knows of one setting: its type, its default and its peculiarities.
 *
 * The tables in table/ are made of these, and the type of `Settings` is computed from them, so that name, type, default
 * and documentation of a setting stand in one line each. Names, types and defaults are Kong's.
 */

/** Kong's types; "ngx_boolean" stays the word "on" or "off", as nginx wants it. */
type SettingType = "boolean" | "ngx_boolean" | "number" | "string" | "array";

/** What else is known of a setting. */
interface SettingOptions {
  /** The only values allowed, in the order in which errors list them. */
  readonly oneOf?: readonly string[];
  /** Another name of that setting; the other one wins where both are given. */
  readonly aliasOf?: string;
  /** Directives that take this value where they are not given themselves. */
  readonly sets?: readonly string[];
  /** Shown as asterisks. */
  readonly sensitive?: boolean;
  /** Name of the setting to use instead. */
  readonly deprecated?: string;
  /** Accepted, and of no effect in this gateway: it concerns nginx, Lua or Wasm. */
  readonly inert?: boolean;
}

/** One row of the tables; `T` is its type in `Settings`. */
export interface Setting<T> extends SettingOptions {
  readonly type: SettingType;
  readonly default: T;
}

/** A value as it stands in `Settings`; null = unset. */
export type SettingValue = boolean | number | string | readonly string[] | null;

/** `on` or `true`; any other text is false, as in Kong. */
export function flag(value: boolean, options: SettingOptions = {}): Setting<boolean> {
  return { type: "boolean", default: value, ...options };
}

/** As {@link flag}, null where nothing is given. */
export function optionalFlag(options: SettingOptions = {}): Setting<boolean | null> {
  return { type: "boolean", default: null, ...options };
}

/** Stays the word, because nginx directives take it so; `true` is read as "on", any other text as "off". */
export function onOff(value: "on" | "off", options: SettingOptions = {}): Setting<"on" | "off"> {
  return { type: "ngx_boolean", default: value, ...options };
}

/** A number; a text that is none is unset, with a warning, as in Kong. */
export function number(value: number, options: SettingOptions = {}): Setting<number> {
  return { type: "number", default: value, ...options };
}

/** As {@link number}, null where nothing is given. */
export function optionalNumber(options: SettingOptions = {}): Setting<number | null> {
  return { type: "number", default: null, ...options };
}

/** A text as given. */
export function text(value: string, options: SettingOptions = {}): Setting<string> {
  return { type: "string", default: value, ...options };
}

/** As {@link text}, null where nothing is given. */
export function optionalText(options: SettingOptions = {}): Setting<string | null> {
  return { type: "string", default: null, ...options };
}

/** One of a few words. */
export function choice<T extends string>(
  value: NoInfer<T>,
  oneOf: readonly T[],
  options: SettingOptions = {},
): Setting<T> {
  return { type: "string", default: value, oneOf, ...options };
}

/** Comma separated; empty = unset. */
export function list(
  value: readonly string[],
  options: SettingOptions = {},
): Setting<readonly string[]> {
  return { type: "array", default: value, ...options };
}
