/**
 * Turns the text of a setting into its value, as Kong does: nothing is refused here.
 *
 * A boolean is true for `on` and `true` and false for any other text; a number that is none counts as unset; both are
 * worth a warning, which is why {@link misread} tells of them.
 */
import type { Setting, SettingValue } from "./setting.ts";

/** What Lua's tonumber takes: decimal, with exponent, or hexadecimal. */
function parseNumber(text: string): number | null {
  const trimmed = text.trim();
  const hex = /^(-?)(0x[0-9a-f]+)$/i.exec(trimmed);
  if (hex !== null) return (hex[1] === "-" ? -1 : 1) * Number(hex[2]);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return null;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : null;
}

/** Entries without surrounding blanks; an empty one stays, so that checks can name it. */
export function parseList(text: string): string[] {
  return text.split(",").map((entry) => entry.trim());
}

/** @returns the value, or null for an empty text and a number that is none */
export function parseValue(setting: Setting<SettingValue>, text: string): SettingValue {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  switch (setting.type) {
    case "boolean":
      return trimmed === "on" || trimmed === "true";
    case "ngx_boolean":
      return trimmed === "on" || trimmed === "true" ? "on" : "off";
    case "number":
      return parseNumber(trimmed);
    case "array":
      return parseList(trimmed);
    default:
      return trimmed;
  }
}

/** Why the value is not what the text seems to say; undefined where all is well. */
export function misread(
  name: string,
  setting: Setting<SettingValue>,
  text: string,
): string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (setting.type === "number" && parseNumber(trimmed) === null) {
    return `${name} is not a number: '${trimmed}', its default counts`;
  }
  const isBoolean = setting.type === "boolean" || setting.type === "ngx_boolean";
  if (isBoolean && !["on", "off", "true", "false"].includes(trimmed)) {
    return `${name} is not a boolean: '${trimmed}' counts as off (on, off, true, false)`;
  }
  return undefined;
}
