/**
 * The formats that error messages have, by media type.
 *
 * Here because `kong.response.error` refuses a Content-Type that it has no template for; the templates are the proxy's.
 */
export type ErrorFormat = "json" | "html" | "xml" | "plain" | "grpc";

/** Media types that there is a template for, without parameters, in lower case. */
export const ERROR_TYPES: Readonly<Record<string, ErrorFormat>> = {
  "application/json": "json",
  "text/html": "html",
  "application/xml": "xml",
  "text/plain": "plain",
  "application/grpc": "grpc",
};

const CHARSET = "; charset=utf-8";

/** Has a plugin named a type that there is a template for? Exactly so, or with the charset that Kong itself writes. */
export function hasErrorTemplate(contentType: string): boolean {
  const type = contentType.endsWith(CHARSET) ? contentType.slice(0, -CHARSET.length) : contentType;
  return Object.hasOwn(ERROR_TYPES, type);
}

/** Format for a Content-Type, whatever parameters it has; null where there is no template for it. */
export function errorFormatOf(contentType: string): ErrorFormat | null {
  const type = contentType.split(";", 1)[0]!.trim().toLowerCase();
  return Object.hasOwn(ERROR_TYPES, type) ? ERROR_TYPES[type]! : null;
}
