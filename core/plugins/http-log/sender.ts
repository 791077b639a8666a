/**
 * Sends batches of log entries to an HTTP server.
 *
 * One pool of connections for each queue; it closes when the queue has gone. As in Kong, the certificate of an https
 * server is not checked: log servers of installations that move here present their own.
 */
import type { Pool } from "undici";
import type { Sender } from "../queue.ts";

/** Connections to one log server; further batches wait for one. */
const CONNECTIONS_MAX = 16;
/** Bytes of an answer that are read before its connection is given up. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** Where and how entries are sent, from a configuration. */
export interface Endpoint {
  /** With user info, if any. */
  readonly url: string;
  readonly method: "POST" | "PUT" | "PATCH";
  readonly contentType: string;
  readonly timeoutMs: number;
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Do entries stand in a list, even a single one? */
  readonly isList: boolean;
}

/** Basic authorization out of a URL; undefined if it has no user. */
function basicAuthorization(url: URL): string | undefined {
  if (url.username === "") return undefined;
  const user = decodeURIComponent(url.username);
  const password = url.password === "" ? "" : `:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(user + password).toString("base64")}`;
}

function headersFor(endpoint: Endpoint, url: URL): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": endpoint.contentType,
    "user-agent": "dragoman",
  };
  const authorization = basicAuthorization(url);
  if (authorization !== undefined) headers.authorization = authorization;
  for (const [name, value] of Object.entries(endpoint.headers)) headers[name.toLowerCase()] = value;
  return headers;
}

/** Sends to an endpoint; rejects unless the server answers below 300. */
export function makeSender(endpoint: Endpoint): Sender {
  const url = new URL(endpoint.url);
  const headers = headersFor(endpoint, url);
  const path = url.pathname + url.search;
  // loaded with the first entry: a gateway without log servers starts a tenth of a second sooner
  let opened: Promise<Pool> | null = null;
  const open = async (): Promise<Pool> => {
    const undici = await import("undici");
    return new undici.Pool(url.origin, {
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      keepAliveTimeout: Math.max(1, endpoint.keepAliveMs),
      connect: { timeout: endpoint.timeoutMs, rejectUnauthorized: false },
      headersTimeout: endpoint.timeoutMs,
      bodyTimeout: endpoint.timeoutMs,
    });
  };
  return {
    async send(entries) {
      opened ??= open();
      const pool = await opened;
      const { statusCode, body } = await pool.request({
        method: endpoint.method,
        path,
        headers,
        body: endpoint.isList ? `[${entries.join(",")}]` : entries[0]!,
      });
      await body.dump({ limit: ANSWER_BYTES_MAX });
      if (statusCode >= 300) throw new Error(`the log server answered with status ${statusCode}`);
    },
    close() {
      opened?.then((pool) => pool.destroy()).catch(() => undefined); // its requests are over
    },
  };
}
