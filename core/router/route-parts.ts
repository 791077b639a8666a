/**
 * The conditions of a Route, read once per configuration and shared by its entries.
 */
import type { AddressMatch, Route } from "../entities/route.ts";
import { AddressSet } from "./address-set.ts";
import { type HeaderCondition, type HostPattern, lowerAscii, type SniCondition } from "./entry.ts";
import type { HostParts } from "./host-names.ts";
import { toBytes } from "./normalize-path.ts";
import { HeaderPattern } from "./regex/pattern.ts";

/** What marks a regex in `paths`, and one in the values of `headers`. */
export const REGEX_PATH_MARK = "~";
const REGEX_VALUE_MARK = "~*";

type List = readonly string[] | null | undefined;

export function isEmpty(list: List): list is null | undefined | readonly [] {
  return list === undefined || list === null || list.length === 0;
}

export function hostPatterns(
  hosts: List,
  split: (text: string, into: HostParts) => HostParts,
): readonly HostPattern[] | null {
  if (isEmpty(hosts)) return null;
  return hosts.map((text) => {
    const { host, port } = split(text, { host: "", port: "" });
    return { text, host, port };
  });
}

export function methodsOf(route: Route): readonly string[] | null {
  return isEmpty(route.methods) ? null : route.methods;
}

/** Header names of a Route that count: `host` never does. */
export function headerNames(route: Route): string[] {
  return Object.keys(route.headers ?? {}).filter((name) => name.toLowerCase() !== "host");
}

/** `traditional_compatible`: any value may be a regex, and is made lower case like everything else. */
export function headersCompatible(route: Route): readonly HeaderCondition[] | null {
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
export function headersTraditional(route: Route): readonly HeaderCondition[] | null {
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
export function sniCondition(route: Route, withWildcards: boolean): SniCondition | null {
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

export function addressSet(entries: readonly AddressMatch[] | null | undefined): AddressSet | null {
  return entries === undefined || entries === null || entries.length === 0
    ? null
    : new AddressSet(entries);
}

export function isRegexPath(path: string): boolean {
  return path.startsWith(REGEX_PATH_MARK);
}
