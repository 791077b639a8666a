/**
 * Bodies for the Service: fields of JSON objects, forms and parts.
 *
 * Which it is says Content-Type, as it stands after the headers were changed. A body that cannot be read as what it
 * claims to be goes on as it came; one that is larger than `client_body_buffer_size` counts as empty, as in Kong.
 */
import { toText } from "../../pdk/text.ts";
import type { LuaTable } from "../lua-expression/values.ts";
import type { Section } from "./entries.ts";
import { boundaryOf, Multipart } from "../multipart.ts";
import type { NamedValues } from "../named-values.ts";
import { transformForm, transformParameters } from "./parameters.ts";

type BodyKind = "json" | "multipart" | "form";

/** What a body is; null: nothing that this plugin changes. */
export function bodyKind(contentType: string | undefined): BodyKind | null {
  if (contentType === undefined) return null;
  const type = contentType.toLowerCase();
  if (type.includes("application/json")) return "json";
  if (type.includes("multipart/form-data")) return "multipart";
  return type.includes("application/x-www-form-urlencoded") ? "form" : null;
}

/**
 * A body with its fields changed.
 *
 * @param body empty where there is none
 * @returns null: it goes on as it is
 * @throws {LuaError} from a template
 */
export function transformBody(
  body: Buffer,
  contentType: string,
  kind: BodyKind,
  section: Section,
  environment: LuaTable,
): Buffer | null {
  if (kind === "json") return transformJson(body, section, environment);
  const text = body.latin1Slice();
  const changed =
    kind === "form"
      ? transformForm(text, section, environment)
      : transformParts(text, contentType, section, environment);
  return changed === null ? null : Buffer.from(changed, "latin1");
}

function transformParts(
  body: string,
  contentType: string,
  section: Section,
  environment: LuaTable,
): string | null {
  const boundary = boundaryOf(contentType);
  if (boundary === null) return null;
  const parts = new Multipart(boundary, body);
  const asBytes = (bytes: string): string => bytes;
  // parts are renamed before any is removed, unlike all else, and nothing is appended to them (Kong)
  const renaming: Section = { ...section, remove: [], replace: [], add: [], append: [] };
  const others: Section = { ...section, rename: [], append: [] };
  const isRenamed = transformParameters(parts, renaming, environment, body !== "", asBytes);
  const isChanged = transformParameters(parts, others, environment, body !== "", asBytes);
  return isRenamed || isChanged ? parts.toString() : null;
}

function transformJson(body: Buffer, section: Section, environment: LuaTable): Buffer | null {
  let value: unknown = {};
  if (body.length > 0) {
    try {
      value = JSON.parse(body.utf8Slice());
    } catch {
      return null;
    }
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const members = new Members(value as Record<string, unknown>);
  const isChanged = transformParameters(members, section, environment, body.length > 0, toText);
  return isChanged ? Buffer.from(JSON.stringify(value)) : null;
}

/** Members of an object out of JSON.parse; names that mean something to JavaScript are ordinary ones here. */
class Members implements NamedValues {
  readonly #record: Record<string, unknown>;

  constructor(record: Record<string, unknown>) {
    this.#record = record;
  }

  get(name: string): unknown {
    return Object.hasOwn(this.#record, name) ? this.#record[name] : undefined;
  }

  set(name: string, value: unknown): void {
    Object.defineProperty(this.#record, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }

  delete(name: string): void {
    delete this.#record[name];
  }
}
