/**
 * A connection of the native protocol that is a gRPC stream: `PluginServer.Serve`, called by the gateway.
 *
 * It looks like a socket to its Link, so hello, streams, deadlines and liveness are the Link's, as everywhere. Every
 * frame becomes one gRPC message. `@grpc/grpc-js` is loaded when the first such connection is opened, because it costs a
 * start more than everything else of the gateway together. Each connection has a channel of its own: when to try again
 * is decided above, not by gRPC.
 *
 * Before a channel is made, a plain connection shows whether anybody listens. A channel that could not connect tries once
 * more after it was closed, and nobody would ever close what it gets then; so there are none where the server is not up.
 */
import net from "node:net";
import type * as grpc from "@grpc/grpc-js";
import type { DrainListener, TransportOwner } from "../../http1/transport.ts";
import { FRAME_BYTES_MAX } from "../limits.ts";
import type { LinkTransport } from "../native/link-transport.ts";
import { WireCursor } from "../native/wire.ts";
import { UnreadableProtobuf } from "../protobuf/wire.ts";
import { encodeFrame, FRAME_OVERHEAD_BYTES, FrameDecoder, frameEnd } from "./frame-message.ts";

type Grpc = typeof grpc;
type Call = grpc.ClientDuplexStream<Buffer, Buffer>;

/** Where and how: a target in gRPC's form, the same for a socket, and credentials. */
export interface GrpcAddress {
  readonly target: string;
  readonly place: net.NetConnectOpts;
  credentials(library: Grpc): grpc.ChannelCredentials;
}

const METHOD = "/dragoman.plugin.v1.PluginServer/Serve";
const OK = 0;
/** Longest text of a status that is told on, in characters. */
const DETAILS_CHARS_MAX = 200;

/**
 * Bytes that gRPC takes as written before HTTP/2 has sent them. Its default of a megabyte would stand between us and a
 * plugin server that does not read; it must hold the Hello, which is written before the stream is open.
 */
const UNCONFIRMED_BYTES_MAX = 16 * 1024;

/** What gRPC would do by itself and is done above, or not at all: trying again, proxies, sharing, statistics. */
const CHANNEL_OPTIONS: grpc.ChannelOptions = {
  "grpc.max_receive_message_length": FRAME_BYTES_MAX + FRAME_OVERHEAD_BYTES,
  "grpc.enable_retries": 0,
  "grpc.per_rpc_retry_buffer_size": UNCONFIRMED_BYTES_MAX,
  "grpc.enable_http_proxy": 0,
  "grpc.enable_channelz": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.use_local_subchannel_pool": 1,
};

const asItIs = (bytes: Buffer): Buffer => bytes;

async function loadGrpc(): Promise<Grpc> {
  return await import("@grpc/grpc-js");
}

/** Connects when it is made; `connected` is called once, later, or the owner's `onClose` is. */
export class GrpcTransport implements LinkTransport {
  owner: TransportOwner | null = null;
  errorCode = "";
  readonly #decoder = new FrameDecoder(new WireCursor());
  readonly #probe: net.Socket;
  #client: grpc.Client | null = null;
  #call: Call | null = null;
  #isClosed = false;

  constructor(address: GrpcAddress, connected: () => void) {
    this.#probe = net.connect(address.place, () => {
      this.#probe.destroy();
      loadGrpc().then(
        (library) => this.#open(library, address, connected),
        (cause: Error) => this.#over(`@grpc/grpc-js cannot be loaded: ${cause.message}`),
      );
    });
    this.#probe.on("error", (error: NodeJS.ErrnoException) => {
      this.#over(error.code ?? error.message);
    });
  }

  #open(library: Grpc, address: GrpcAddress, connected: () => void): void {
    if (this.#isClosed) return;
    try {
      const credentials = address.credentials(library);
      const client = new library.Client(address.target, credentials, CHANNEL_OPTIONS);
      this.#client = client;
      this.#call = client.makeBidiStreamRequest(METHOD, asItIs, asItIs);
    } catch (cause) {
      return this.#over((cause as Error).message);
    }
    const call = this.#call;
    call.on("data", (message: Buffer) => this.#onMessage(message));
    call.on("error", () => {}); // "status" follows, and says the same
    call.on("status", (status: grpc.StatusObject) => this.#over(reasonOf(status)));
    connected();
  }

  #onMessage(message: Buffer): void {
    if (this.#isClosed) return;
    let size = 0;
    try {
      size = this.#decoder.decode(message);
    } catch (cause) {
      if (!(cause instanceof UnreadableProtobuf)) throw cause;
      return this.#over(`it sent a Frame that cannot be read (${cause.message})`);
    }
    if (size > 0) this.owner?.onData(this.#decoder.bytes, size);
  }

  /** The greeting says what a socket speaks; a gRPC method says so by its name. */
  writeText(): boolean {
    return true;
  }

  writeTextAndBytes(_text: string, b: Buffer, start: number, end: number): boolean {
    const call = this.#call;
    if (call === null) return true;
    let hasRoom = true;
    for (let at = start; at < end; ) {
      const next = frameEnd(b, at);
      hasRoom = call.write(encodeFrame(b, at, next));
      at = next;
    }
    return hasRoom;
  }

  onceDrained(listener: DrainListener): void {
    this.#call?.once("drain", () => {
      if (!this.#isClosed) listener.onDrain();
    });
  }

  /** It has ended by itself, or will not begin. */
  #over(why: string): void {
    if (this.#isClosed) return;
    this.errorCode = why;
    this.close();
    this.owner?.onClose();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#probe.destroy();
    this.#call?.cancel();
    this.#client?.close();
  }
}

/** "" where the server ended the stream in order. */
function reasonOf({ code, details }: grpc.StatusObject): string {
  if (code === OK) return "";
  return `its gRPC stream ended with status ${code}: ${details.slice(0, DETAILS_CHARS_MAX)}`;
}
