/**
 * A request as the endpoints see it: method, decoded path parameters and arguments, decoded body.
 *
 * Texts of the path and the query are bytes with percent-encoding; they are decoded here once, as UTF-8. A name in the
 * path that is not UTF-8 is kept apart (`badUtf8`), because Kong answers it with an error of its own.
 */
import type { ArgumentTable } from "./arguments.ts";
import type { RequestBody } from "./body.ts";
import { decodeUtf8, invalidUtf8At, percentDecode } from "./percent-decoding.ts";

/** What a handler is given: everything is decoded, nothing of it is checked by a schema yet. */
export interface ApiRequest {
  readonly method: string;
  /** Path as it came, without the query. */
  readonly path: string;
  /** What the endpoint's `{name}` segments stand for. */
  readonly params: Readonly<Record<string, string>>;
  /** Of parameters that are not UTF-8: position of the first wrong byte, counted from 1. */
  readonly badUtf8: Readonly<Record<string, number>>;
  /** Arguments of the query, decoded and nested. */
  readonly query: ArgumentTable;
  /** Nothing is there for methods other than POST, PUT and PATCH. */
  readonly body: RequestBody;
  /** 32 hexadecimal characters. */
  readonly requestId: string;
}

/** Decode the segments that an endpoint's parameters stand for. */
export function decodeParams(
  names: readonly string[],
  segments: readonly string[],
): Pick<ApiRequest, "params" | "badUtf8"> {
  const params: Record<string, string> = {};
  const badUtf8: Record<string, number> = {};
  names.forEach((name, i) => {
    const bytes = percentDecode(segments[i]!);
    const position = invalidUtf8At(bytes);
    if (position > 0) badUtf8[name] = position;
    params[name] = decodeUtf8(bytes);
  });
  return { params, badUtf8 };
}
