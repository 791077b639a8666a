/**
 * Transports from sockets: connected to a target, or accepted by a listener, in either form.
 *
 * There is no public way to accept connections with `onread`, so {@link acceptOnread} replaces an internal callback;
 * {@link canAcceptOnread} looks whether it is there, and the listener falls back to `data`.
 */
import net from "node:net";
import { SHARED, Transport } from "./transport.ts";

/** `onread` options need their owner before the socket exists: this is filled in right after. */
interface Slot {
  transport: Transport | null;
}

function onread(slot: Slot): net.OnReadOpts {
  return {
    buffer: SHARED,
    callback(length: number): boolean {
      slot.transport?.owner?.onData(SHARED, length);
      return true;
    },
  };
}

/** A transport over a socket that delivers `data` events (TLS, tests). */
export function dataTransport(socket: net.Socket): Transport {
  const transport = new Transport(socket);
  socket.on("data", (chunk: Buffer) => transport.receive(chunk, chunk.length));
  return transport;
}

type ConnectOptions = { host: string; port: number } | { path: string };

/** Open a connection in plain text; `owner.onClose` tells of failure, `connected` of success. */
export function connectPlain(
  options: ConnectOptions,
  useOnread: boolean,
  connected: () => void,
): Transport {
  if (!useOnread) {
    const transport = dataTransport(
      net.connect({ ...options, noDelay: true, allowHalfOpen: true }),
    );
    transport.socket.once("connect", connected);
    return transport;
  }
  const slot: Slot = { transport: null };
  const socket = net.connect({
    ...options,
    noDelay: true,
    allowHalfOpen: true,
    onread: onread(slot),
  });
  const transport = new Transport(socket);
  slot.transport = transport;
  socket.once("connect", () => {
    transport.goDirectly();
    connected();
  });
  return transport;
}

/** A listening socket's internals, as far as we touch them. */
interface InternalServer {
  _handle?: { onconnection?: (status: number, handle: unknown) => void } | null;
}

/** Is the internal callback there that {@link acceptOnread} replaces? The server must be listening. */
export function canAcceptOnread(server: net.Server): boolean {
  return typeof (server as unknown as InternalServer)._handle?.onconnection === "function";
}

/**
 * Make a listening server hand over its connections as `onread` transports.
 *
 * @param accepted called for each connection before its first read
 */
export function acceptOnread(server: net.Server, accepted: (transport: Transport) => void): void {
  const handle = (server as unknown as InternalServer)._handle!;
  handle.onconnection = (status, clientHandle) => {
    if (status !== 0) return; // out of descriptors or memory: libuv tries again by itself
    const slot: Slot = { transport: null };
    const options = { handle: clientHandle, allowHalfOpen: true, onread: onread(slot) };
    const socket = new net.Socket(options as unknown as net.SocketConstructorOpts);
    socket.setNoDelay(true);
    slot.transport = new Transport(socket);
    slot.transport.goDirectly();
    accepted(slot.transport); // the handle reads already, but nothing is delivered within this turn
  };
}
