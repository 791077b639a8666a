/** A plugin server of the TypeScript SDK on a socket of its own, with a client that has said hello; for tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { type Plugin, PluginServer } from "../../plugin-sdk/typescript/index.ts";
import type { Message } from "../../plugin-sdk/typescript/wire/codec.ts";
import { NativeClient } from "./native-client.ts";

export const folder = mkdtempSync(join(tmpdir(), "sdk-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let sockets = 0;
export const base = { version: "1.0.0", priority: 10 } as const;

/** A server with these plugins and a client that said hello; both end with the test. */
export async function connected(plugins: Plugin | readonly Plugin[], concurrency = 0) {
  const socket = join(folder, `${++sockets}.sock`);
  const list = Array.isArray(plugins) ? plugins : [plugins as Plugin];
  const lines: string[] = [];
  const server = new PluginServer({
    plugins: list,
    socket,
    concurrency,
    complain: (line) => void lines.push(line),
  });
  await server.listen();
  const client = new NativeClient(socket);
  after(() => {
    client.destroy();
    return server.close("test", 0);
  });
  const hello = await client.hello();
  return { server, client, hello, socket, lines };
}

/** Writes of a Done as texts: operation, name, value or arguments. */
export function writesOf(message: Message): string[] {
  const writes = (message.writes ?? []) as {
    op?: number;
    name?: Buffer;
    value?: Buffer;
    number?: number;
    args?: Message[];
  }[];
  return writes.map(({ op = 0, name, value, number, args }) =>
    [op, name, value, number, args && JSON.stringify(args)]
      .filter((one) => one !== undefined)
      .join(" "),
  );
}
