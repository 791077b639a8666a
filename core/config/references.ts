/**
 * References in settings: `{vault://env/NAME}`, `{vault://env/NAME/field}`, `{vault://env/name?prefix=MY_}`.
 *
 * Settings are read before anything else runs, so only the vault of environment variables can be asked here. Names are
 * looked up in capitals with `_` for `-`; a field is taken from JSON. Texts are Kong's.
 */
import { InvalidSetting } from "../errors.ts";

export interface VaultAccess {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Vaults that the setting `vaults` allows. */
  readonly enabled: readonly string[];
  /** `vault_env_prefix`; "" if unset. */
  readonly envPrefix: string;
}

export interface Reference {
  readonly vault: string;
  readonly resource: string;
  /** Field of a JSON secret; undefined = the whole secret. */
  readonly field: string | undefined;
  /** From the query, in place of the vault's own. */
  readonly prefix: string | undefined;
}

export function isReference(value: string): boolean {
  return value.startsWith("{vault://") && value.endsWith("}");
}

/** @throws {InvalidSetting} if it names no vault or nothing in it */
export function parseReference(text: string): Reference {
  const inner = text.slice("{vault://".length, -1);
  const [path = "", query = ""] = inner.split("?", 2);
  const [vault = "", resource = "", ...rest] = path.split("/");
  if (vault === "") throw new InvalidSetting(`reference url is missing host [${text}]`);
  if (resource === "") throw new InvalidSetting(`reference url is missing path [${text}]`);
  const field = rest.length > 0 && rest[0] !== "" ? rest.join("/").split("#")[0] : undefined;
  const prefix = new URLSearchParams(query).get("prefix") ?? undefined;
  return { vault, resource: decodeURIComponent(resource.split("#")[0]!), field, prefix };
}

/** "bundled" stands for all that are built in, which is env. */
export function isVaultEnabled(vault: string, enabled: readonly string[]): boolean {
  return vault === "env" && (enabled.includes("bundled") || enabled.includes("env"));
}

/**
 * The secret that a reference names.
 *
 * @throws {InvalidSetting} if the vault is not there, holds nothing by that name, or the field is no text
 */
export function dereference(text: string, access: VaultAccess): string {
  const reference = parseReference(text);
  if (!isVaultEnabled(reference.vault, access.enabled)) {
    throw new InvalidSetting("unable to retrieve config from db");
  }
  return lookUp(reference, access);
}

/** @throws {InvalidSetting} if there is no such secret */
export function lookUp(reference: Reference, access: VaultAccess): string {
  const name = (reference.prefix ?? access.envPrefix) + reference.resource;
  const secret = access.env[name.replaceAll("-", "_").toUpperCase()];
  const failed = "could not get value from external vault";
  if (secret === undefined) throw new InvalidSetting(`${failed} (no value found)`);
  if (reference.field === undefined) return secret;
  try {
    return fieldOf(secret, reference.field);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new InvalidSetting(`${failed} (could not get subfield value: ${why})`, { cause });
  }
}

function fieldOf(secret: string, field: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(secret);
  } catch {
    throw new InvalidSetting("unable to decode JSON secret");
  }
  const isTable = typeof parsed === "object" && parsed !== null;
  const value = isTable ? (parsed as Record<string, unknown>)[field] : undefined;
  if (value === undefined || value === null) {
    throw new InvalidSetting(`subfield ${field} not found in JSON secret`);
  }
  if (typeof value === "string") return value;
  const kind = typeof value === "object" ? "table" : typeof value;
  throw new InvalidSetting(`unexpected ${kind} value in JSON secret for subfield ${field}`);
}
