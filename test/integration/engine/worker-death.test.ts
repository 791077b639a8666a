/**
 * kill -9 of the only worker: nobody is refused, and the one in reserve takes its place.
 *
 * Method: a real gateway; once there is a process in reserve the worker is killed, and requests are made at once.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Gateway, startGateway } from "../../helpers/start-gateway.ts";
import { shows } from "../../helpers/shows.ts";

const REQUESTS = 40;

let upstream: Server;
let gateway: Gateway;
before(async () => {
  upstream = createServer((_, answer) => answer.end("hello"));
  await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const services = [{ name: "s", url, routes: [{ name: "r", paths: ["/"] }] }];
  gateway = await startGateway({ config: { _format_version: "3.0", services } });
});
after(async () => {
  upstream.close();
  upstream.closeAllConnections();
  await gateway.stop();
});

function children(): number[] {
  const primary = readFileSync(join(gateway.prefix, "pids/nginx.pid"), "utf8").trim();
  const text = readFileSync(`/proc/${primary}/task/${primary}/children`, "utf8").trim();
  return text === "" ? [] : text.split(/\s+/).map(Number);
}

/** Inodes of the sockets that listen on the proxy's port. */
function listeningSockets(): Set<string> {
  const port = gateway.proxyPort.toString(16).toUpperCase().padStart(4, "0");
  const rows = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  const fields = rows.map((row) => row.trim().split(/\s+/));
  const ours = fields.filter((row) => row[1]?.endsWith(`:${port}`) && row[3] === "0A");
  return new Set(ours.map((row) => `socket:[${row[9]}]`));
}

/** Those of the children that listen: workers, not the one in reserve. */
function workers(): number[] {
  const sockets = listeningSockets();
  return children().filter((pid) => {
    try {
      const descriptors = readdirSync(`/proc/${pid}/fd`);
      return descriptors.some((fd) => sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`)));
    } catch {
      return false; // it ended, or closed a descriptor, while we looked
    }
  });
}

/** Status of a request on a connection of its own; it rejects where the connection is refused or cut. */
function ask(): Promise<number> {
  return new Promise((resolve, reject) => {
    const one = get(`${gateway.proxyUrl}/`, { agent: false }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode ?? 0));
    });
    one.once("error", reject);
  });
}

describe("a gateway whose only worker is killed", () => {
  it("answers all who come afterwards, by the process in reserve", async () => {
    await shows("there is one in reserve", () => children().length === 2 && workers().length === 1);
    const [victim] = workers() as [number];
    const [reserve] = children().filter((pid) => pid !== victim) as [number];
    process.kill(victim, "SIGKILL");
    const answers = await Promise.all(Array.from({ length: REQUESTS }, ask));
    assert.deepEqual(new Set(answers), new Set([200]));
    assert.deepEqual(workers(), [reserve]);
  });

  it("has another one in reserve after that", async () => {
    await shows("there is one", () => children().length === 2);
    await gateway.verb("stop");
    await shows("all are gone", () => {
      try {
        return children().length === 0;
      } catch {
        return true; // with the primary, its pid file
      }
    });
  });
});
