/**
 * Reads options of a verb the way Kong does, with its words for what is wrong.
 *
 * `--name value`, `--name=value`, `-n value`, `-nvalue`; everything else is a word. `--v` and `--vv` belong to every verb.
 */
import { CommandFailed } from "./command.ts";

/** An option as a verb declares it; a flag has no value. */
export interface OptionSpec {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  readonly type: "text" | "number" | "flag";
}

/** Values by long name; an option that was not given is absent. */
export type Options = Readonly<Record<string, string | number | true>>;

/** Options that name the settings, which most verbs have. */
export const CONF: OptionSpec = { name: "conf", short: "c", type: "text" };
/** Folder of the running gateway; it goes before the setting. */
export const PREFIX: OptionSpec = { name: "prefix", short: "p", type: "text" };
/** Kong's, taken and not looked at: there is no nginx. */
export const NGINX_CONF: OptionSpec = { name: "nginx-conf", type: "text" };
/** As {@link NGINX_CONF}. */
export const NGINX_CONF_FLAGS: OptionSpec = { name: "nginx-conf-flags", type: "text" };
/** Seconds; of Kong's, for databases. */
export const DB_TIMEOUT: OptionSpec = { name: "db-timeout", type: "number" };
/** Seconds; of Kong's, for databases. */
export const LOCK_TIMEOUT: OptionSpec = { name: "lock-timeout", type: "number" };
/** Of Kong's, for databases. */
export const RUN_MIGRATIONS: OptionSpec = { name: "run-migrations", type: "flag" };

const COMMON: readonly OptionSpec[] = [
  { name: "v", type: "flag" },
  { name: "vv", type: "flag" },
  { name: "help", type: "flag" },
];

/** An option is wrong: told without "Error: ", as Kong does. */
export class BadOption extends CommandFailed {}

/**
 * @param args what stands behind the verb
 * @throws {BadOption} at the first option that is unknown or has no value, or the wrong one
 */
export function parseArguments(
  args: readonly string[],
  specs: readonly OptionSpec[],
): { options: Options; words: string[] } {
  const options: Record<string, string | number | true> = {};
  const words: string[] = [];
  const all = [...specs, ...COMMON];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith("-") || arg === "-") {
      words.push(arg);
      continue;
    }
    const { spec, attached } = find(arg, all);
    if (spec.type === "flag") {
      options[spec.name] = true;
      continue;
    }
    const value = attached ?? args[++i];
    if (value === undefined) throw new BadOption(`${spec.name} was expecting a value`);
    options[spec.name] = spec.type === "number" ? toNumber(value) : value;
  }
  return { options, words };
}

/** The option that an argument names, and the value that hangs on it. */
function find(
  arg: string,
  specs: readonly OptionSpec[],
): { spec: OptionSpec; attached: string | undefined } {
  const isLong = arg.startsWith("--");
  const equals = arg.indexOf("=");
  const name = isLong ? arg.slice(2, equals < 0 ? undefined : equals) : arg.slice(1, 2);
  const spec = specs.find((one) => (isLong ? one.name : one.short) === name);
  const asKong = isLong ? name : arg.slice(1);
  if (spec === undefined) throw new BadOption(`unrecognized parameter: ${asKong}`);
  if (isLong) return { spec, attached: equals < 0 ? undefined : arg.slice(equals + 1) };
  if (arg.length > 2 && spec.type === "flag") {
    throw new BadOption(`unrecognized parameter: ${asKong}`);
  }
  return { spec, attached: arg.length > 2 ? arg.slice(2) : undefined };
}

function toNumber(value: string): number {
  const number = value.trim() === "" ? Number.NaN : Number(value);
  if (Number.isNaN(number)) throw new BadOption(`unable to convert to number: ${value}`);
  return number;
}

/** An option's text, if it was given. */
export function textOption(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** An option's number, else `fallback`. */
export function numberOption(options: Options, name: string, fallback: number): number {
  const value = options[name];
  return typeof value === "number" ? value : fallback;
}
