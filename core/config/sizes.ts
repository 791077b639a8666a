/** Sizes and times as nginx writes them: `8k`, `10m`, `60s`, `1h 30m`, a bare number of bytes or seconds. */
import { InvalidSetting } from "../errors.ts";

const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1024,
  m: 1024 * 1024,
  g: 1024 * 1024 * 1024,
};
const TIME_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  "": 1000,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  M: 30 * 86_400_000,
  y: 365 * 86_400_000,
};

/** Longest time that a timer of Node takes; longer ones mean "never" all the same. */
const TIME_MAX_MS = 2_147_483_647;

/**
 * @param setting its name, for the error
 * @returns bytes
 * @throws {InvalidSetting} if the text is no size
 */
export function parseSize(setting: string, text: string): number {
  const match = /^(\d+)([kmg]?)$/i.exec(text.trim());
  const bytes = match ? Number(match[1]) * SIZE_UNITS[match[2]!.toLowerCase()]! : Number.NaN;
  if (!Number.isSafeInteger(bytes)) {
    throw new InvalidSetting(
      `${setting} is not a size: '${text}' (a number of bytes, or one with k, m or g)`,
    );
  }
  return bytes;
}

/**
 * @param setting its name, for the error
 * @returns milliseconds, at most what a timer takes
 * @throws {InvalidSetting} if the text is no time
 */
export function parseTime(setting: string, text: string): number {
  let total = 0;
  const parts = text.trim().split(/\s+|(?<=[a-z])(?=\d)/i);
  for (const part of parts) {
    const match = /^(\d+)(ms|[smhdwMy]?)$/.exec(part);
    if (match === null) {
      throw new InvalidSetting(
        `${setting} is not a time: '${text}' (a number of seconds, or one with ms, s, m, h or d)`,
      );
    }
    total += Number(match[1]) * TIME_UNITS_MS[match[2]!]!;
  }
  return Math.min(total, TIME_MAX_MS);
}

/**
 * `large_client_header_buffers`: how many buffers, and the size of each.
 *
 * @throws {InvalidSetting} if the text is not `number size`, or one of them is 0
 */
export function parseBuffers(setting: string, text: string): { count: number; bytes: number } {
  const match = /^(\d+)\s+(\S+)$/.exec(text.trim());
  const count = Number(match?.[1] ?? 0);
  if (match === null || count === 0) {
    throw new InvalidSetting(`${setting} is not a number and a size: '${text}' (as in 4 8k)`);
  }
  const bytes = parseSize(setting, match[2]!);
  if (bytes === 0) throw new InvalidSetting(`${setting} has buffers of 0 bytes: '${text}'`);
  return { count, bytes };
}

/** @throws {InvalidSetting} if the text is no whole number, or below `least` */
export function parseCount(setting: string, text: string, least = 0): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= least) || !Number.isSafeInteger(value)) {
    throw new InvalidSetting(`${setting} is not a whole number from ${least} upwards: '${text}'`);
  }
  return value;
}
