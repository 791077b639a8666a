/** A page of entities: all of a kind, those with some tags, or those that refer to one entity. */
import type { EntitySchema } from "../../entities/schema/definition.ts";
import type { Row } from "../../store/snapshot.ts";
import type { Answer } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { EntityDeps } from "../deps.ts";
import type { PageQuery } from "../entity-reader.ts";
import { invalidOffset, invalidTags } from "../kong-error.ts";
import { firstText, pageBody, sizeOf } from "./paging.ts";

/** Tags in one filter. */
const TAGS_MAX = 5;

/** A filter such as "a,b" (all of them) or "a/b" (any of them). */
function tagsOf(schema: EntitySchema, request: ApiRequest): PageQuery["tags"] | Answer {
  const given = request.query.tags;
  if (given === undefined) return undefined;
  if (!schema.fields.some((field) => Object.hasOwn(field, "tags"))) {
    return invalidTags(`cannot be used with '${schema.name}'`);
  }
  const text = firstText(given) ?? "";
  if (text === "") return invalidTags("cannot be null");
  const all = text.includes(",");
  const names = text.split(all ? "," : "/");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a tag has none; U+FFFD stands for bytes that are no UTF-8
  if (names[0] === "" || (all && text.includes("/")) || /[\u0000-\u001f\u007f\ufffd]/.test(text)) {
    return invalidTags("invalid filter syntax");
  }
  if (names.length > TAGS_MAX) return invalidTags(`cannot query more than ${TAGS_MAX} tags`);
  return { names, all };
}

/** What nginx decodes as base64; one letter more than a multiple of four is no byte. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3})?=*$/;

/** An offset that the store has not given: a key of nowhere for Kong, if it can be one. */
function nothingBehind(request: ApiRequest, offset: string): Answer {
  if (!BASE64.test(offset)) return invalidOffset(offset, "bad base64 encoding");
  return pageBody(request, [], null);
}

/**
 * A page of a list.
 *
 * @param parent only entities that refer to it; tags and size then do not go into the link to the next page, and tags
 *   are not looked at, as in Kong
 * @param show what is shown of a row
 */
export function pageAnswer(
  deps: EntityDeps,
  schema: EntitySchema,
  request: ApiRequest,
  parent: PageQuery["parent"],
  show: (row: Row) => object,
): Answer {
  const size = sizeOf(request);
  if (typeof size !== "number") return size;
  const tags = parent === undefined ? tagsOf(schema, request) : undefined;
  if (tags !== undefined && "status" in tags) return tags;
  const offset = firstText(request.query.offset) ?? null;
  const page = deps.store.page(schema.name, {
    size,
    offset,
    ...(tags === undefined ? {} : { tags }),
    ...(parent === undefined ? {} : { parent }),
  });
  if (page === null) return nothingBehind(request, offset ?? "");
  const data = page.rows.map(show);
  if (parent !== undefined) return pageBody(request, data, page.offset);
  return pageBody(request, data, page.offset, {
    ...(tags === undefined ? {} : { tags: firstText(request.query.tags)! }),
    ...(request.query.size === undefined ? {} : { size: String(size) }),
  });
}
