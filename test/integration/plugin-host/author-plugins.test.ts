/**
 * Plugins as their authors have them, whole: on Kong's own SDKs and on our plugin servers, the same requests and the same
 * answers, as they are behind Kong.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { inflateSync } from "node:zlib";
import { startEchoUpstream } from "../../../examples/echo-upstream.mjs";
import { ensureJavascript } from "../../../scripts/ensure-javascript.mjs";
import { type Gateway, projectRoot, startGateway } from "../../helpers/start-gateway.ts";
import { ensured, needsPython, needsPythonSdk } from "../../helpers/toolchains.ts";
import { JAVASCRIPT, type PluginFolder, PYTHON } from "./author-plugins.ts";

const cache = join(projectRoot, ".cache");
const OWN_JAVASCRIPT = join(projectRoot, "plugin-servers/typescript/bin/dragoman-js-pluginserver");
/** Kong's server for JavaScript compiles TypeScript before it listens. */
const READY_MS = "60000";

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Servers {
  readonly title: string;
  readonly javascript: string;
  readonly python: string;
  /** Kong's own: bytes are no text there, and an exception of a JavaScript plugin lets the request pass. */
  readonly isKongs: boolean;
  needs(): Promise<string | false>;
}

const KINDS: readonly Servers[] = [
  {
    title: "Kong's SDKs",
    javascript: `env TS_NODE_TRANSPILE_ONLY=true ${cache}/javascript/kong-js-pluginserver`,
    python: `${cache}/python/bin/kong-python-pluginserver`,
    isKongs: true,
    async needs() {
      assert.equal(await ensured("javascript", ensureJavascript), 0);
      return needsPython();
    },
  },
  {
    title: "our plugin servers",
    javascript: OWN_JAVASCRIPT,
    python: `${cache}/python-sdk/bin/kong-python-pluginserver`,
    isKongs: false,
    needs: needsPythonSdk,
  },
  {
    title: "our plugin servers, exceptions swallowed as by kong-pdk",
    javascript: `${OWN_JAVASCRIPT} --swallow-exceptions`,
    python: `${cache}/python-sdk/bin/kong-python-pluginserver`,
    isKongs: false,
    needs: needsPythonSdk,
  },
];

/** Name in the configuration, the plugin, its config. */
const ROUTES: readonly [string, string, object?][] = [
  ["greets", "greets", { words: "hi" }],
  ["greets-unset", "greets"],
  ["gates", "gates"],
  ["shouts", "shouts"],
  ["answers", "js-answers"],
  ["typed", "typed-name", { words: "ts" }],
  ["py-greets", "py-greets"],
  ["py-image", "py-image"],
  ["py-numbers", "py-numbers"],
];

function write(folder: string, plugins: PluginFolder): void {
  for (const [name, text] of Object.entries(plugins)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Settings of one server with a folder of plugins. */
function settingsOf(name: string, command: string, socketOption: string, folder: string): object {
  const words = `${command} --plugins-directory ${join(folder, name)} -p ${folder} ${socketOption} ${name}.sock`;
  return {
    [`pluginserver_${name}_socket`]: join(folder, `${name}.sock`),
    [`pluginserver_${name}_start_cmd`]: words,
    [`pluginserver_${name}_query_cmd`]: `${words} --dump-all-plugins`,
    [`pluginserver_${name}_query_timeout`]: "60000",
    [`pluginserver_${name}_ready_timeout`]: READY_MS,
  };
}

for (const kind of KINDS) {
  describe(kind.title, () => {
    const folder = mkdtempSync(join(tmpdir(), "author-"));
    let upstream: http.Server | undefined;
    let gateway: Gateway | undefined;
    let missing: string | false = false;

    before(async () => {
      missing = await kind.needs();
      if (missing !== false) return;
      write(join(folder, "js"), JAVASCRIPT);
      write(join(folder, "py"), PYTHON);
      upstream = await startEchoUpstream(0);
      const { port } = upstream.address() as AddressInfo;
      const routes = ROUTES.map(([name, plugin, config]) => ({
        name,
        paths: [`/${name}/`],
        plugins: [{ name: plugin, config: config ?? {} }],
      }));
      const service = { name: "echo", url: `http://127.0.0.1:${port}`, routes };
      gateway = await startGateway({
        config: { _format_version: "3.0", services: [service] },
        settings: {
          plugins: [...new Set(ROUTES.map(([, plugin]) => plugin))].join(","),
          pluginserver_names: "js,py",
          ...settingsOf("js", kind.javascript, "--sock-name", folder),
          ...settingsOf("py", kind.python, "--socket-name", folder),
        },
      });
    });
    after(async () => {
      await gateway?.stop();
      upstream?.close();
      upstream?.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    });

    const ask = (path: string, headers = {}, body = ""): Promise<Answer> =>
      new Promise((done, failed) => {
        const method = body === "" ? "GET" : "POST";
        const { proxyPort: port } = gateway!;
        const options = { port, path, method, headers: { host: "a.test", ...headers } };
        const request = http.request(options, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            const { statusCode: status = 0, headers: fields } = response;
            done({ status, headers: fields, body: Buffer.concat(chunks) });
          });
        });
        request.on("error", failed);
        request.end(body);
      });
    /** What arrived at the Service. */
    const arrived = ({ body }: Answer) =>
      JSON.parse(String(body)) as { url: string; headers: Record<string, string>; body: string };

    /** A test unless the toolchain is missing. */
    const row = (name: string, body: () => Promise<void>): void => {
      it(name, async (t) => {
        if (missing !== false) t.skip(missing);
        else await body();
      });
    };

    row("greets from JavaScript and Python, with a configuration and without", async () => {
      assert.equal((await ask("/greets/")).headers["x-greeting"], "hi a.test");
      assert.equal((await ask("/greets-unset/")).headers["x-greeting"], "good day a.test");
      const { headers } = await ask("/py-greets/");
      assert.equal(headers["x-greeting"], "good day a.test");
      assert.match(String(headers["x-pid"]), /^\d+$/);
    });

    row("answers with a status alone, and lets pass who may", async () => {
      assert.equal((await ask("/gates/")).status, 403);
      assert.equal((await ask("/gates/", { "x-who": "ann" })).headers["x-welcome"], "ann");
    });

    row(
      "gives a body as bytes, with a text's methods on our servers: in kong-pdk to take it for text is an exception",
      async () => {
        const { status, body } = await ask("/shouts/x", {}, "abc");
        const [said, json, end] = /^(It said:\n)(.*\n)\nin (\d+) bytes\n$/s
          .exec(String(body))!
          .slice(1);
        assert.equal(said, "It said:\n");
        assert.equal(Number(end), Buffer.byteLength(json!));
        const { url, body: sent } = JSON.parse(json!) as { url: string; body: string };
        assert.deepEqual(
          [status, url, sent],
          [200, ...(kind.isKongs ? ["/x", "abc"] : ["/x?loud=yes", "ABC"])],
        );
      },
    );

    row("makes JSON of an answer as Lua would", async () => {
      const { status, headers, body } = await ask("/answers/", {}, "{ hello }");
      assert.equal(status, 200);
      assert.equal(headers["content-type"], "application/json; charset=utf-8");
      assert.deepEqual(JSON.parse(String(body)), { errors: [{}], none: {} });
    });

    row("runs TypeScript", async () => {
      assert.equal((await ask("/typed/", { "x-who": "me" })).headers["x-typed"], "ts me");
    });

    row("answers with bytes", async () => {
      const { status, body } = await ask("/py-image/", { "x-a": "1" });
      assert.equal(status, 200);
      assert.equal(body.subarray(0, 6).toString("latin1"), "\x89PNG\x00\xff");
      assert.match(String(inflateSync(body.subarray(6))), /^x-a: \['1'\]\n/m);
    });

    row("writes numbers as Lua does, and bytes in a table as text", async () => {
      const { headers } = arrived(await ask("/py-numbers/"));
      assert.equal(headers["x-sum"], "0.3");
      assert.equal(headers["x-wide"], "1.2345678901235e+17");
      const answer = await ask("/py-numbers/", {}, "bödy");
      assert.equal(answer.headers["x-n"], "5");
      assert.equal(String(answer.body).includes("0.30000000000000004"), false);
      assert.deepEqual(JSON.parse(String(answer.body)), { got: "bödy", list: {}, sum: 0.3 });
    });
  });
}
