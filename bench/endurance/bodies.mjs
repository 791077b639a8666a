/**
 * Long and slow bodies through plugins: 1 GiB that a plugin sees chunk by chunk, with an equal digest and bounded memory, and
 * server-sent events that pass a plugin of the headers. The body is sent twice: from cold, when V8 has still to compile and
 * its heap to find its size, and warm.
 */
import { createHash } from "node:crypto";
import http from "node:http";
import { percentile } from "./bars.mjs";
import { Gateway, residentMib, sleep } from "./gateway.mjs";
import { pluginServer } from "./servers.mjs";

const MIB = 1024 * 1024;
const GROWTH_MIB_MAX = 32;
const SAMPLE_MS = 20;
const EVENTS = 200;
const EVENT_EVERY_MS = 20;
const ADDED_MS_MAX = 5;

/** A megabyte whose parts differ, so that chunks in another order have another digest. */
function block(n) {
  const bytes = Buffer.alloc(MIB);
  for (let at = 0; at < MIB; at += 4) bytes.writeUInt32LE((n * MIB + at) >>> 0, at);
  return bytes;
}

/** The blocks take turns: making each anew would cost more than sending it. */
const BLOCKS = Array.from({ length: 8 }, (_, n) => block(n));

function digestSent(mib) {
  const digest = createHash("sha256");
  for (let n = 0; n < mib; n++) digest.update(BLOCKS[n % BLOCKS.length]);
  return digest.digest("hex");
}

function sendBody(response, mib) {
  let sent = 0;
  const send = () => {
    while (sent < mib) {
      if (!response.write(BLOCKS[sent++ % BLOCKS.length])) return void response.once("drain", send);
    }
    response.end();
  };
  send();
}

function sendEvents(response) {
  response.setHeader("content-type", "text/event-stream");
  let sent = 0;
  const timer = setInterval(() => {
    response.write(`data: ${performance.now()}\n\n`);
    if (++sent < EVENTS) return;
    clearInterval(timer);
    response.end();
  }, EVENT_EVERY_MS);
}

async function startUpstream(mib) {
  const server = http.createServer((request, response) => {
    if (request.url.startsWith("/body")) sendBody(response, mib);
    else if (request.url.startsWith("/events") || request.url.startsWith("/direct")) sendEvents(response);
    else response.end("ok");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

const route = (name, plugin) => ({ name, paths: [`/${name}`], strip_path: false, plugins: plugin === null ? [] : [{ name: plugin }] });

const config = (port) => ({
  services: [
    {
      name: "s",
      url: `http://127.0.0.1:${port}`,
      routes: [route("body", "endurance-body"), route("events", "endurance-headers"), route("small", "endurance-body"), route("direct", null)],
    },
  ],
});

const ask = (port, path) =>
  new Promise((done, failed) => {
    http.get({ port, host: "127.0.0.1", path, agent: false }, done).once("error", failed);
  });

/** What processes need at most while something runs. @returns {() => number[]} ends it, and gives MiB above the beginning */
function watchGrowth(pids) {
  const atFirst = pids.map(residentMib);
  const most = [...atFirst];
  const timer = setInterval(() => {
    for (const [n, pid] of pids.entries()) most[n] = Math.max(most[n], residentMib(pid));
  }, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return most.map((value, n) => value - atFirst[n]);
  };
}

async function passBody(bars, name, gateway, serverPid, { how, expected, mib }) {
  const part = `${mib} MiB through a body plugin, ${name}, ${how}`;
  const [, worker] = gateway.pids();
  const growth = watchGrowth([worker, serverPid]);
  const began = performance.now();
  const response = await ask(gateway.proxyPort, "/body");
  const digest = createHash("sha256");
  for await (const chunk of response) digest.update(chunk);
  const seconds = (performance.now() - began) / 1000;
  const [ofGateway, ofServer] = growth();
  bars.tell(part, `${(mib / seconds).toFixed(0)} MiB/s`);
  bars.hold(part, "equal SHA-256 (1 = yes)", digest.digest("hex") === expected ? 1 : 0, "=", 1);
  bars.hold(part, "growth of the gateway's worker, MiB", ofGateway, "<=", GROWTH_MIB_MAX);
  bars.hold(part, "growth of the plugin server, MiB", ofServer, "<=", GROWTH_MIB_MAX);
}

/** Times from the Service's write to here, in milliseconds. */
async function delays(port, path) {
  const times = [];
  const response = await ask(port, path);
  let kept = "";
  response.setEncoding("latin1");
  for await (const text of response) {
    const now = performance.now();
    kept += text;
    for (let end = kept.indexOf("\n\n"); end !== -1; end = kept.indexOf("\n\n")) {
      times.push(now - Number(kept.slice("data: ".length, end)));
      kept = kept.slice(end + 2);
    }
  }
  return times;
}

async function passEvents(bars, name, gateway, upstreamPort) {
  const part = `server-sent events through a header plugin, ${name}`;
  // beside one another, so that what else the machine does is in both
  const [direct, through] = await Promise.all([delays(upstreamPort, "/direct"), delays(gateway.proxyPort, "/events")]);
  const added = (share) => percentile(through, share) - percentile(direct, share);
  bars.tell(part, `added p50 ${added(0.5).toFixed(2)} ms, worst ${(Math.max(...through) - percentile(direct, 0.5)).toFixed(2)} ms`);
  bars.hold(part, "events that came", through.length, "=", EVENTS);
  bars.hold(part, "added to an event, p99, ms", added(0.99), "<=", ADDED_MS_MAX);
}

/** @param {import("./bars.mjs").Bars} bars @param {{servers: readonly string[], mib: number}} given */
export async function bodies(bars, { servers, mib }) {
  const expected = digestSent(mib);
  for (const name of servers) {
    const server = await pluginServer(name, "endurance-body");
    const upstream = await startUpstream(mib);
    const upstreamPort = upstream.address().port;
    const gateway = new Gateway();
    try {
      await gateway.start(server, config(upstreamPort));
      await gateway.ready("/small");
      await sleep(SAMPLE_MS);
      const serverPid = await gateway.serverPid();
      for (const how of ["cold", "warm"]) await passBody(bars, server.name, gateway, serverPid, { how, expected, mib });
      await passEvents(bars, server.name, gateway, upstreamPort);
    } finally {
      await gateway.stop();
      upstream.closeAllConnections();
      upstream.close();
    }
  }
}
