/**
 * What carries the native protocol in the tests of this process: a socket, unless a test file asks for gRPC before it
 * imports the tests that are the same for both.
 */
import net from "node:net";
import { GRPC_1 } from "../../../core/plugin-host/grpc/name.ts";
import { NATIVE_1 } from "../../../core/plugin-host/native/name.ts";

/** As much of a net.Server as the small native server needs. */
export interface FrontServer {
  listen(path: string, done: () => void): unknown;
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
  close(done: () => void): unknown;
}

export const carrier = {
  protocol: NATIVE_1 as string,
  createServer: (onConnection: (socket: net.Socket) => void): FrontServer =>
    net.createServer(onConnection),
};

/** From now on, small native servers of this process speak gRPC, and gateways call them so. */
export async function carryByGrpc(): Promise<void> {
  const { GrpcFront, socketOf } = await import("./grpc-front.ts");
  carrier.protocol = GRPC_1;
  carrier.createServer = (onConnection) =>
    new GrpcFront((call) => onConnection(socketOf(call) as net.Socket));
}
