/** Plugin servers over gRPC: what is special about this carrier, in good times (addresses, TLS) and in bad ones. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import * as grpc from "@grpc/grpc-js";
import { generate } from "selfsigned";
import type { GatewayError } from "../../../core/errors.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { PluginServerSupervisor } from "../../../core/plugin-host/supervisor.ts";
import { carrier, carryByGrpc } from "./carrier.ts";
import { abort, callOf, GrpcFront, type ServeCall, socketOf } from "./grpc-front.ts";
import { type NativeRemote, nativeRemote } from "./native-remote.ts";
import { type Behaviour, FRAME, SmallNative, write } from "./native-small-server.ts";
import { pluginConfig, scratch, serverSettings, testLog } from "./remote.ts";

await carryByGrpc();

let folder: ReturnType<typeof scratch>;
let small: SmallNative;
let host: NativeRemote;
const plugin = pluginConfig("p1");
const good: Behaviour = () => ({ ran: 1, writes: [write.setRequestHeader("x-ran", "yes")] });

/** The gateway's own timers keep no process alive, and some tests have no server that does. */
let awake: NodeJS.Timeout;

beforeEach(() => {
  awake = setInterval(() => {}, 1000);
  folder = scratch();
  small = new SmallNative(folder.socket);
  small.behaviour = good;
  host = nativeRemote(serverSettings({}), [folder.socket]);
});
afterEach(async () => {
  host.close();
  await small.die();
  folder.remove();
  clearInterval(awake);
});

/** Run an event. @returns the code of its failure, or whether the plugin has run */
async function run(): Promise<string> {
  const x = makeExchange();
  const outcome = (await host.run(plugin, "access", x)) as GatewayError | null;
  if (outcome !== null) return outcome.code;
  return x.requestHeaders.get("x-ran") === "yes" ? "ran" : "SKIPPED";
}

/** A host whose patience ends in a second, for servers that never get ready. */
function impatient(given: Parameters<typeof serverSettings>[0] = {}): void {
  host.close();
  const settings = serverSettings({ readyTimeoutMs: 1000, ...given });
  host = nativeRemote(settings, [given.socket ?? folder.socket]);
}

/** Until the gateway has heard that the connection is closed. */
async function isGone(): Promise<void> {
  while (host.server.endpoints[0]!.life !== null) await new Promise((next) => setImmediate(next));
}

/** In how many milliseconds even a busy machine has logged what it was told. */
const COMPLAINS_MS_MAX = 60_000;
const complaints = (): string =>
  host.records.map(({ fields }) => String(fields.why ?? "")).join("\n");

describe("an event fails, and the next one runs, where the plugin server", () => {
  const FAULTS: Readonly<Record<string, (call: ServeCall, stream: number) => void>> = {
    "ends the stream with an error": (call) => abort(call, grpc.status.INTERNAL, "no memory"),
    "ends the stream in order": (call) => call.end(),
    "sends a message that is no Frame": (call) => call.write(Buffer.from("1affff03", "hex")),
    "sends a Frame whose stream is text": (call) => call.write(Buffer.from("0a0141", "hex")),
    "sends a frame above the limit": (call, stream) =>
      call.write({ stream, type: FRAME.LOG, message: Buffer.alloc(16 * 1024 * 1024 + 1) }),
  };
  for (const [what, fault] of Object.entries(FAULTS)) {
    it(what, async () => {
      await small.listen();
      small.behaviour = ({ connection, stream }) => {
        fault(callOf(connection.socket), stream);
        return null;
      };
      assert.equal(await run(), "PLUGIN_PROTOCOL_ERROR");
      small.behaviour = good;
      assert.equal(await run(), "ran");
    });
  }

  it("is killed in the middle of many events", async () => {
    await small.listen();
    const all = new Promise<void>((done) => {
      small.behaviour = () => {
        if (small.of(FRAME.EVENT).length === 20) done();
        return null;
      };
    });
    const codes = Promise.all(Array.from({ length: 20 }, run));
    await all;
    await small.die();
    assert.deepEqual(new Set(await codes), new Set(["PLUGIN_PROTOCOL_ERROR"]));
    small = new SmallNative(folder.socket);
    small.behaviour = good;
    await small.listen();
    assert.equal(await run(), "ran");
  });
});

describe("what the protocol does not know", () => {
  it("does no harm: types above a byte, further fields, an answer and then the end of the stream", async () => {
    await small.listen();
    small.behaviour = ({ connection, stream }) => {
      const call = callOf(connection.socket);
      const done = { ran: 1, writes: [write.setRequestHeader("x-ran", "yes")] };
      call.write({ stream, type: 0x1000b, message: Buffer.from("ff", "hex") });
      call.write(Buffer.from("a206026869104d", "hex")); // field 100 = "hi", type 77
      connection.send(FRAME.DONE, "Done", done, stream);
      call.end();
      return null;
    };
    assert.equal(await run(), "ran");
    await isGone();
    small.behaviour = good;
    assert.equal(await run(), "ran");
  });
});

describe("requests fail and the log says why, where", () => {
  it("the server does not have the service", async () => {
    const server = new grpc.Server();
    const credentials = grpc.ServerCredentials.createInsecure();
    await new Promise<void>((done, failed) => {
      server.bindAsync(`unix:${folder.socket}`, credentials, (error) =>
        error ? failed(error) : done(),
      );
    });
    impatient();
    assert.equal(await run(), "PLUGIN_SERVER_UNREACHABLE");
    // on a busy machine the second may be over before the server has answered: then the next event hears of it
    const until = performance.now() + COMPLAINS_MS_MAX;
    while (complaints() === "" && performance.now() < until)
      assert.equal(await run(), "PLUGIN_SERVER_UNREACHABLE");
    assert.match(complaints(), /its gRPC stream ended with status 12: .*not implement.*Serve/);
    server.forceShutdown();
  });

  it("what listens does not speak gRPC", async () => {
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.resume();
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    await new Promise<void>((done) => server.listen(folder.socket, done));
    impatient();
    assert.equal(await run(), "PLUGIN_SERVER_UNREACHABLE");
    await new Promise((done) => server.close(done));
  });

  it("nobody listens: that is nothing to complain of", async () => {
    impatient();
    assert.equal(await run(), "PLUGIN_SERVER_UNREACHABLE");
    assert.equal(complaints(), "");
  });
});

// Goal: a server that does not read costs bounded memory. Method: events of 50 KB each, until no more are sent.
describe("a server that does not read", () => {
  it("holds what waits for it within the limits, and gets it when it reads again", async () => {
    host.close();
    const settings = serverSettings({ concurrencyMax: 400, queueMax: 400 });
    host = nativeRemote(settings, [folder.socket]);
    await small.listen();
    assert.equal(await run(), "ran");
    const [connection] = small.connections;
    callOf(connection!.socket).pause();
    const { link } = host.server.endpoints[0]!.life!;
    const events: Promise<unknown>[] = [];
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 25; n++) {
        const x = makeExchange("GET", "/", { "x-large": "x".repeat(50_000) });
        events.push(host.run(plugin, "access", x));
      }
      await new Promise((done) => setImmediate(done));
    }
    assert.equal(link.hasRoom, false);
    assert.ok(link.out.used <= 1024 * 1024 + 64 * 1024, `${link.out.used} bytes wait`);
    assert.ok(link.streams.active < 60, `${link.streams.active} of 100 events were sent`);
    callOf(connection!.socket).resume();
    assert.deepEqual(new Set(await Promise.all(events)), new Set([null]));
    assert.equal(small.of(FRAME.EVENT).length, 101);
  });
});

function supervisor(given: Parameters<typeof serverSettings>[0]): PluginServerSupervisor {
  const settings = serverSettings({ query_cmd: "", protocol: carrier.protocol, ...given });
  const deps = { log: testLog(), isWanted: () => true, notify: () => 1 };
  return new PluginServerSupervisor([settings], deps);
}

const OFFER = {
  name: "small",
  priority: -3,
  version: "1.0",
  phases: ["body_filter"],
  schema: "{}",
};

describe("a server on another machine", () => {
  it("is asked and used over TCP, and may filter bodies", async () => {
    small.hello = { ...small.hello, plugins: [OFFER] };
    const address = await small.listenOnPort();
    const [info] = await supervisor({ socket: address }).query();
    assert.equal(info!.protocol, "Dragoman-gRPC:1");
    const [offered] = info!.plugins;
    assert.deepEqual(
      [offered!.name, offered!.priority, offered!.phases],
      ["small", -3, ["body_filter"]],
    );
    host.close();
    host = nativeRemote(serverSettings({ socket: address }), [address]);
    assert.equal(await run(), "ran");
  });

  it("is used over TLS by those whose certificate it knows, and by nobody else", async () => {
    const own = await certificate("localhost");
    const stranger = await certificate("stranger");
    const credentials = grpc.ServerCredentials.createSsl(
      Buffer.from(own.cert),
      [{ private_key: Buffer.from(own.private), cert_chain: Buffer.from(own.cert) }],
      true,
    );
    const usual = carrier.createServer;
    carrier.createServer = (onConnection) =>
      new GrpcFront((call) => onConnection(socketOf(call) as net.Socket), credentials);
    small = new SmallNative(folder.socket);
    carrier.createServer = usual;
    small.behaviour = good;
    const address = (await small.listenOnPort()).replace(/^tcp:.*:/, "tls://localhost:");
    const write = (name: string, text: string): string => {
      const file = join(folder.socket, "..", name);
      writeFileSync(file, text);
      return file;
    };
    const ca = write("ca.pem", own.cert);
    for (const [who, expected] of [
      [stranger, "PLUGIN_SERVER_UNREACHABLE"],
      [own, "ran"],
    ] as const) {
      const tls = { cert: write("c.pem", who.cert), key: write("k.pem", who.private), ca };
      impatient({ socket: address, tls, ...(who === own && { readyTimeoutMs: 60_000 }) });
      assert.equal(await run(), expected);
    }
  });
});

function certificate(name: string): Promise<{ cert: string; private: string }> {
  return Promise.resolve(generate([{ name: "commonName", value: name }], { keyType: "ec" }));
}
