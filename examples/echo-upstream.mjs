/**
 * An upstream for the examples: answers every request with what it received, as JSON.
 *
 *   node examples/echo-upstream.mjs [port]      default 9000, on loopback
 */
import { createServer } from "node:http";

/** Largest body that is echoed, in bytes. */
const BODY_BYTES_MAX = 1024 * 1024;

/** @returns {Promise<import("node:http").Server>} listening */
export function startEchoUpstream(port) {
  const server = createServer((request, response) => {
    const chunks = [];
    let bytes = 0;
    request.on("data", (chunk) => {
      bytes += chunk.length;
      if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
    });
    request.on("end", () => {
      const { method, url, headers } = request;
      const body = Buffer.concat(chunks).toString();
      response.setHeader("Content-Type", "application/json");
      response.end(`${JSON.stringify({ method, url, headers, body }, null, 2)}\n`);
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

if (process.argv[1] === import.meta.filename) {
  const server = await startEchoUpstream(Number(process.argv[2] ?? 9000));
  console.log(`echo upstream on http://127.0.0.1:${server.address().port}`);
}
