/** Checks of URLs. */

/**
 * Parts of a URL as Kong's parser takes them apart: whatever is before ":" is a scheme, as it is written; whatever is after
 * "//" an authority; of a path what is behind ";" is cut off.
 */
interface UrlParts {
  readonly scheme: string | undefined;
  /** An IPv6 address without its brackets. */
  readonly host: string | undefined;
  /** The text behind the last colon where it is no number. */
  readonly port: number | string | undefined;
  readonly path: string | undefined;
  readonly fragment: string | undefined;
}

const URL_PARTS =
  /^(?:([A-Za-z0-9][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#;]*)[^#]*(?:#([\s\S]*))?$/;

/** Of a text without "//" all is path. Never fails: what is not there is undefined. */
export function readUrl(url: string): UrlParts {
  const [, scheme, authority = "", path, fragment] = URL_PARTS.exec(url) ?? [];
  const behindUser = authority.slice(authority.indexOf("@") + 1);
  const [, host = "", port] = /^([\s\S]*?)(?::([^:\]]*))?$/.exec(behindUser) ?? [];
  return {
    scheme,
    host: host === "" ? undefined : (/^\[(.+)\]$/.exec(host)?.[1] ?? host),
    port: port !== undefined && /^\d+$/.test(port) ? Number(port) : port,
    path: path === "" ? undefined : path,
    fragment,
  };
}

/** Only that it has a scheme and a host. */
export function urlError(url: string): string | undefined {
  if (url === "") return "could not parse url";
  const { scheme, host } = readUrl(url);
  if (host === undefined) return "missing host in url";
  return scheme === undefined ? "missing scheme in url" : undefined;
}

/** Where an OAuth 2.0 client may be sent back to. */
export function redirectUriError(uri: string): string | undefined {
  const { scheme, host, fragment } = readUrl(uri);
  if (scheme === undefined || host === undefined) return `cannot parse '${uri}'`;
  return fragment === undefined ? undefined : `fragment not allowed in '${uri}'`;
}
