/** New plugin code again and again while requests come at a steady rate: none of them may fail, each reload has to be taken. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Gateway } from "./gateway.mjs";
import { get, Load } from "./load.mjs";
import { versionedServer } from "./servers.mjs";
import { Upstream } from "./upstream.mjs";

const RATE = 500;
const CONNECTIONS = 32;
const KINDS = [{ name: "r", text: get("/r") }];

const config = (port) => ({
  services: [
    { name: "s", url: `http://127.0.0.1:${port}`, retries: 0, routes: [{ name: "r", paths: ["/r"], strip_path: false }] },
  ],
  plugins: [{ name: "t-version" }],
});

async function play(gateway, file, count) {
  const seen = { answers: 0, failed: 0, unmarked: 0, refused: [], versions: new Set() };
  const onAnswer = ({ status, head }) => {
    seen.answers++;
    const version = /\r\nx-version: *(\S+)\r\n/i.exec(head)?.[1];
    if (status !== 200) seen.failed++;
    else if (version === undefined) seen.unmarked++;
    else seen.versions.add(version);
  };
  const load = new Load({ port: gateway.proxyPort, connections: CONNECTIONS, rate: RATE, kinds: KINDS, onAnswer });
  for (let n = 2; n < count + 2; n++) {
    writeFileSync(file, `${n}\n`);
    const { status, text } = await gateway.admin("/plugin-servers/p/reload", "POST");
    if (status !== 200) seen.refused.push(text);
  }
  await load.stop();
  return seen;
}

/** @param {import("./bars.mjs").Bars} bars @param {{servers: readonly string[], reloads: number | Record<string, number>}} given */
export async function reloads(bars, { servers, reloads: wanted }) {
  for (const protocol of servers) {
    const count = typeof wanted === "number" ? wanted : wanted[protocol];
    const part = `${count} reloads, ${protocol}`;
    const upstream = new Upstream();
    const gateway = new Gateway();
    const file = join(gateway.folder, "code");
    writeFileSync(file, "1\n");
    try {
      const server = await versionedServer(protocol, file);
      await gateway.start(server, config(await upstream.listen()));
      await gateway.ready("/r");
      const began = performance.now();
      const seen = await play(gateway, file, count);
      const ms = ((performance.now() - began) / count).toFixed(0);
      bars.tell(part, `${seen.answers} requests, ${seen.versions.size} versions seen, ${ms} ms a reload`);
      if (seen.refused.length > 0) bars.tell(part, `refused: ${seen.refused[0]}`);
      bars.hold(part, "failed requests", seen.failed, "=", 0);
      bars.hold(part, "answers without the plugin", seen.unmarked, "=", 0);
      bars.hold(part, "reloads that were refused", seen.refused.length, "=", 0);
    } finally {
      await gateway.stop();
      upstream.close();
    }
  }
}
