/** The plugin server for JavaScript as a process: modules as they are written for kong-pdk, in all forms that it takes. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Message } from "../../plugin-sdk/typescript/wire/codec.ts";
import { FRAME } from "../../plugin-sdk/typescript/wire/messages.ts";
import { readOptions } from "../../plugin-servers/typescript/options.ts";
import { accessEvent, NativeClient } from "../helpers/native-client.ts";

const main = resolve(import.meta.dirname, "../../plugin-servers/typescript/main.ts");
/** What a gateway starts, from a bundle where there is one. */
const COMMAND = resolve(
  import.meta.dirname,
  "../../plugin-servers/typescript/bin/dragoman-js-pluginserver",
);
/** For a command that does not end; one that does takes a second. */
const DUMP_MS_MAX = 120_000;
/** The source, not a bundle that may be older. */
const SERVER = [
  "--import",
  "tsx",
  "-e",
  `import(${JSON.stringify(main)}).then(async ({ main }) => { const code = await main(process.argv.slice(1)); if (code !== null) process.exitCode = code; })`,
  "--",
];

const MODULES: Readonly<Record<string, string>> = {
  // every form of a name, results that are awaited or chained, several calls at once
  "reads.js": `class Reads {
    constructor(config) { this.config = config }
    async access(kong) {
      const { get_header } = kong.request
      const all = await Promise.all([get_header("x-client-id"), kong.request.getHeader("x-none"), kong.request.get_headers(),
        kong.request.getQuery(), kong.client.get_consumer(), kong.nginx.getSubsystem(), kong.ctx.shared.get("k")])
      await kong.request.getPath().then((path) => kong.response.set_header("x-path", path))
      await kong.service.request.setHeader("x-user", all[0])
      await kong.log.err("seen ", JSON.stringify(all), " ", this.config.word, this.config.__seq__)
      await kong.log("plain")
      await kong.foo.barBaz(1)
    }
  }
  module.exports = { Plugin: Reads, Version: "1.2", Priority: 7, Schema: [{ word: { type: "string" } }] }`,
  "exits.js": `class Exits {
    async access(kong) {
      await kong.response.exit(403, { message: "no" }, { "x-why": "because" })
      await kong.response.setHeader("x-late", "1")
      throw new Error("never reached")
    }
    async log(kong) { throw new Error("on purpose") }
    async rewrite(kong) { await kong.request.getHeaders(0); await kong.log.err("never reached") }
    helper() {}
  }
  module.exports = { Plugin: Exits, Name: "EXITS", Version: "1.0.0" }`,
  // an exit that cannot be said, and a plugin that catches everything
  "unsaid.js": `class Unsaid {
    async access(kong) {
      const itself = {}
      itself.self = itself
      for (const body of [itself, Symbol("s"), () => 1]) {
        try { await kong.response.exit(401, body) } catch {}
      }
    }
  }
  module.exports = { Plugin: Unsaid, Version: "1.0.0" }`,
  // tables as they are on the way to Lua: an empty list is an empty table, nil at a list's end and a Date are not there
  "tables.js": `class Tables {
    async access(kong) {
      await kong.ctx.shared.set("t", { list: [], last: [1, null], holes: [1, null, 2], when: new Date(0), none: null, in: [{ deep: [] }], zero: -0, toJSON() {} })
      await kong.response.exit(200, { list: [], bytes: Buffer.from("b") }, [])
    }
  }
  module.exports = { Plugin: Tables, Version: "1.0.0" }`,
  // what comes back: null of JSON stays, bytes of the shared context are text, those of a body have a text's methods
  "given.js": `class Given {
    async access(kong) {
      const itself = []; itself.push({ itself, also: itself })
      await kong.ctx.shared.set("b", { deep: Buffer.from("b\u00e9") })
      const refused = await kong.ctx.shared.set("i", itself).catch((cause) => cause.message)
      const [body, shared, raw] = [await kong.request.getBody(), await kong.ctx.shared.get("b"), await kong.request.getRawBody()]
      await kong.log.notice(JSON.stringify([body, shared, raw.replace("o", "0"), raw.length, raw.slice(0, 1).equals(Buffer.from("h")), refused]))
    }
  }
  module.exports = { Plugin: Given, Version: "1.0.0" }`,
  // what only earlier phases have: refused at its line, as behind Kong
  "astray.js": `class Astray {
    async response(kong) {
      await kong.response.set_header("x-seen", "1")
      await kong.service.request.set_header("x-late", "1")
      await kong.log.err("never reached")
    }
  }
  module.exports = { Plugin: Astray, Version: "1.0.0" }`,
  "typed.ts": `type Kong = { response: { exit(status: number, body: string): Promise<void> } }
  class Typed { config: { n?: number }; constructor(config: { n?: number }) { this.config = config }
    async access(kong: Kong) { return kong.response.exit(200, String(this.config.n)) } }
  module.exports = { Plugin: Typed, Version: "0.1.0", Schema: [{ n: { type: "integer" } }] }`,
  "by-default.ts": `export default { Plugin: class { async access(): Promise<void> {} }, Version: "1.0.0", Schema: [] }`,
  "modern.mjs": `export class Plugin { async access(kong) { await kong.response.setHeader("x-esm", "1") } }
  export const Version = "1.0.0"`,
  "folder/index.js": `module.exports = { Plugin: class { response() {} }, Name: "folder", Version: "1.0.0" }`,
  "broken.js": `throw new Error("does not load")`,
  "helper.js": `module.exports = { add: (a, b) => a + b }`,
  "notes.txt": "no plugin",
};

const scratch = mkdtempSync(join(tmpdir(), "kong-pdk-"));
const folder = join(scratch, "plugins");
const servers: ChildProcess[] = [];

before(() => {
  mkdirSync(join(folder, "folder"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"commonjs"}');
  for (const [name, text] of Object.entries(MODULES)) writeFileSync(join(folder, name), text);
});
after(() => {
  for (const server of servers) server.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
});

function dump(...args: string[]): { stdout: string; stderr: string } {
  const words = [...SERVER, "--plugins-directory", folder, ...args];
  return spawnSync(process.execPath, words, { encoding: "utf8" });
}

function dumped(...args: string[]): string {
  return dump(...args).stdout;
}

/** Start the server on a socket of its own and say hello. */
async function started(...args: string[]) {
  const name = `${servers.length}.sock`;
  const words = [
    ...SERVER,
    "-d",
    folder,
    "--kong-prefix",
    scratch,
    "--sock-name",
    name,
    "-v",
    ...args,
  ];
  const server = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] });
  servers.push(server);
  server.stderr!.setEncoding("utf8");
  let said = "";
  while (!said.includes("serving")) said += (await once(server.stderr!, "data")).join("");
  const client = new NativeClient(join(scratch, name));
  await client.hello();
  return { client, server, socket: join(scratch, name), said: () => said };
}

type Write = { op?: number; name?: Buffer; value?: Buffer; args?: Message[] };
const writesOf = (message: Message): string[] =>
  ((message.writes ?? []) as Write[]).map(({ op = 0, name, value }) =>
    `${op} ${name} ${value ?? ""}`.trim(),
  );

/** Fields of a table by their names. */
function entriesOf(value: Message): Record<string, unknown> {
  const { entries } = value.map as { entries: { key: string; value: unknown }[] };
  return Object.fromEntries(entries.map(({ key, value: one }) => [key, one]));
}

describe("dragoman-js-pluginserver", () => {
  it("dumps every plugin of the folder, and leaves out what does not load", () => {
    const { stdout, stderr } = dump("--dump-all-plugins");
    // the fault on a line of its own, which is what the gateway repeats
    assert.match(stderr, /^\[warn\] error loading plugin from broken\.js:$/m);
    assert.match(stderr, /^Error: does not load$/m);
    assert.match(stderr, /^TypeError: it exports no class Plugin$/m);
    const { Protocol, Protocols, Plugins } = JSON.parse(stdout) as {
      Protocol: string;
      Protocols: string[];
      Plugins: {
        Name: string;
        Priority: number;
        Version: string;
        Phases: string[];
        Schema: object;
      }[];
    };
    // Kong takes the one, and the first plugin; our gateway the best of the others, and all plugins
    assert.deepEqual([Protocol, Protocols], ["MsgPack:1", ["Dragoman:1", "MsgPack:1"]]);
    assert.deepEqual(Plugins.map(({ Name }) => Name).sort(), [
      "astray",
      "by-default",
      "exits",
      "folder",
      "given",
      "modern",
      "reads",
      "tables",
      "typed",
      "unsaid",
    ]);
    assert.deepEqual(
      Plugins.find(({ Name }) => Name === "reads"),
      {
        Name: "reads",
        Priority: 7,
        Version: "1.2",
        Phases: ["access"],
        Schema: {
          name: "reads",
          fields: [{ config: { type: "record", fields: [{ word: { type: "string" } }] } }],
        },
      },
    );
    assert.deepEqual(Plugins.find(({ Name }) => Name === "exits")!.Phases, [
      "rewrite",
      "access",
      "log",
    ]);
    const one = JSON.parse(dumped("-dump-plugin-info", "typed")) as { Plugins: { Name: string }[] };
    assert.deepEqual(
      one.Plugins.map(({ Name }) => Name),
      ["typed"],
    );
  });

  it("ends when it has dumped, whatever a plugin has opened", () => {
    const open = join(scratch, "open");
    mkdirSync(open);
    writeFileSync(
      join(open, "open.js"),
      `setInterval(() => {}, 1000); console.log("at the top"); module.exports = { Plugin: class {}, Version: "1" }`,
    );
    const { status, stdout } = spawnSync(COMMAND, ["-d", open, "--dump-all-plugins"], {
      encoding: "utf8",
      timeout: DUMP_MS_MAX,
    });
    assert.equal(status, 0);
    assert.match(stdout, /^at the top\n\{.*"Name":"open"/);
    const nowhere = dump("--plugins-directory", join(scratch, "nowhere"), "--dump-all-plugins");
    assert.match(nowhere.stderr, /^error: the folder of plugins cannot be read: ENOENT/);
  });

  it("runs them unchanged, over one round trip where nothing has to be asked", async () => {
    const { client } = await started();
    await client.start(1, "reads", { word: "hi", __seq__: 9 });
    client.event(1, accessEvent());
    const subsystem = await client.next("Call");
    assert.equal(subsystem.message.method, "kong.nginx.get_subsystem");
    client.send(1, FRAME.RESULT, "Result", { value: { text: "http" } });
    const line = await client.next();
    assert.deepEqual(line.message, {
      level: "err",
      message:
        'seen ["client-42",null,{"host":["api.example.com"],"user-agent":["curl/8.5.0"],"accept":["*/*"],"x-client-id":["client-42"]},{"page":["2"]},null,"http",null] hi9',
      plugin: "reads",
    });
    assert.deepEqual((await client.next()).message, {
      level: "notice",
      message: "plain",
      plugin: "reads",
    });
    const unknown = await client.next();
    assert.equal(unknown.message.method, "kong.foo.bar_baz");
    assert.deepEqual(writesOf(unknown.message), ["4 x-path /orders/7", "1 x-user client-42"]);
    client.send(1, FRAME.RESULT, "Result", {});
    assert.equal((await client.next()).type, "Done");
    client.destroy();
  });

  it("ends at an exit at once, and settles nothing behind it", async () => {
    const { client } = await started();
    await client.start(1, "exits");
    client.event(1, accessEvent());
    const { type, message } = await client.next();
    assert.equal(type, "Done");
    assert.deepEqual(writesOf(message), ["0 kong.response.exit"]);
    assert.equal(message.failure, undefined);
    client.send(0, FRAME.PING, "Ping", { token: 1n });
    assert.equal((await client.next()).type, "Ping", "nothing more comes of it");
    client.destroy();
  });

  it("asks for a write that the phase does not have, so that the handler ends at its line", async () => {
    const { client } = await started();
    await client.start(1, "astray");
    client.event(1, accessEvent({ phase: 0x80, status: 200 }));
    const { message } = await client.next("Call");
    assert.equal(message.method, "kong.service.request.set_header");
    assert.deepEqual(writesOf(message), ["4 x-seen 1"]);
    client.send(1, FRAME.CANCEL, "Cancel", { reason: 3, message: "not in this phase" });
    client.send(0, FRAME.PING, "Ping", { token: 1n });
    assert.equal((await client.next()).type, "Ping", "nothing more comes of it");
    client.destroy();
  });

  it("hands tables over as Lua would get them", async () => {
    const { client } = await started();
    await client.start(1, "tables");
    client.event(1, accessEvent());
    const { message } = await client.next();
    const [shared, exit] = (message.writes as Message[]).map(({ args }) => args as Message[]);
    assert.deepEqual(entriesOf(shared![1]!), {
      list: { map: {} },
      last: { list: { list: [{ integer: 1 }] } },
      holes: { list: { list: [{ integer: 1 }, {}, { integer: 2 }] } },
      in: {
        list: { list: [{ map: { entries: [{ key: "deep", value: { map: {} } }] } }] },
      },
      zero: { integer: 0 },
    });
    const body = entriesOf(exit![1]!);
    assert.deepEqual(body, { list: { map: {} }, bytes: { bytes: Buffer.from("b") } });
    assert.deepEqual(exit![2], { map: {} });
    client.destroy();
  });

  it("gives tables, bytes and bodies as kong-pdk does, and a body the methods of a text", async () => {
    const { client } = await started();
    await client.start(1, "given");
    client.event(1, accessEvent({ body_state: 2, body: Buffer.from("hello") }));
    const answers: Record<string, Message> = {
      "kong.request.get_body": {
        map: {
          entries: [
            { key: "none", value: {} },
            { key: "list", value: { list: { list: [{}, { integer: 1 }] } } },
            { key: "empty", value: { map: {} } },
          ],
        },
      },
    };
    let next = await client.next();
    for (; next.type === "Call"; next = await client.next()) {
      client.send(1, FRAME.RESULT, "Result", { value: answers[String(next.message.method)]! });
    }
    assert.equal(
      next.message.message,
      '[{"none":null,"list":[null,1],"empty":[]},{"deep":"b\u00e9"},"hell0",5,true,"a value is too deep, or refers to itself"]',
    );
    client.destroy();
  });

  // Goal: what a plugin catches does not decide whether a request that it wanted to end goes through.
  it("has the gateway refuse an exit that cannot be said", async () => {
    const { client } = await started();
    await client.start(1, "unsaid");
    client.event(1, accessEvent());
    const call = await client.next();
    assert.equal(call.message.method, "kong.response.exit");
    assert.deepEqual(call.message.args, [{ integer: 401 }, { boolean: true }]);
    client.send(1, FRAME.CANCEL, "Cancel", {
      reason: 3,
      message: "body must be a nil, string or table",
    });
    client.send(0, FRAME.PING, "Ping", { token: 1n });
    assert.equal((await client.next()).type, "Ping", "nothing more comes of it");
    client.destroy();
  });

  it("asks the gateway where the SDK would refuse, and settles nothing behind its refusal", async () => {
    const { client } = await started();
    await client.start(1, "exits");
    client.event(1, accessEvent({ phase: 0x10 }));
    const call = await client.next();
    assert.equal(call.message.method, "kong.request.get_headers");
    client.send(1, FRAME.CANCEL, "Cancel", { reason: 3, message: "max_headers must be >= 1" });
    client.send(0, FRAME.PING, "Ping", { token: 1n });
    assert.equal((await client.next()).type, "Ping", "nothing more comes of it");
    client.destroy();
  });

  it("makes one failed event of an exception, or none where it is told to", async () => {
    const strict = await started();
    await strict.client.start(1, "exits");
    strict.client.event(1, accessEvent({ phase: 0x2000 }));
    assert.equal((await strict.client.next("Done")).message.failure, "on purpose");
    strict.client.destroy();
    const lenient = await started("--swallow-exceptions");
    await lenient.client.start(1, "exits");
    lenient.client.event(1, accessEvent({ phase: 0x2000 }));
    assert.equal((await lenient.client.next("Done")).message.failure, undefined);
    lenient.client.destroy();
  });

  it("takes TypeScript and modules, and stops when it is told to", async () => {
    const { client, server, socket } = await started();
    await client.start(1, "typed", { n: 5 });
    await client.start(2, "modern");
    client.event(1, accessEvent({ instances: [2, 1] }));
    const { message } = await client.next("Done");
    assert.deepEqual(writesOf(message), ["4 x-esm 1", "8 undefined", "0 kong.response.exit"]);
    server.kill("SIGTERM");
    assert.equal((await client.next()).type, "Draining");
    const [code] = await once(server, "exit");
    assert.equal(code, 0);
    assert.equal(existsSync(socket), false);
  });
});

describe("options", () => {
  it("are those of kong-js-pluginserver, with one dash or two", () => {
    const options = readOptions(["-plugins-directory", "/p", "--kong-prefix=/k", "-vv"], {});
    assert.deepEqual(options, {
      folder: "/p",
      socket: "/k/js_pluginserver.sock",
      dump: null,
      verbosity: 2,
      swallowsExceptions: false,
      concurrency: 0,
    });
    const env = { DRAGOMAN_PLUGIN_SERVER_SOCKET: "/s" };
    const dump = readOptions(["-d", "/p", "-dump-all-plugins", "--sock-name", "x"], env);
    assert.deepEqual(
      [(dump as { dump: string }).dump, (dump as { socket: string }).socket],
      ["all", "/s"],
    );
    assert.throws(() => readOptions([], {}), /plugins-directory/);
    assert.throws(() => readOptions(["-d", "/p", "--nonsense"], {}), TypeError);
  });
});
