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

export function isReferenceText(text: string): boolean {
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
  return lookUp(node, text, (reason) => noResult(x, reason));
}

/**
 * The secret that a reference names.
 *
 * @param fail is told why there is none
 */
export function lookUp(
  node: Pick<PdkNode, "environment">,
  text: string,
  fail: (reason: string) => null,
): string | null {
  const parsed = parse(text);
  if (typeof parsed === "string") return fail(parsed);
  if (parsed.name !== "env") return fail(`vault not found (${parsed.name}) [${text}]`);
  const prefix = parsed.config?.prefix ?? "";
  const variable = `${prefix}${parsed.resource}`.toUpperCase().replaceAll("-", "_");
  const value = node.environment(variable);
  if (value === undefined) return fail(`could not get value from external vault [${text}]`);
  if (parsed.key === undefined) return value;
  return secretField(value, parsed.key) ?? fail(`no text in field ${parsed.key} [${text}]`);
}

/** A field of a secret that is a JSON object; null where there is none. */
function secretField(secret: string, key: string): string | null {
  try {
    const value = (JSON.parse(secret) as Record<string, unknown> | null)?.[key];
    if (typeof value === "string") return value;
    return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
  } catch {
    return null;
  }
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
