/** Protocols that carry the native messages, and how each opens its connections; nothing else tells them apart. */
import { grpcDialer } from "./grpc/dialer.ts";
import { GRPC_1 } from "./grpc/name.ts";
import { dialer, isRemoteAddress, type TlsFiles } from "./native/address.ts";
import type { Dial } from "./native/link-transport.ts";
import { NATIVE_1 } from "./native/name.ts";
import { guardedPath, type SocketOwner } from "./socket-owner.ts";

/** Does the protocol speak the native messages, whatever carries them? */
export function isNative(protocol: string | null): boolean {
  return protocol === NATIVE_1 || protocol === GRPC_1;
}

/**
 * @param owner whose a Unix socket has to be; no connection is opened to that of somebody else; null = not asked
 * @throws {InvalidSetting} for an address that cannot be, or a file that cannot be read
 */
export function dialerOf(
  protocol: string | null,
  socket: string,
  files: TlsFiles | null,
  owner: SocketOwner = null,
): Dial {
  const make = protocol === GRPC_1 ? grpcDialer : dialer;
  const dial = make(socket, files);
  if (owner === null || isRemoteAddress(socket)) return dial;
  return (connected) => {
    const path = guardedPath(socket, owner);
    return path === socket ? dial(connected) : make(path, files)(connected);
  };
}
