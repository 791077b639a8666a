/**
 * The error log: the one pino root of a process, with Kong's levels.
 *
 * A record is a constant sentence plus fields. On a terminal records are made readable by pino-pretty, which is loaded
 * only then; everywhere else a record is one line of JSON. Writes are synchronous and append to the file, so nothing is
 * lost in a crash and several processes can share one file; the access log, which is written for every request, has a
 * buffered writer of its own (access-log.ts).
 */
import { createRequire } from "node:module";
import { isatty } from "node:tty";
import { pino } from "pino";
import { LogNotOpened } from "./log-not-opened.ts";

/** Kong's log levels, least severe first, with the numbers that pino compares. */
export const LOG_LEVELS = {
  debug: 20,
  info: 30,
  notice: 35,
  warn: 40,
  error: 50,
  crit: 60,
  alert: 70,
  emerg: 80,
} as const;
/** Kong's words, the least severe first. */
export type LogLevel = keyof typeof LOG_LEVELS;

/** Is it one of Kong's words, in lower case? */
export function isLogLevel(name: string): name is LogLevel {
  return Object.hasOwn(LOG_LEVELS, name);
}

/** Fields of a record. An Error under `err`, `error` or `cause` is written with its stack. */
export type LogFields = Readonly<Record<string, unknown>>;

interface LogMethod {
  (message: string): void;
  (fields: LogFields, message: string): void;
}

/** What a room needs of a log; a test may hand in a plain object. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly notice: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly crit: LogMethod;
  readonly alert: LogMethod;
  readonly emerg: LogMethod;
  /** A log that adds `fields` to each record; made once per room or per thing, not per request. */
  child(fields: LogFields): Logger;
  /** Whether records of this level are written: ask before collecting fields that cost something. */
  isLevelEnabled(level: LogLevel): boolean;
}

/** The root of a process: besides logging it can follow a log rotation. */
export interface RootLogger extends Logger {
  readonly level: LogLevel;
  /** Open the file of the log anew, after it was moved away (SIGUSR1, `reload`). Nothing happens on a stream. */
  reopen(): void;
}

interface LogOptions {
  /** Least severe level that is written. */
  readonly level: LogLevel;
  /** Absolute path of a file, or "stdout" or "stderr"; "/dev/stdout" and "/dev/stderr" mean the same streams. */
  readonly destination: string;
  /** "auto": readable if the destination is a terminal. */
  readonly pretty?: "auto" | boolean;
  /** Written into each record as `name`, such as "primary" or "worker 2"; "" leaves it out. */
  readonly name?: string;
}

/** Bytes of records that are kept while the destination takes none (a full disk); those beyond are lost. */
const KEPT_BYTES_MAX = 1024 * 1024;

type Destination = ReturnType<typeof pino.destination>;
/** The part of pino-pretty that is used here. */
type PrettyFactory = (options: Record<string, unknown>) => NodeJS.WritableStream;

const STREAMS: Readonly<Record<string, number>> = {
  stdout: 1,
  "/dev/stdout": 1,
  stderr: 2,
  "/dev/stderr": 2,
};

/** What a terminal obeys: control characters but line feed and tab, DEL, and the second set of controls. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The same text with the controls in it written out: names and values come from anybody. */
function harmless(text: string): string {
  return text.replace(CONTROLS, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** A record as text for {@link prettyStream}: its sentence is one line, and nothing in it commands the terminal. */
function harmlessRecord(record: string): string {
  const fields = JSON.parse(record, (_, value: unknown) =>
    typeof value === "string" ? harmless(value) : value,
  ) as { msg?: unknown };
  if (typeof fields.msg === "string") fields.msg = fields.msg.replaceAll("\n", "\\n");
  return `${JSON.stringify(fields)}\n`;
}

function prettyStream(
  destination: Destination,
  colorize: boolean,
): { write(record: string): void } {
  const pretty = createRequire(import.meta.url)("pino-pretty") as PrettyFactory;
  const stream = pretty({
    destination,
    sync: true,
    colorize,
    customLevels: LOG_LEVELS,
    useOnlyCustomProps: false,
    customColors:
      "debug:gray,info:green,notice:cyan,warn:yellow,error:red,crit:red,alert:bgRed,emerg:bgRed",
    translateTime: "SYS:yyyy/mm/dd HH:MM:ss.l",
    ignore: "hostname,room",
    messageFormat: "{if room}{room}: {end}{msg}",
    singleLine: true,
  });
  return { write: (record) => void stream.write(harmlessRecord(record)) };
}

function openDestination(dest: string | number): Destination {
  try {
    return pino.destination({ dest, sync: true, append: true, maxLength: KEPT_BYTES_MAX });
  } catch (cause) {
    throw new LogNotOpened(String(dest), cause as Error);
  }
}

/**
 * Make the log of this process.
 *
 * @throws {LogNotOpened}
 */
export function createLog(options: LogOptions): RootLogger {
  const stream = STREAMS[options.destination];
  const destination = openDestination(stream ?? options.destination);
  // a full disk or a pipe that nobody reads is no reason to end: what is kept is written with the next record that can be
  destination.on("error", () => {});
  const terminal = stream !== undefined && isatty(stream);
  const pretty = options.pretty === true || (options.pretty !== false && terminal);
  const errors = pino.stdSerializers.err;
  const base: Record<string, unknown> = { pid: process.pid };
  if (options.name !== undefined && options.name !== "") base.name = options.name;
  const root = pino(
    {
      level: options.level,
      customLevels: LOG_LEVELS,
      useOnlyCustomLevels: true,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errors, error: errors, cause: errors },
    },
    pretty ? prettyStream(destination, terminal) : destination,
  );
  const reopen = (): void => {
    if (stream !== undefined) return;
    try {
      destination.reopen();
    } catch {
      // its folder is gone: the old file stays open, lines in a file that was moved away are better than none
    }
  };
  return Object.assign(root as unknown as Logger, { level: options.level, reopen }) as RootLogger;
}

const nothing = (): void => {};
/** Writes nothing: for tools and tests. */
export const NO_LOG: RootLogger = {
  level: "emerg",
  debug: nothing,
  info: nothing,
  notice: nothing,
  warn: nothing,
  error: nothing,
  crit: nothing,
  alert: nothing,
  emerg: nothing,
  child: () => NO_LOG,
  isLevelEnabled: () => false,
  reopen: nothing,
};
