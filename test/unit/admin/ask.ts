/** Requests over a socket, byte by byte as given, or as most clients send them. */
import { connect } from "node:net";

export interface Reply {
  readonly status: number;
  /** By lower-case name; the last one counts. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Parsed, where the answer is JSON. */
  readonly json: unknown;
}

function parse(raw: string): Reply {
  const blank = raw.indexOf("\r\n\r\n");
  const [line = "", ...fields] = raw.slice(0, blank).split("\r\n");
  const headers: Record<string, string> = {};
  for (const field of fields) {
    const colon = field.indexOf(":");
    headers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim();
  }
  const text = Buffer.from(raw.slice(blank + 4), "latin1").toString("utf8");
  const isJson = headers["content-type"]?.startsWith("application/json") === true && text !== "";
  return {
    status: Number(line.split(" ")[1]),
    headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}

/** Send bytes (latin1) and read until the connection ends. */
export function askRaw(port: number, bytes: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("error", reject);
    socket.once("end", () => {
      socket.end();
      resolve(parse(Buffer.concat(chunks).toString("latin1")));
    });
  });
}

export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly json?: unknown;
  readonly form?: string;
}

export function ask(
  port: number,
  method: string,
  path: string,
  question: Question = {},
): Promise<Reply> {
  const { headers = {}, json, form } = question;
  const type =
    json !== undefined
      ? "application/json"
      : form !== undefined
        ? "application/x-www-form-urlencoded"
        : null;
  const body = json !== undefined ? JSON.stringify(json) : (form ?? question.body ?? "");
  const fields = {
    Host: "localhost",
    Connection: "close",
    ...(type === null ? {} : { "Content-Type": type }),
    ...(body === "" ? {} : { "Content-Length": String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const bytes = Buffer.from(body).toString("latin1");
  return askRaw(port, `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${bytes}`);
}
