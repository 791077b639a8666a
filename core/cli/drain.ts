/**
 * `drain`: makes `/status/ready` say that the gateway is not ready, so that a load balancer looks elsewhere; traffic goes
 * on as before. Succeeds even where nobody answers, as in Kong, because it runs in hooks before a stop.
 */
import { request as httpRequest } from "node:http";
import { loadSettings } from "../config/load.ts";
import type { Listener } from "../config/listeners.ts";
import { CONF, PREFIX, textOption } from "./arguments.ts";
import type { Command } from "./command.ts";

const ANSWER_LIMIT_MS = 5000;
const BODY = '{"status":"draining"}';

/** `dragoman drain`. Always 0. */
export const command: Command = {
  usage: "drain",
  options: [CONF, PREFIX],
  run: async ({ options, env, out }) => {
    const { settings } = loadSettings({
      confFile: textOption(options, "conf"),
      prefix: textOption(options, "prefix"),
      env,
      purpose: "check",
    });
    const listener = settings.status_listeners[0];
    if (listener === undefined) {
      out.info("No status listeners found in configuration.");
      return 0;
    }
    const url = readyUrl(listener);
    try {
      const status = await postDraining(url, listener);
      const isDone = status === 204;
      out.info(
        isDone
          ? "Kong's status successfully changed to 'draining'"
          : `Failed to change status to 'draining': ${url} answered ${status}`,
      );
    } catch (cause) {
      out.error(`Failed to send request to ${url}: ${(cause as Error).message}`);
    }
    return 0;
  },
};

function readyUrl(listener: Listener): string {
  const anywhere = listener.ip === "0.0.0.0" || listener.ip === "::";
  const host = anywhere ? "127.0.0.1" : listener.ip;
  const authority = host.includes(":") ? `[${host}]` : host;
  return `${listener.ssl ? "https" : "http"}://${authority}:${listener.port}/status/ready`;
}

/** @returns the status of the answer */
async function postDraining(url: string, listener: Listener): Promise<number> {
  const request = listener.ssl ? (await import("node:https")).request : httpRequest;
  const options = {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": Buffer.byteLength(BODY) },
    timeout: ANSWER_LIMIT_MS,
    // The certificate is our own, and often self-signed.
    ...(listener.ssl ? { rejectUnauthorized: false } : {}),
    ...(listener.path === null ? {} : { socketPath: listener.path }),
  };
  return new Promise((done, fail) => {
    const sent = request(url, options, (answer) => {
      answer.resume();
      done(answer.statusCode ?? 0);
    });
    sent.on("error", fail);
    sent.on("timeout", () => sent.destroy(new Error("timeout")));
    sent.end(BODY);
  });
}
