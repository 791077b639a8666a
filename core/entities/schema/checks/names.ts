/** Checks of names: of entities, tags, headers, cookies. */

const NAME = /^[0-9A-Za-z._~-]+$/;
/** Text with only these ASCII characters; what is beyond ASCII may be anything. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the end of ASCII
const UTF8_NAME = /^(?:[0-9A-Za-z._~-]|[^\x00-\x7f])+$/;
/** Printable ASCII but the comma and the slash, or anything beyond ASCII. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the end of ASCII
const TAG = /^(?:[\x20-\x2b\x2d\x2e\x30-\x7e]|[^\x00-\x7f])+$/;
const HEADER_NAME = /^[0-9A-Za-z_-]+$/;
/** A token of RFC 2616. */
const TOKEN = /^[!#$%&'*+.0-9A-Z^_`a-z|~-]+$/;

/** A name of an entity where only ASCII is taken. */
export function nameError(name: string): string | undefined {
  return NAME.test(name)
    ? undefined
    : `invalid value '${name}': it must only contain alphanumeric and '., -, _, ~' characters`;
}

/** Bytes that are no UTF-8 cannot arrive here: bodies and files are decoded before. A lone surrogate can. */
export function utf8NameError(name: string): string | undefined {
  if (!UTF8_NAME.test(name)) {
    return `invalid value '${name}': the only accepted ascii characters are alphanumerics or ., -, _, and ~`;
  }
  const at = loneSurrogate(name);
  return at < 0 ? undefined : `invalid utf-8 character sequence detected at position ${at + 1}`;
}

/** Offset in bytes of half a surrogate pair; -1 without one. */
function loneSurrogate(text: string): number {
  const match = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.exec(text);
  return match === null ? -1 : Buffer.byteLength(text.slice(0, match.index));
}

/** A tag of an entity. An empty one is none. */
export function tagError(tag: string): string | undefined {
  return TAG.test(tag) && loneSurrogate(tag) < 0
    ? undefined
    : `invalid tag '${tag}': expected printable ascii (except \`,\` and \`/\`) or valid utf-8 sequences`;
}

/** Stricter than HTTP: Kong takes no other characters in a configuration. */
export function headerNameError(name: string): string | undefined {
  if (name === "") return "no header name provided";
  return HEADER_NAME.test(name)
    ? undefined
    : `bad header name '${name}', allowed characters are A-Z, a-z, 0-9, '_', and '-'`;
}

/** A token, as HTTP has it. */
export function cookieNameError(name: string): string | undefined {
  if (name === "") return "no token provided";
  if (TOKEN.test(name)) return undefined;
  return (
    "contains one or more invalid characters. ASCII control characters (0-31;127), space, tab and " +
    'the characters ()<>@,;:\\"/?={}[] are not allowed.'
  );
}
