/**
 * What the process of a plugin server gets of the machine: environment, folder, user, priority, memory, files.
 *
 * Nothing is taken away unless a setting says so: by default a server gets what the gateway has, as in Kong.
 */
import { InvalidSetting } from "../errors.ts";
import { parseCount, parseSize } from "./sizes.ts";

const NICE_MIN = -20;
const NICE_MAX = 19;
/** Fewer than these and hardly a runtime starts. */
const FILES_LEAST = 16;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*\*?$/;
const ACCOUNT = /^(?:\d+|[a-z_][a-z0-9_.-]*)$/i;

/** Plain JSON; read by plugin-host/isolation.ts. */
export interface Isolation {
  /** Names of environment variables that it gets, `*` at the end for all that begin so; null = all. */
  readonly env: readonly string[] | null;
  /** Folder that it starts in; "" = the gateway's. */
  readonly cwd: string;
  /** Names or numbers; "" = the gateway's. */
  readonly user: string;
  readonly group: string;
  /** -20 to 19, added to nothing: its own priority; null = the gateway's. */
  readonly nice: number | null;
  /** Address space in bytes; 0 = no limit. */
  readonly memoryBytesMax: number;
  /** Open files; 0 = the gateway's limit. */
  readonly filesMax: number;
}

/** What a server gets without any of these settings. */
export const NO_ISOLATION: Isolation = {
  env: null,
  cwd: "",
  user: "",
  group: "",
  nice: null,
  memoryBytesMax: 0,
  filesMax: 0,
};

/**
 * @param key what the names of the settings begin with
 * @param read a setting by the rest of its name; null where it is not set
 * @throws {InvalidSetting}
 */
export function parseIsolation(key: string, read: (what: string) => string | null): Isolation {
  const memory = read("memory_max");
  const files = read("files_max");
  return {
    env: parseNames(`${key}env`, read("env")),
    cwd: read("cwd") ?? "",
    user: parseAccount(`${key}user`, read("user")),
    group: parseAccount(`${key}group`, read("group")),
    nice: parseNice(`${key}nice`, read("nice")),
    memoryBytesMax: memory === null ? 0 : parseSize(`${key}memory_max`, memory),
    filesMax: files === null ? 0 : parseCount(`${key}files_max`, files, FILES_LEAST),
  };
}

function parseNames(setting: string, text: string | null): string[] | null {
  if (text === null) return null;
  if (text.trim() === "none") return [];
  const names = text.split(",").map((name) => name.trim());
  const bad = names.find((name) => !VARIABLE.test(name));
  if (bad === undefined) return names;
  throw new InvalidSetting(`${setting} has a name that cannot be: '${bad}' (none, or A,B,C_*)`);
}

function parseAccount(setting: string, text: string | null): string {
  if (text === null || ACCOUNT.test(text)) return text ?? "";
  throw new InvalidSetting(`${setting} is neither a name nor a number: '${text}'`);
}

function parseNice(setting: string, text: string | null): number | null {
  if (text === null) return null;
  const value = /^-?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= NICE_MIN && value <= NICE_MAX) return value;
  throw new InvalidSetting(`${setting} is not a number from ${NICE_MIN} to ${NICE_MAX}: '${text}'`);
}
