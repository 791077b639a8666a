/** The command line of kong-pdk's server for JavaScript, with what ours has beside it. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { KONG_PREFIX_DEFAULT, withTwoDashes } from "../../plugin-sdk/typescript/server/options.ts";

/** What the command line and the environment say. */
export interface ServerOptions {
  readonly folder: string;
  readonly socket: string;
  /** "all", the name of a plugin, or null: serve. */
  readonly dump: string | null;
  /** 0 silent, 1 what happens to the server, 2 more. */
  readonly verbosity: number;
  readonly swallowsExceptions: boolean;
  readonly concurrency: number;
}

/** For `--help`, and behind a mistake. */
export const USAGE = `usage: dragoman-js-pluginserver -d FOLDER [options]

  -d, --plugins-directory FOLDER   plugins written for kong-pdk, .js or .ts
  -p, --kong-prefix FOLDER         where the socket is made (${KONG_PREFIX_DEFAULT})
      --sock-name NAME             its name (js_pluginserver.sock)
      --socket PATH                its whole path; $DRAGOMAN_PLUGIN_SERVER_SOCKET goes before all of them
      --dump-all-plugins           print what the plugins are, and end
      --dump-plugin-info NAME      the same of one alone: Kong looks at no other than the first
      --swallow-exceptions         an exception of a plugin lets the request pass, as in kong-pdk
      --concurrency N              events at a time on a connection
  -v, --verbose                    say what is done; twice: more
      --version, --help
`;

/** @throws {TypeError} for an option that there is not, or without a folder */
export function readOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ServerOptions | "help" | "version" {
  const { values } = parseArgs({
    args: withTwoDashes(argv),
    options: {
      "plugins-directory": { type: "string", short: "d" },
      "kong-prefix": { type: "string", short: "p", default: KONG_PREFIX_DEFAULT },
      "sock-name": { type: "string", default: "js_pluginserver.sock" },
      socket: { type: "string" },
      "dump-all-plugins": { type: "boolean", default: false },
      "dump-plugin-info": { type: "string" },
      "swallow-exceptions": { type: "boolean", default: false },
      concurrency: { type: "string", default: "0" },
      verbose: { type: "boolean", short: "v", multiple: true, default: [] },
      version: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  if (values.version) return "version";
  const folder = values["plugins-directory"];
  if (folder === undefined) throw new TypeError("required option -d, --plugins-directory");
  const named = values.socket ?? join(values["kong-prefix"], values["sock-name"]);
  return {
    folder,
    socket: env.DRAGOMAN_PLUGIN_SERVER_SOCKET || named,
    dump: values["dump-all-plugins"] ? "all" : (values["dump-plugin-info"] ?? null),
    verbosity: values.verbose.length,
    swallowsExceptions: values["swallow-exceptions"],
    concurrency: Number(values.concurrency) || 0,
  };
}
