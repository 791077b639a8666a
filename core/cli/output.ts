/**
 * What the command line prints: results on stdout, errors and warnings on stderr.
 *
 * With `--v` and `--vv` each line on stdout gets time and level, and more is told; as in Kong.
 */

/** Takes text as it is; a line brings its own end. */
export type Write = (text: string) => void;

/** Where lines go. */
export interface Streams {
  readonly stdout: Write;
  readonly stderr: Write;
}

/** From `--v` and `--vv`. */
export type Verbosity = "info" | "verbose" | "debug";

/** Where a verb prints: results and words for people. */
export interface Output {
  readonly verbosity: Verbosity;
  /** The result of a verb as it is, for programs that read it. */
  print(text: string): void;
  /** What a verb did. */
  info(line: string): void;
  /** Only with `--v` and `--vv`. */
  verbose(line: string): void;
  /** Only with `--vv`. */
  debug(line: string): void;
  /** On stderr, with time and level. */
  warn(line: string): void;
  error(line: string): void;
}

/** Lines for stderr always have time and level. */
export function createOutput(verbosity: Verbosity, { stdout, stderr }: Streams): Output {
  const isPlain = verbosity === "info";
  const tell = (level: string, line: string): void => {
    stdout(isPlain ? `${line}\n` : `${stamp(level)}${line}\n`);
  };
  return {
    verbosity,
    print: (text) => stdout(`${text}\n`),
    info: (line) => tell("info", line),
    verbose: (line) => {
      if (!isPlain) tell("verbose", line);
    },
    debug: (line) => {
      if (verbosity === "debug") tell("debug", line);
    },
    warn: (line) => stderr(`${stamp("warn")}${line}\n`),
    error: (line) => stderr(`${stamp("error")}${line}\n`),
  };
}

/** `2025/01/31 23:59:59 [level] `, in local time. */
function stamp(level: string): string {
  const now = new Date();
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${now.getFullYear()}/${two(now.getMonth() + 1)}/${two(now.getDate())}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  return `${day} ${time} [${level}] `;
}
