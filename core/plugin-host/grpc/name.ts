/** Name, in settings and in the answer of a query command, of the native protocol's messages over gRPC. */
export const GRPC_1 = "Dragoman-gRPC:1";
