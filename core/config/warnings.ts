/** What a user should know of settings that are accepted: old names, and those that do nothing in this gateway. */
import { isDirective } from "./namespaces.ts";
import { parseValue } from "./parse-value.ts";
import type { SettingValue } from "./setting.ts";
import { LIMIT_DIRECTIVES, MAIN_DIRECTIVES } from "./limits.ts";
import { SETTINGS_BY_NAME } from "./table.ts";

/** Directives of free names that are heeded, beside those of limits.ts. */
const HEEDED: ReadonlySet<string> = new Set([
  "charset",
  "real_ip_header",
  "real_ip_recursive",
  "ssl_protocols",
  "ssl_prefer_server_ciphers",
  "ssl_session_tickets",
  "ssl_session_timeout",
]);

/**
 * @param given texts by name, as they were given
 * @returns a line for each old name, and one that names all settings without effect
 */
export function warningsOf(given: ReadonlyMap<string, string>): string[] {
  const warnings: string[] = [];
  const inert: string[] = [];
  for (const [name, text] of given) {
    const setting = SETTINGS_BY_NAME.get(name);
    if (setting?.deprecated !== undefined) {
      warnings.push(
        `the configuration property '${name}' is deprecated, use '${setting.deprecated}' instead`,
      );
    }
    const isDefault = setting !== undefined && isSame(parseValue(setting, text), setting.default);
    const isInert = setting === undefined ? isIdleDirective(name) : setting.inert === true;
    if (isInert && !isDefault) inert.push(name);
  }
  if (inert.length > 0) {
    warnings.push(`these settings have no effect in this gateway: ${inert.sort().join(", ")}`);
  }
  return warnings;
}

function isSame(a: SettingValue, b: SettingValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isIdleDirective(name: string): boolean {
  if (!isDirective(name)) return false;
  const main = /^nginx_main_(.+)$/.exec(name)?.[1];
  if (main !== undefined) return !MAIN_DIRECTIVES.has(main);
  const directive = /^nginx_(?:http|proxy|admin)_(.+)$/.exec(name)?.[1];
  return directive === undefined || !(LIMIT_DIRECTIVES.has(directive) || HEEDED.has(directive));
}
