/**
 * What a reference to a secret says, and the secret that it names: `{vault://env/NAME}`, `{vault://env/NAME/field}`,
 * `{vault://env/name?prefix=MY_}`, `{vault://my-vault/name#2}`. For settings, configs of plugins and `kong.vault` alike.
 *
 * The one kind of vault is the environment of the process. It is asked by its own name, or by the prefix of a vault entity
 * of that kind; settings are read before there are entities. Texts are Kong's.
 *
 * @see Kong kong/pdk/vault.lua, kong/vaults/env/init.lua
 */
import { isReference } from "../entities/schema/references.ts";
import type { Vault } from "../entities/vault.ts";

/** What references are looked up in. */
export interface VaultAccess {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Vaults that the setting `vaults` allows. */
  readonly enabled: readonly string[];
  /** `vault_env_prefix`; "" if unset. */
  readonly envPrefix: string;
  /** The vault entity with that prefix. Absent where there are no entities yet. */
  entity?(prefix: string): Pick<Vault, "name" | "config"> | undefined;
}

/** `kong.vault.parse_reference` gives it as it is. */
export interface Reference {
  /** Of a kind of vault, or the prefix of an entity. */
  name: string;
  resource: string;
  /** Field of a secret that is a JSON object; absent = the whole secret. */
  key?: string;
  /** From the query, in place of the vault's own. */
  config?: Record<string, string>;
  version?: number;
}

/** Told why there is none. */
export type Fail = (reason: string) => null;

/** What the schema of the env vault asks of a prefix; another one counts as none. */
const PREFIX_PATTERN = /^[A-Za-z_-][A-Za-z0-9_-]*$/;
/** This version of a secret is in a variable of its own, which ends so. */
const PREVIOUS_VERSION = 2;
const PREVIOUS = "_PREVIOUS";

/** The parts of a reference. @param fail is told what is wrong with it */
export function parseReference(text: string, fail: Fail): Reference | null {
  if (!isReference(text)) return fail(`not a reference [${text}]`);
  const [, name, path, query, fragment] =
    /^([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?(?:#(.*))?$/s.exec(text.slice("{vault://".length, -1)) ??
    [];
  if (!name) return fail(`reference url is missing host [${text}]`);
  if (path === undefined) return fail(`reference url is missing path [${text}]`);
  if (path === "/") return fail(`reference url has empty path [${text}]`);
  if (fragment !== undefined && !/^\s*-?\d+\s*$/.test(fragment))
    return fail(`reference url has invalid version [${text}]`);
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.length === 0) return fail(`reference url has invalid path [${text}]`);
  const hasKey = parts.length > 1 && !path.endsWith("/");
  const key = hasKey ? decoded(parts.pop()!) : undefined;
  const reference: Reference = { name, resource: decoded(parts.join("/")) };
  if (key !== undefined) reference.key = key;
  if (query) reference.config = Object.fromEntries(new URLSearchParams(query));
  if (fragment !== undefined) reference.version = Number(fragment);
  return reference;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that begins no escape stands for itself
  }
}

/** Is that kind of vault there? "bundled" stands for all that are built in, which is env. */
export function isVaultEnabled(vault: string, enabled: readonly string[]): boolean {
  return vault === "env" && (enabled.includes("bundled") || enabled.includes("env"));
}

/**
 * The secret that a reference names; "" is a secret, too.
 *
 * @param fail is told why there is none: no vault of that name, nothing in it, or the field is no text
 */
export function dereference(text: string, access: VaultAccess, fail: Fail): string | null {
  const reference = parseReference(text, fail);
  return reference === null ? null : secretOf(reference, access, fail);
}

/** As {@link dereference}. */
export function secretOf(reference: Reference, access: VaultAccess, fail: Fail): string | null {
  const { name } = reference;
  let vaultPrefix: unknown = access.envPrefix;
  if (!isVaultEnabled(name, access.enabled)) {
    if (access.entity === undefined) return fail("unable to retrieve config from db");
    const vault = access.entity(name);
    if (vault === undefined || !isVaultEnabled(vault.name, access.enabled))
      return fail(`could not find vault (${vault?.name ?? name})`);
    vaultPrefix = vault.config.prefix;
  }
  const secret = access.env[variableOf(reference, reference.config?.prefix ?? vaultPrefix)];
  const failed = (reason: string) => fail(`could not get value from external vault (${reason})`);
  if (secret === undefined) return failed("no value found");
  if (reference.key === undefined) return secret;
  return fieldOf(secret, reference.key, (why) => failed(`could not get subfield value: ${why}`));
}

function variableOf({ resource, version }: Reference, prefix: unknown): string {
  const isGood = typeof prefix === "string" && PREFIX_PATTERN.test(prefix);
  const name = (isGood ? prefix : "") + resource;
  const variable = name.replaceAll("-", "_").toUpperCase();
  return version === PREVIOUS_VERSION ? variable + PREVIOUS : variable;
}

function fieldOf(secret: string, field: string, fail: Fail): string | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(secret);
  } catch {
    return fail("unable to decode JSON secret");
  }
  if (typeof parsed !== "object" || parsed === null) return fail("unable to decode JSON secret");
  const value = (parsed as Record<string, unknown>)[field];
  if (typeof value === "string") return value;
  if (!Object.hasOwn(parsed, field)) return fail(`subfield ${field} not found in JSON secret`);
  const kind = value === null ? "userdata" : typeof value === "object" ? "table" : typeof value;
  return fail(`unexpected ${kind} value in JSON secret for subfield ${field}`);
}
