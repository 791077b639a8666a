/**
 * Runs the gateway that was just built once, briefly, so that its processes write down what V8 compiled of them.
 *
 * What a start and a first request execute is then there in dist/code/*.v8 and is not compiled again (load-bundle.cjs).
 * A machine where the gateway cannot run gets no such files, and starts that take a little longer.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How long a verb of the command line may take, and a request. */
const VERB_LIMIT_MS = 20_000;
const REQUEST_LIMIT_MS = 5000;
/** Requests through the gateway: enough that all functions on their way have run. */
const REQUESTS = 20;

/** @param {string} dist folder of the build */
export async function recordCode(dist) {
  const prefix = mkdtempSync(join(tmpdir(), "dragoman-build-"));
  const upstream = createServer((_, answer) => answer.end("{}"));
  try {
    const [target, proxy, admin] = [await listen(upstream), await freePort(), await freePort()];
    const file = join(prefix, "kong.yml");
    writeFileSync(file, declarative(target));
    const env = environment(prefix, proxy, admin, file);
    runVerb(dist, "start", { ...env, DRAGOMAN_RECORDS_CODE: "1" });
    try {
      for (let i = 0; i < REQUESTS; i++) await ask(proxy, "/recorded", i % 2 === 0 ? "GET" : "POST");
      await ask(admin, "/config", "POST", declarative(target));
      await ask(admin, "/status", "GET");
    } finally {
      runVerb(dist, "stop", env);
    }
  } catch (cause) {
    console.error(`code that V8 compiled is not kept: ${cause.message}`);
  } finally {
    upstream.close();
    upstream.closeAllConnections();
    rmSync(prefix, { recursive: true, force: true });
  }
}

/** One Route, in YAML; what else a request may meet is compiled when it does. */
function declarative(target) {
  return [
    '_format_version: "3.0"',
    "services:",
    "- name: s",
    `  url: http://127.0.0.1:${target}`,
    "  routes:",
    "  - name: r",
    '    paths: ["/"]',
    "",
  ].join("\n");
}

/** The environment without anybody's settings. */
function environment(prefix, proxy, admin, file) {
  const isSetting = (name) => /^(KONG|DRAGOMAN)_/.test(name);
  const kept = Object.entries(process.env).filter(([name]) => !isSetting(name));
  return {
    ...Object.fromEntries(kept),
    KONG_PREFIX: prefix,
    KONG_DATABASE: "off",
    KONG_DECLARATIVE_CONFIG: file,
    KONG_PROXY_LISTEN: `127.0.0.1:${proxy}`,
    KONG_ADMIN_LISTEN: `127.0.0.1:${admin}`,
    KONG_STATUS_LISTEN: "off",
    KONG_ADMIN_GUI_LISTEN: "off",
    KONG_NGINX_WORKER_PROCESSES: "1",
  };
}

function runVerb(dist, verb, env) {
  const done = spawnSync(process.execPath, [join(dist, "cli.cjs"), verb], {
    env,
    encoding: "utf8",
    timeout: VERB_LIMIT_MS,
  });
  if (done.status !== 0) throw new Error(done.stderr?.trim() || `${verb} did not end in time`);
}

function listen(server) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });
}

async function freePort() {
  const server = createSocket();
  const port = await listen(server);
  await new Promise((closed) => server.close(closed));
  return port;
}

function ask(port, path, method, body = "x=1") {
  const headers = { "content-type": path === "/config" ? "text/yaml" : "text/plain" };
  return new Promise((resolve, reject) => {
    const one = request({ host: "127.0.0.1", port, path, method, headers }, (answer) => {
      answer.resume();
      answer.once("end", resolve);
    });
    one.setTimeout(REQUEST_LIMIT_MS, () => one.destroy(new Error("no answer in time")));
    one.once("error", reject);
    one.end(method === "POST" ? body : undefined);
  });
}
