/**
 * The one call with which a plugin becomes a process: reads the command line, listens, and stops when it is told to or when
 * whoever started it is gone.
 */
import type { Plugin } from "../plugin/define-plugin.ts";
import { infoOf } from "../plugin/plugin.ts";
import type { GuestProtocol } from "./guest.ts";
import { readOptions } from "./options.ts";
import { PluginServer } from "./plugin-server.ts";

/** How often the parent process is looked for, in milliseconds. */
const PARENT_CHECK_MS = 1000;

/** What {@link serve} takes beside the plugins. */
export interface ServeOptions {
  /** Default: the process's own, without node and the script. */
  readonly argv?: readonly string[];
  /** Events at a time on a connection; 1: one after the other. Default 1024. */
  readonly concurrency?: number;
}

/** The native protocol, as a query command names it. */
const NATIVE = "Dragoman:1";

/**
 * What the query command prints: protocols and plugins.
 *
 * @param other a protocol of Kong's that is spoken on the same socket. Kong takes `Protocol`, our gateway the best of all
 */
export function dumpText(plugins: readonly Plugin[], other?: string): string {
  const protocols =
    other === undefined ? { Protocol: NATIVE } : { Protocol: other, Protocols: [NATIVE, other] };
  return JSON.stringify({ ...protocols, Plugins: plugins.map(infoOf) });
}

/**
 * Serve a plugin, or several, until the process is told to stop.
 *
 * With `-dump` prints what they are and returns undefined. Listens on `$DRAGOMAN_PLUGIN_SERVER_SOCKET`, else on `-socket
 * PATH`, else on `<-kong-prefix>/<name of the first plugin>.socket`.
 *
 * @returns the server once it listens (rejects where it cannot)
 */
export async function serve(
  plugins: Plugin | readonly Plugin[],
  options: ServeOptions = {},
): Promise<PluginServer | undefined> {
  const list = Array.isArray(plugins) ? (plugins as readonly Plugin[]) : [plugins as Plugin];
  const name = list[0]?.name ?? "";
  const { socket, dumps } = readOptions(name, options.argv ?? process.argv.slice(2), process.env);
  if (dumps) {
    process.stdout.write(`${dumpText(list)}\n`);
    return undefined;
  }
  return serveOn(list, socket, options.concurrency);
}

/** As {@link serve}, on a socket that is known. */
export async function serveOn(
  plugins: readonly Plugin[],
  socket: string,
  concurrency = 0,
  guests?: GuestProtocol,
): Promise<PluginServer> {
  const server = new PluginServer({ plugins, socket, concurrency, guests });
  await server.listen();
  surviveFailures();
  stopWithParentOrSignal(server);
  return server;
}

/** What a plugin left running must not take the others down. */
function surviveFailures(): void {
  const complain = (cause: unknown): void => {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    process.stderr.write(`[error] outside of any event: ${text}\n`);
  };
  // whoever read our output may go before us; a complaint about that would be the next failure, without end
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
  process.on("uncaughtException", complain);
  process.on("unhandledRejection", complain);
}

function stopWithParentOrSignal(server: PluginServer): void {
  const stop = (reason: string): void => {
    server.close(reason).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGTERM", () => stop("SIGTERM"));
  process.once("SIGINT", () => stop("SIGINT"));
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop("the parent process is gone");
  }, PARENT_CHECK_MS);
  timer.unref();
}
