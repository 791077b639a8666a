/**
 * Numbers as text, as Lua and Kong's JSON write them.
 *
 * What a plugin puts into a header, an argument or a line of the log as a number becomes text with 14 digits, and in
 * JSON with 16: 0.1 + 0.2 is "0.3" in both, and the time in seconds with a fraction loses what is below a tenth of a
 * millisecond. A plugin server sends doubles, so their texts have to be made here.
 */

/** Digits of `tostring` and of `..`, as in Lua 5.1. */
const TEXT_DIGITS = 14;
/** Digits in JSON: CJSON_MAX_PRECISION of Kong 3.9. */
const JSON_DIGITS = 16;
/** Below this every whole number has at most {@link TEXT_DIGITS} digits. */
const SHORT_WHOLE_MAX = 1e14;
/** The smallest power of ten that is written without an exponent. */
const POWER_MIN = -4;

/** As C's `%.<digits>g`. */
function general(value: number, digits: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e") as [string, string];
  const power = Number(exponent);
  if (power >= POWER_MIN && power < digits) return plain(value, power, digits);
  const places = String(Math.abs(power)).padStart(2, "0");
  return `${Number(mantissa)}e${power < 0 ? "-" : "+"}${places}`;
}

/** Without an exponent, and without the zeros at the end of a fraction. */
function plain(value: number, power: number, digits: number): string {
  const text = value.toFixed(digits - 1 - power);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** A number as Lua 5.1 writes it (`%.14g`). */
export function luaNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < SHORT_WHOLE_MAX && value !== 0)
    return `${value}`;
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return general(value, TEXT_DIGITS);
}

const NUMERAL =
  /^[ \t\n\v\f\r]*([+-]?)(0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)[ \t\n\v\f\r]*$/i;

/** The number that a text is to Lua (`tonumber`): with spaces around it, with an exponent, in hexadecimal; undefined for no number. */
export function luaToNumber(text: string): number | undefined {
  const match = NUMERAL.exec(text);
  if (match === null) return undefined;
  const value = Number(match[2]);
  return match[1] === "-" ? -value : value;
}

/** A number of a JSON document (`%.16g`); it has to be finite. */
export function jsonNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < SHORT_WHOLE_MAX && value !== 0)
    return `${value}`;
  return general(value, JSON_DIGITS);
}
