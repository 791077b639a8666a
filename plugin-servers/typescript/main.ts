/**
 * The plugin server for JavaScript: runs plugins written for kong-pdk, unchanged, over the native protocol, and over MsgPack:1
 * for Kong. A drop-in for kong-js-pluginserver: the same options, the same folder.
 */
import type { Plugin } from "../../plugin-sdk/typescript/plugin/define-plugin.ts";
import { SOFTWARE } from "../../plugin-sdk/typescript/server/plugin-server.ts";
import { dumpText, serveOn } from "../../plugin-sdk/typescript/server/serve.ts";
import { loadPlugins } from "./load-modules.ts";
import { MSGPACK_1, msgpackProtocol } from "./msgpack/protocol.ts";
import { readOptions, type ServerOptions, USAGE } from "./options.ts";

const OK = 0;
const FAILED = 1;
const USED_WRONGLY = 2;

/** Everything but an answer to the query command goes to stderr: its stdout is JSON and nothing else. */
const warn = (line: string): void => {
  process.stderr.write(`[warn] ${line}\n`);
};

function parsed(argv: readonly string[]): ServerOptions | number {
  try {
    const options = readOptions(argv, process.env);
    if (options === "help") process.stdout.write(USAGE);
    else if (options === "version") process.stdout.write(`${SOFTWARE}\n`);
    else return options;
    return OK;
  } catch (cause) {
    process.stderr.write(`error: ${(cause as Error).message}\n\n${USAGE}`);
    return USED_WRONGLY;
  }
}

/** @returns exit code, null while it serves */
export async function main(argv: readonly string[]): Promise<number | null> {
  const options = parsed(argv);
  if (typeof options === "number") return options;
  const { folder, dump, socket, verbosity, swallowsExceptions, concurrency } = options;
  let plugins: Plugin[];
  try {
    plugins = await loadPlugins(folder, { swallowsExceptions, warn });
  } catch (cause) {
    return fail(`the folder of plugins cannot be read: ${(cause as Error).message}`);
  }
  if (dump === "all") {
    process.stdout.write(`${dumpText(plugins, MSGPACK_1)}\n`);
    return OK;
  }
  if (dump !== null) {
    const plugin = plugins.find(({ name }) => name === dump);
    if (plugin === undefined) return fail(`there is no plugin "${dump}" in ${folder}`);
    process.stdout.write(`${dumpText([plugin], MSGPACK_1)}\n`);
    return OK;
  }
  if (plugins.length === 0) return fail(`there are no plugins in ${folder}`);
  const guests = msgpackProtocol({ plugins, swallowsExceptions, warn });
  await serveOn(plugins, socket, concurrency, guests);
  if (verbosity > 0) {
    const names = plugins.map(({ name }) => name).join(", ");
    process.stderr.write(`[info] serving ${names} at ${socket}\n`);
  }
  return null;
}

function fail(text: string): number {
  process.stderr.write(`error: ${text}\n`);
  return FAILED;
}
