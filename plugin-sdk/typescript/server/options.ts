/** What a plugin server is told on its command line and in its environment; the same words in every SDK. */
import { parseArgs } from "node:util";
import { join } from "node:path";

/** What the command line and the environment say. */
export interface ServerOptions {
  readonly socket: string;
  /** Print what the query command wants to know, and end. */
  readonly dumps: boolean;
}

/** Folder of the socket where neither option nor variable says another; Kong's own. */
export const KONG_PREFIX_DEFAULT = "/usr/local/kong";

/** A long option with one dash; not a letter that stands there several times. */
const ONE_DASH = /^-(?!(.)\1*$)[a-z][a-z-]+(?:=|$)/i;

/** Options may have one dash or two; single letters stay as they are. */
export function withTwoDashes(argv: readonly string[]): string[] {
  return argv.map((word) => (ONE_DASH.test(word) ? `-${word}` : word));
}

/**
 * @param name of the first plugin: of the socket, where nothing says otherwise
 * @throws {TypeError} for an option that there is not
 */
export function readOptions(
  name: string,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ServerOptions {
  const { values } = parseArgs({
    args: withTwoDashes(argv),
    options: {
      socket: { type: "string" },
      "kong-prefix": { type: "string", default: KONG_PREFIX_DEFAULT },
      dump: { type: "boolean", default: false },
    },
  });
  const fromEnv = env.DRAGOMAN_PLUGIN_SERVER_SOCKET;
  const fallback = values.socket ?? join(values["kong-prefix"], `${name}.socket`);
  return { socket: fromEnv ? fromEnv : fallback, dumps: values.dump };
}
