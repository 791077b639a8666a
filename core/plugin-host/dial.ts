/** Protocols that carry the native messages, and how each opens its connections; nothing else tells them apart. */
import { grpcDialer } from "./grpc/dialer.ts";
import { GRPC_1 } from "./grpc/name.ts";
import { dialer, type TlsFiles } from "./native/address.ts";
import type { Dial } from "./native/link-transport.ts";
import { NATIVE_1 } from "./native/name.ts";

/** Does the protocol speak the native messages, whatever carries them? */
export function isNative(protocol: string | null): boolean {
  return protocol === NATIVE_1 || protocol === GRPC_1;
}

/** @throws {InvalidSetting} for an address that cannot be, or a file that cannot be read */
export function dialerOf(protocol: string | null, socket: string, files: TlsFiles | null): Dial {
  return protocol === GRPC_1 ? grpcDialer(socket, files) : dialer(socket, files);
}
