/** How gRPC connections to one address are opened: a Unix socket, `tcp://host:port` or `tls://host:port`. */
import { resolve } from "node:path";
import { contentsOf, isRemoteAddress, parseRemote, type TlsFiles } from "../native/address.ts";
import type { Dial } from "../native/link-transport.ts";
import { type GrpcAddress, GrpcTransport } from "./grpc-transport.ts";

/** @throws {InvalidSetting} for an address that cannot be, or a file that cannot be read */
export function grpcDialer(socket: string, files: TlsFiles | null): Dial {
  const address = addressOf(socket, files);
  return (connected) => new GrpcTransport(address, connected);
}

function addressOf(socket: string, files: TlsFiles | null): GrpcAddress {
  if (!isRemoteAddress(socket)) {
    const path = resolve(socket);
    return { target: `unix:${path}`, place: { path }, credentials: plain };
  }
  const { isTls, host, port } = parseRemote(socket);
  const target = `dns:${host.includes(":") ? `[${host}]` : host}:${port}`;
  const place = { host, port };
  if (!isTls) return { target, place, credentials: plain };
  const { ca, key, cert } = contentsOf(files);
  return {
    target,
    place,
    credentials: (library) =>
      library.credentials.createSsl(bytesOf(ca), bytesOf(key), bytesOf(cert)),
  };
}

const plain: GrpcAddress["credentials"] = (library) => library.credentials.createInsecure();

/** What a file holds; null where none is set. */
function bytesOf(contents: unknown): Buffer | null {
  return Buffer.isBuffer(contents) ? contents : null;
}
