/**
 * Integers in a YAML document, as Kong's parser reads plain words: those of YAML 1.1, so `017` is 15, `1_000` is 1000 and
 * `1:30` is 90, and some more (`08` is 8). Where the words of YAML 1.2 were read instead, the same file would configure
 * other ports and names here than in Kong.
 */
import { defineScalarTag, NOT_RESOLVED } from "js-yaml";

const BINARY = /^0b_*[01][01_]+$/;
const OCTAL = /^0_*[0-7][0-7_]*$/;
const DECIMAL = /^_*[0-9][0-9_]*$/;
const HEXADECIMAL = /^0x_*[0-9a-fA-F][0-9a-fA-F_]*$/;
const SEXAGESIMAL = /^[0-9]+:[0-5]?[0-9][:0-9]*$/;

/** @returns NaN for a word that is no integer */
function magnitudeOf(word: string): number {
  const digits = word.replaceAll("_", "");
  if (OCTAL.test(word)) return Number.parseInt(digits, 8);
  if (DECIMAL.test(word)) return Number(digits);
  if (HEXADECIMAL.test(word)) return Number(digits);
  if (BINARY.test(word)) return Number.parseInt(digits.slice(2), 2);
  if (!SEXAGESIMAL.test(word)) return Number.NaN;
  return word.split(":").reduce((sum, part) => (part === "" ? sum : sum * 60 + Number(part)), 0);
}

function resolve(word: string): number | typeof NOT_RESOLVED {
  const isSigned = word.startsWith("-") || word.startsWith("+");
  const magnitude = magnitudeOf(isSigned ? word.slice(1) : word);
  if (Number.isNaN(magnitude)) return NOT_RESOLVED;
  return word.startsWith("-") ? -magnitude : magnitude;
}

/** In place of js-yaml's own; what is no integer is left to the tags behind it. */
export const integerTag = defineScalarTag<number>("tag:yaml.org,2002:int", {
  implicit: true,
  implicitFirstChars: [..."-+0123456789"],
  resolve,
  identify: (data) => Number.isInteger(data),
});
