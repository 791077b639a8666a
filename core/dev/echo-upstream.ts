/** The Service of `plugin dev`: answers every request with what it received, as JSON. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Largest body that is echoed, in bytes; more is read and left out. */
const BODY_BYTES_MAX = 1024 * 1024;

function echo(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
  });
  request.on("end", () => {
    const { method, url, headers } = request;
    const body = Buffer.concat(chunks).toString();
    response.setHeader("content-type", "application/json");
    response.end(`${JSON.stringify({ method, url, headers, body }, null, 2)}\n`);
  });
}

/** `close` cuts what is under way. */
export interface EchoUpstream {
  /** "http://127.0.0.1:port" */
  readonly url: string;
  close(): void;
}

/** On a free port of the machine itself. Rejects with the system's error. */
export function startEchoUpstream(): Promise<EchoUpstream> {
  const server: Server = createServer(echo);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      const close = (): void => {
        server.close();
        server.closeAllConnections();
      };
      resolve({ url: `http://127.0.0.1:${port}`, close });
    });
  });
}
