/**
 * A plugin server whose code is a file: what stands in it when a process starts is what its plugin does from then on.
 *
 *   versioned-server.ts msgpack|protobuf|native|grpc FILE SOCKET [query|-dump]
 *
 * The plugin "t-version" writes the file's text into the header x-version. The texts "crash", "refuse" and "fail" stand for
 * code that ends at once, takes no configuration, and fails in every event; "phases" offers another phase, "schema" wants
 * a field that no configuration has.
 */
import { readFileSync } from "node:fs";
import { SmallServer } from "../integration/plugin-host/small-server.ts";

const [protocol, file = "", socket = "", how] = process.argv.slice(2);
const version = readFileSync(file, "utf8").trim();
const name = "t-version";
const needed = [{ needed: { type: "string", required: true } }];

function description() {
  const fields = [{ config: { type: "record", fields: version === "schema" ? needed : [] } }];
  const phases = version === "phases" ? ["access", "log"] : ["access"];
  return { Name: name, Version: "1.0.0", Priority: 10, Phases: phases, Schema: { name, fields } };
}

async function serveMsgpack(): Promise<void> {
  const server = new SmallServer(socket);
  server.onStart = () => {
    if (version === "refuse") throw new Error("this code takes no configuration");
  };
  server.behaviour = async ({ call }) => {
    if (version === "fail") throw new Error("this code fails");
    await call("kong.response.set_header", "x-version", version);
  };
  await server.listen();
  process.on("SIGTERM", () => process.exit(0));
}

async function serveProtobuf(): Promise<void> {
  const { SmallProtobuf } = await import("../integration/plugin-host/small-protobuf-server.ts");
  const server = new SmallProtobuf(socket);
  server.refuses = version === "refuse";
  server.header = version === "fail" ? null : ["x-version", version];
  await server.listen();
  process.on("SIGTERM", () => process.exit(0));
}

async function serveGrpc(): Promise<void> {
  const { carryByGrpc } = await import("../integration/plugin-host/carrier.ts");
  await carryByGrpc();
  const { SmallNative, write } = await import("../integration/plugin-host/native-small-server.ts");
  const server = new SmallNative(process.env.DRAGOMAN_PLUGIN_SERVER_SOCKET ?? socket);
  const { Name, Version, Priority, Phases } = description();
  const [plugin] = [{ name: Name, version: Version, priority: Priority, phases: Phases }];
  server.hello = { ...server.hello, pid: process.pid, plugins: [plugin] };
  if (version === "refuse") server.onStart = () => ({ failed: "this code takes no configuration" });
  server.behaviour = () =>
    version === "fail"
      ? { ran: 1, failure: "this code fails" }
      : { ran: 1, writes: [write.setHeader("x-version", version)] };
  await server.listen();
  process.on("SIGTERM", () => process.exit(0));
}

async function serveNative(): Promise<void> {
  const { definePlugin, serve } = await import("../../plugin-sdk/typescript/index.ts");
  const plugin = definePlugin({
    name,
    version: "1.0.0",
    priority: 10,
    config: {},
    access(kong) {
      if (version === "fail") throw new Error("this code fails");
      kong.ctx.plugin.version = version;
      kong.response.setHeader("x-version", version);
    },
    header_filter(kong) {
      if (kong.ctx.plugin.version !== version) throw new Error("a context was lost");
    },
  });
  process.argv.splice(2, process.argv.length, ...(how === undefined ? [] : [how])); // the SDK reads them
  process.env.DRAGOMAN_PLUGIN_SERVER_SOCKET ??= socket;
  await serve([plugin]);
}

/** Answers of the query command: MsgPack:1 is a bare list. */
const ANSWERS: Readonly<Record<string, () => unknown>> = {
  msgpack: () => [description()],
  protobuf: () => ({ Protocol: "ProtoBuf:1", Plugins: [description()] }),
  grpc: () => ({ Protocol: "Dragoman-gRPC:1", Plugins: [description()] }),
};
const SERVE: Readonly<Record<string, () => Promise<void>>> = {
  msgpack: serveMsgpack,
  protobuf: serveProtobuf,
  grpc: serveGrpc,
};

if (version === "crash" && how === undefined) process.exit(3);
if (protocol === "native") await serveNative();
else if (how === undefined) await SERVE[protocol!]!();
else console.log(JSON.stringify(ANSWERS[protocol!]!()));
