/**
 * The conditions of a Route, read once per configuration and shared by its entries.
 */
import type { AddressMatch, Route } from "../entities/route.ts";
import { AddressSet } from "./address-set.ts";
import {
  Conditions,
  type HeaderCondition,
  isEmpty,
  lowerAscii,
  type SniCondition,
} from "./entry.ts";
import { toBytes } from "./normalize-path.ts";
import { HeaderPattern } from "./regex/pattern.ts";

/** What marks a regex in `paths`, and one in the values of `headers`. */
const REGEX_PATH_MARK = "~";
const REGEX_VALUE_MARK = "~*";

/** Conditions of a Route in `traditional_compatible`; null if it has none. */
export function conditionsCompatible(route: Route): Conditions | null {
  if (hasNoConditions(route)) return null;
  return new Conditions(
    isEmpty(route.methods) ? null : route.methods,
    headersCompatible(route),
    sniCondition(route, true),
    addressSet(route.sources),
    addressSet(route.destinations),
  );
}

/** The same in `traditional`. */
export function conditionsTraditional(route: Route): Conditions | null {
  if (hasNoConditions(route)) return null;
  return new Conditions(
    isEmpty(route.methods) ? null : route.methods.map((method) => method.toUpperCase()),
    headersTraditional(route),
    sniCondition(route, false),
    addressSet(route.sources),
    addressSet(route.destinations),
  );
}

function hasNoConditions(route: Route): boolean {
  return (
    isEmpty(route.methods) &&
    headerCount(route) === 0 &&
    isEmpty(route.snis) &&
    isEmpty(route.sources) &&
    isEmpty(route.destinations)
  );
}

/** Header names of a Route that count: `host` never does. */
function headerNames(route: Route): string[] {
  return Object.keys(route.headers ?? {}).filter((name) => name.toLowerCase() !== "host");
}

/** Names in a Route's `headers` that count. */
export function headerCount(route: Route): number {
  return route.headers === undefined || route.headers === null ? 0 : headerNames(route).length;
}

/** `traditional_compatible`: any value may be a regex, and is made lower case like everything else. */
function headersCompatible(route: Route): readonly HeaderCondition[] | null {
  const names = headerNames(route);
  if (names.length === 0) return null;
  return names.map((name) => {
    const isPattern = (value: string): boolean => value.startsWith(REGEX_VALUE_MARK);
    const values = route.headers![name]!.map(lowerAscii);
    return {
      name: name.toLowerCase(),
      exactDashes: false,
      values: new Set(values.filter((value) => !isPattern(value)).map(toBytes)),
      patterns: values
        .filter(isPattern)
        .map((value) => new HeaderPattern(value.slice(REGEX_VALUE_MARK.length), "text")),
    };
  });
}

/** `traditional`: a regex only where it is the single value, as written; the text itself fits too. */
function headersTraditional(route: Route): readonly HeaderCondition[] | null {
  const names = headerNames(route);
  if (names.length === 0) return null;
  return names.map((name) => {
    const values = route.headers![name]!.map(toBytes);
    const single = values.length === 1 ? values[0]! : "";
    return {
      name: name.toLowerCase(),
      exactDashes: name.includes("-"),
      values: new Set(values.map(lowerAscii)),
      patterns: single.startsWith(REGEX_VALUE_MARK)
        ? [new HeaderPattern(single.slice(REGEX_VALUE_MARK.length), "bytes")]
        : [],
    };
  });
}

/** @param withWildcards `*.name` and `name.*` are patterns; in `traditional` they are names like others */
function sniCondition(route: Route, withWildcards: boolean): SniCondition | null {
  if (isEmpty(route.snis)) return null;
  const snis = route.snis.map((sni) =>
    sni.length > 1 && sni.endsWith(".") ? sni.slice(0, -1) : sni,
  );
  if (!withWildcards) return { names: new Set(snis), suffixes: [], prefixes: [] };
  const isSuffix = (sni: string): boolean => sni.startsWith("*");
  const isPrefix = (sni: string): boolean => !isSuffix(sni) && sni.endsWith("*");
  return {
    names: new Set(snis.filter((sni) => !isSuffix(sni) && !isPrefix(sni))),
    suffixes: snis.filter(isSuffix).map((sni) => sni.slice(1)),
    prefixes: snis.filter(isPrefix).map((sni) => sni.slice(0, -1)),
  };
}

function addressSet(entries: readonly AddressMatch[] | null | undefined): AddressSet | null {
  return entries === undefined || entries === null || entries.length === 0
    ? null
    : new AddressSet(entries);
}

/** Is it a regex, marked by a `~` in front? The mark is not part of the pattern. */
export function isRegexPath(path: string): boolean {
  return path.startsWith(REGEX_PATH_MARK);
}
