/**
 * `kong.vault`: references to secrets, `{vault://<name>/<resource>[/<key>][?config][#version]}`.
 *
 * The only vault is `env`, the environment of the process, as in Kong without configured vaults.
 */
import type { Exchange } from "../exchange/exchange.ts";
import { PdkError } from "../errors.ts";
import { isTable, stringOr } from "./arguments.ts";
import type { PdkNode } from "./pdk-node.ts";
import { noResult } from "./request-body.ts";

const START = "{vault://";
const END = "}";

export interface VaultReference {
  name: string;
  resource: string;
  key?: string;
  config?: Record<string, string>;
  version?: number;
}

export function isReference(_x: Exchange, _node: PdkNode, reference: unknown): boolean {
  return typeof reference === "string" && isReferenceText(reference);
}

function isReferenceText(text: string): boolean {
  return text.startsWith(START) && text.endsWith(END) && text.length > START.length + END.length;
}

function parse(text: string): VaultReference | string {
  if (!isReferenceText(text)) return `not a reference [${text}]`;
  const match = /^([^/?#]+)\/?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(
    text.slice(START.length, -END.length),
  );
  const name = match?.[1];
  const path = match?.[2] ?? "";
  if (name === undefined || path === "") return `reference url has no resource [${text}]`;
  const slash = path.lastIndexOf("/");
  const key = slash < 0 ? "" : path.slice(slash + 1);
  const resource = slash < 0 ? path : path.slice(0, slash);
  const parsed: VaultReference = { name, resource };
  if (key !== "") parsed.key = key;
  if (match?.[3]) parsed.config = Object.fromEntries(new URLSearchParams(match[3]));
  if (match?.[4] && /^\d+$/.test(match[4])) parsed.version = Number(match[4]);
  return parsed;
}

export function parseReference(
  x: Exchange,
  _node: PdkNode,
  reference: unknown,
): VaultReference | null {
  if (typeof reference !== "string") return noResult(x, "reference must be a string");
  x.pdkError = null;
  const parsed = parse(reference);
  return typeof parsed === "string" ? noResult(x, parsed) : parsed;
}

export function get(x: Exchange, node: PdkNode, reference: unknown): string | null {
  const text = stringOr(reference, "reference must be a string");
  x.pdkError = null;
  const parsed = parse(text);
  if (typeof parsed === "string") return noResult(x, parsed);
  if (parsed.name !== "env") return noResult(x, `vault not found (${parsed.name}) [${text}]`);
  const prefix = parsed.config?.prefix ?? "";
  const variable = `${prefix}${parsed.resource}`.toUpperCase().replaceAll("-", "_");
  const value = node.environment(variable);
  if (value === undefined) return noResult(x, `could not get value from external vault [${text}]`);
  if (parsed.key === undefined) return value;
  return secretField(x, value, parsed.key, text);
}

/** A field of a secret that is a JSON object. */
function secretField(x: Exchange, secret: string, key: string, text: string): string | null {
  try {
    const value = (JSON.parse(secret) as Record<string, unknown> | null)?.[key];
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
  } catch {
    return noResult(x, `unable to decode secret value [${text}]`);
  }
  return noResult(x, `subfield ${key} could not be found [${text}]`);
}

/** A copy of the options in which each field named in `$refs` holds its secret; "" where there is none. */
export function update(x: Exchange, node: PdkNode, options: unknown): Record<string, unknown> {
  if (!isTable(options)) throw new PdkError("options must be a table");
  const copy: Record<string, unknown> = { ...(options as Record<string, unknown>) };
  const refs = copy.$refs;
  if (isTable(refs)) {
    for (const [field, reference] of Object.entries(refs)) {
      if (typeof reference === "string") copy[field] = get(x, node, reference) ?? "";
    }
  }
  return copy;
}

/** Calls back with the secrets as they are; if that fails, once more with them read anew. */
export function tryWith(x: Exchange, node: PdkNode, callback: unknown, options: unknown): unknown {
  if (typeof callback !== "function") throw new PdkError("callback must be a function");
  const given = isTable(options) ? options : {};
  try {
    return callback(given);
  } catch {
    return callback(update(x, node, given));
  }
}
