/**
 * Host and port as the two flavours read them out of a Host header or out of a Route's `hosts`.
 *
 * No case folding and no trailing dot removal: Kong compares the text (recorded/proxy/router-*.json, "exact hosts").
 */

/** A host, what it is together with its port, and whether the port was written. */
export interface HostParts {
  host: string;
  /** Port as text; "" where none was written. */
  port: string;
}

const LEFT_BRACKET = 91;

/** Are the characters from `from` to the end decimal digits, at least one? */
function isPort(text: string, from: number): boolean {
  if (from >= text.length) return false;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** `traditional_compatible`: a port follows the first colon; so an IPv6 address is one text with its port. */
export function splitHostCompatible(text: string, into: HostParts): HostParts {
  const colon = text.indexOf(":");
  const has = colon >= 0 && isPort(text, colon + 1);
  into.host = has ? text.slice(0, colon) : text;
  into.port = has ? text.slice(colon + 1) : "";
  return into;
}

/** `traditional`: brackets are peeled off; a lone colon at the end is no port; `::1` has none. */
export function splitHostTraditional(text: string, into: HostParts): HostParts {
  into.host = text;
  into.port = "";
  if (text.charCodeAt(0) === LEFT_BRACKET) {
    const end = text.indexOf("]");
    if (end === text.length - 1 || end === text.length - 2) {
      into.host = text.slice(1, end);
    } else if (end > 0 && isPort(text, end + 2)) {
      into.host = text.slice(1, end);
      into.port = text.slice(end + 2);
    }
    return into;
  }
  const colon = text.indexOf(":");
  if (colon >= 0 && (colon === text.length - 1 || isPort(text, colon + 1))) {
    into.host = text.slice(0, colon);
    into.port = text.slice(colon + 1);
  }
  return into;
}
