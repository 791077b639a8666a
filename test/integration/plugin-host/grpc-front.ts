/**
 * A gRPC server in this process that looks like a server of sockets: each stream of `Serve` is a duplex of frames as they
 * travel on a socket, so a small native server speaks gRPC without knowing.
 *
 * Service and messages come from the .proto, by another library than the gateway's own codec.
 */
import { join } from "node:path";
import { Duplex } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { projectRoot } from "../../helpers/start-gateway.ts";

export interface Frame {
  readonly stream: number;
  readonly type: number;
  readonly message: Buffer;
}

/** A stream of `Serve`; what is written as a Buffer goes out as it is, for frames that are none. */
export type ServeCall = grpc.ServerDuplexStream<Frame, Frame | Buffer>;

const definition = loadSync(join(projectRoot, "proto/dragoman/plugin.proto"), {
  keepCase: true,
  defaults: true,
});
const service = (
  grpc.loadPackageDefinition(definition) as unknown as {
    dragoman: { plugin: { v1: { PluginServer: grpc.ServiceClientConstructor } } };
  }
).dragoman.plugin.v1.PluginServer.service;
const serialize = service.Serve!.responseSerialize;
const SERVICE: grpc.ServiceDefinition = {
  Serve: {
    ...service.Serve!,
    responseSerialize: (one: unknown) => (Buffer.isBuffer(one) ? one : serialize(one)),
  },
};
const OPTIONS: grpc.ServerOptions = { "grpc.max_receive_message_length": -1 };

export class GrpcFront {
  readonly calls = new Set<ServeCall>();
  readonly #server = new grpc.Server(OPTIONS);
  readonly #credentials: grpc.ServerCredentials;
  #port = 0;

  constructor(
    onCall: (call: ServeCall) => void,
    credentials = grpc.ServerCredentials.createInsecure(),
  ) {
    this.#credentials = credentials;
    this.#server.addService(SERVICE, {
      Serve: (call: ServeCall) => {
        this.calls.add(call);
        call.on("error", () => {});
        call.once("close", () => this.calls.delete(call));
        onCall(call);
      },
    });
  }

  /** As net.Server has it: a path, or a port and a host. */
  listen(where: string | number, ...rest: unknown[]): void {
    const done = rest.pop() as () => void;
    const target = typeof where === "string" ? `unix:${where}` : `${String(rest[0])}:${where}`;
    this.#server.bindAsync(target, this.#credentials, (error, port) => {
      if (error) throw error;
      this.#port = port;
      done();
    });
  }

  address(): { port: number } {
    return { port: this.#port };
  }

  /** As a killed process ends: all connections break. */
  close(done: () => void): void {
    this.#server.forceShutdown();
    done();
  }
}

/** End a stream as a server does that has failed. */
export function abort(call: ServeCall, code = grpc.status.UNAVAILABLE, details = "gone"): void {
  call.emit("error", { code, details });
}

/** Longest frame that the protocol knows. */
const FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes that are no Frame: a field that is longer than the message. */
const NO_FRAME = Buffer.from("1affff03", "hex");
const calls = new WeakMap<Duplex, ServeCall>();

/** The call behind a socket that {@link socketOf} made. */
export function callOf(socket: Duplex): ServeCall {
  return calls.get(socket)!;
}

/** Frames of a call as the bytes of a socket, its greeting first. What is written and can be no frame goes out as none. */
export function socketOf(call: ServeCall): Duplex {
  let rest: Buffer = Buffer.alloc(0);
  const socket = new Duplex({
    read() {
      call.resume();
    },
    write(chunk: Buffer, _encoding, done) {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32LE(0)) {
        const end = 4 + rest.readUInt32LE(0);
        if (end < 9) break;
        const message = rest.subarray(9, end);
        call.write({ stream: rest.readUInt32LE(4), type: rest[8]!, message });
        rest = rest.subarray(end);
      }
      const length = rest.length >= 4 ? rest.readUInt32LE(0) : 5;
      if (length < 5 || length > FRAME_BYTES_MAX) call.write(NO_FRAME);
      done();
    },
    final(done) {
      call.end();
      done();
    },
    destroy(_error, done) {
      abort(call);
      done(null);
    },
  });
  calls.set(socket, call);
  socket.push("DRAGOMAN");
  call.on("data", ({ stream, type, message }: Frame) => {
    const head = Buffer.alloc(9);
    head.writeUInt32LE(5 + message.length, 0);
    head.writeUInt32LE(stream, 4);
    head[8] = type;
    if (!socket.push(Buffer.concat([head, message]))) call.pause();
  });
  for (const end of ["end", "cancelled"]) call.once(end, () => socket.destroy());
  return socket;
}
