/**
 * Pages of a list: the size that is asked for, and the link to the next page.
 *
 * What an offset means is the store's business; clients pass it on as it is. Kong has three kinds: keys of the store in
 * base64, the list of tags' own, and for the Targets of an Upstream plain positions.
 */
import { type Answer, json } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import { invalidOffset, invalidSize } from "../kong-error.ts";

/** Rows of a page, unless `size` tells; Kong's own numbers. */
const PAGE_SIZE_DEFAULT = 100;
const PAGE_SIZE_MAX = 1000;
const POSITION = /^\d{1,9}$/;

/** The size that was asked for, whatever number it is. */
function numberOf(request: ApiRequest): number | Answer {
  const given = request.query.size;
  if (given === undefined) return PAGE_SIZE_DEFAULT;
  const size = typeof given === "string" && given.trim() !== "" ? Number(given) : Number.NaN;
  return Number.isNaN(size) ? invalidSize("size must be a number") : size;
}

/** Rows of a page, or what is wrong with the size that was asked for. */
export function sizeOf(request: ApiRequest): number | Answer {
  const size = numberOf(request);
  if (typeof size !== "number") return size;
  if (Number.isInteger(size) && size >= 1 && size <= PAGE_SIZE_MAX) return size;
  return invalidSize(`size must be an integer between 1 and ${PAGE_SIZE_MAX}`);
}

/** An argument that should be one text; of several the first one counts. */
export function firstText(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" ? first : undefined;
}

/** RFC 3986, as nginx escapes an argument. */
function escapeArgument(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The body of a page; `more` goes into the link: arguments that the next page needs too, escaped here.
 * `beside` stands beside the list. */
export function pageBody(
  request: ApiRequest,
  data: readonly object[],
  offset: string | null,
  more: Readonly<Record<string, string>> = {},
  beside: object = {},
): Answer {
  if (offset === null) return json(200, { data, next: null, ...beside });
  const path = request.path.replace(/(?<=.)\/$/, "");
  const link = Object.entries({ offset, ...more }).map(
    ([name, value]) => `${name}=${escapeArgument(value)}`,
  );
  return json(200, { data, next: `${path}?${link.join("&")}`, offset, ...beside });
}

/** A page of the list of tags, which is all here. Its offset is the position in base64. */
export function pageOfTags(request: ApiRequest, list: readonly object[]): Answer {
  const size = sizeOf(request);
  if (typeof size !== "number") return size;
  const offset = firstText(request.query.offset);
  const position = offset === undefined ? "0" : Buffer.from(offset, "base64url").toString("latin1");
  if (!POSITION.test(position)) return invalidOffset(offset ?? "", "bad offset string");
  const from = Number(position);
  const next = from + size;
  const more = next < list.length ? Buffer.from(String(next)).toString("base64url") : null;
  return pageBody(request, list.slice(from, next), more);
}

/** A page of Targets: any size will do, 0 too, the largest is {@link PAGE_SIZE_MAX}, and the offset is the position. */
export function pageByPosition(
  request: ApiRequest,
  list: readonly object[],
  beside: object = {},
): Answer {
  const asked = numberOf(request);
  if (typeof asked !== "number") return asked;
  const size = Math.min(Math.max(0, Math.floor(asked)), PAGE_SIZE_MAX);
  const offset = firstText(request.query.offset) ?? "0";
  if (!POSITION.test(offset)) return invalidOffset(offset, "bad offset string");
  const from = Number(offset);
  const next = from + size;
  const more = next < list.length ? String(next) : null;
  return pageBody(request, list.slice(from, next), more, {}, beside);
}
