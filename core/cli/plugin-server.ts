/**
 * `plugin-server`: shows the plugin servers of a running gateway and gives them new code, by its Admin API.
 *
 * The Admin API is found in the settings that the gateway of the prefix runs with. Whatever it refuses ends the verb with
 * status 1 and its reason.
 */
import { request as httpRequest } from "node:http";
import type { Listener } from "../config/listeners.ts";
import { type OptionSpec, PREFIX, textOption } from "./arguments.ts";
import { type Command, type CommandContext, CommandFailed } from "./command.ts";
import { findGateway } from "./find-gateway.ts";

/** New processes may take a while to start, on a machine with much to do. */
const ANSWER_LIMIT_MS = 120_000;
/** Status from which an answer says that it was not done. */
const STATUS_REFUSED = 400;
const CANARY: OptionSpec = { name: "canary", type: "text" };
const DECIDE_AFTER: OptionSpec = { name: "decide-after", type: "text" };
const VERBS = ["list", "reload", "restart", "promote", "rollback"] as const;

/**
 * `dragoman plugin-server list|reload|restart|promote|rollback [NAME]`. Needs an Admin API; waits up to two
 * minutes.
 */
export const command: Command = {
  usage: "plugin-server",
  options: [PREFIX, CANARY, DECIDE_AFTER],
  verbs: VERBS,
  run: async (context) => {
    const [verb = "", name] = context.words;
    const listener = adminListener(context);
    if (verb === "list") {
      const { data } = JSON.parse(await ask(listener, "GET", "/plugin-servers")) as {
        data: readonly ServerLine[];
      };
      for (const one of data) context.out.print(lineOf(one));
      return;
    }
    if (name === undefined) throw new CommandFailed(`plugin-server ${verb}: the name is missing`);
    const path = `/plugin-servers/${encodeURIComponent(name)}/${verb}${queryOf(context)}`;
    const answer = JSON.parse(await ask(listener, "POST", path)) as { message: string };
    context.out.info(`${name}: ${answer.message}`);
  },
};

interface ServerLine {
  readonly name: string;
  readonly protocol: string;
  readonly state: string;
  readonly processes: readonly { readonly pid: number | null; readonly restarts: number }[];
}

function lineOf({ name, protocol, state, processes }: ServerLine): string {
  const pids = processes.map(({ pid }) => pid ?? "-").join(",");
  const restarts = processes.reduce((sum, one) => sum + one.restarts, 0);
  return `${name}\t${protocol}\t${state}\tpid ${pids}\t${restarts} restarts`;
}

function queryOf({ options }: CommandContext): string {
  const canary = textOption(options, "canary");
  const decideAfter = textOption(options, "decide-after");
  const query = new URLSearchParams({
    ...(canary !== undefined && { canary }),
    ...(decideAfter !== undefined && { decide_after: decideAfter }),
  });
  return query.size === 0 ? "" : `?${query}`;
}

/** @throws {CommandFailed} where there is none */
function adminListener(context: CommandContext): Listener {
  const settings = findGateway(context, { needsPrefix: true, prefixCounts: true });
  const listeners = settings.admin_listeners;
  const listener = listeners.find(({ ssl }) => !ssl) ?? listeners[0];
  if (listener === undefined)
    throw new CommandFailed("the gateway has no Admin API (admin_listen)");
  return listener;
}

/** @returns the body. @throws {CommandFailed} for an answer that says no, and where nobody answers */
async function ask(listener: Listener, method: string, path: string): Promise<string> {
  const request = listener.ssl ? (await import("node:https")).request : httpRequest;
  const isAny = listener.ip === "0.0.0.0" || listener.ip === "::";
  const options = {
    method,
    path,
    host: isAny ? "127.0.0.1" : listener.ip,
    port: listener.port,
    timeout: ANSWER_LIMIT_MS,
    // The certificate is our own, and often self-signed.
    ...(listener.ssl ? { rejectUnauthorized: false } : {}),
    ...(listener.path === null ? {} : { socketPath: listener.path }),
  };
  return new Promise((done, fail) => {
    const sent = request(options, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (text: string) => {
        body += text;
      });
      answer.on("end", () => {
        if ((answer.statusCode ?? 0) < STATUS_REFUSED) return done(body);
        fail(new CommandFailed(messageOf(body)));
      });
    });
    sent.on("error", (cause) => fail(new CommandFailed(`no answer: ${cause.message}`, { cause })));
    sent.on("timeout", () => sent.destroy(new Error("timeout")));
    sent.end();
  });
}

function messageOf(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message);
  } catch {
    return body;
  }
}
