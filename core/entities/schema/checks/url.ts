/** Checks of URLs. */

/** Parts of a URL as Kong's parser takes them apart: whatever is before ":" is a scheme, whatever is after "//" an authority. */
interface UrlParts {
  readonly scheme: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly path: string | undefined;
  readonly fragment: string | undefined;
}

const URL_PARTS =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?[^#]*)?(?:#([\s\S]*))?$/;

export function readUrl(url: string): UrlParts {
  const [, scheme, authority, path, fragment] = URL_PARTS.exec(url) ?? [];
  const behindUser = authority?.slice(authority.lastIndexOf("@") + 1);
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::([0-9]*))?$/.exec(behindUser ?? "") ?? [];
  return {
    scheme: scheme?.toLowerCase(),
    host: host === "" ? undefined : host,
    port: port === undefined || port === "" ? undefined : Number(port),
    path: path === "" ? undefined : path,
    fragment,
  };
}

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
