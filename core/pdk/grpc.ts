/**
 * Answers to gRPC: the status goes into `grpc-status` and `grpc-message`, the body is empty.
 *
 * @see reference proxy-behaviour.md, 4; recorded/plugin-servers (exit)
 */
import type { Exchange } from "../exchange/exchange.ts";
import { isTable } from "./arguments.ts";
import { textOf } from "./text.ts";

const GRPC_TYPE = "application/grpc";

/** Code and name of the gRPC status for an HTTP status. */
const BY_STATUS: Readonly<Record<number, readonly [code: number, name: string]>> = {
  200: [0, "OK"],
  400: [3, "InvalidArgument"],
  401: [16, "Unauthenticated"],
  403: [7, "PermissionDenied"],
  404: [5, "NotFound"],
  409: [6, "AlreadyExists"],
  429: [8, "ResourceExhausted"],
  499: [1, "Canceled"],
  500: [13, "Internal"],
  501: [12, "Unimplemented"],
  503: [14, "Unavailable"],
  504: [4, "DeadlineExceeded"],
};
/** By the first digit of a status that is not listed; else {@link UNKNOWN}. */
const BY_CLASS: Readonly<Record<number, readonly [code: number, name: string]>> = {
  2: [0, "OK"],
  4: [3, "InvalidArgument"],
  5: [13, "Internal"],
};
const UNKNOWN = [2, "Unknown"] as const;

/** By the status, else by its class, else Unknown. The name is the message where a plugin gives none. */
export function grpcStatus(status: number): readonly [code: number, name: string] {
  return BY_STATUS[status] ?? BY_CLASS[Math.floor(status / 100)] ?? UNKNOWN;
}

/** Did the client speak gRPC? */
export function isGrpcRequest(x: Exchange): boolean {
  if (x.httpVersion !== 2) return false;
  return x.requestHeaders.get("content-type")?.startsWith(GRPC_TYPE) ?? false;
}

/** Is this the Content-Type of gRPC? */
export function isGrpcType(contentType: string | undefined): boolean {
  return contentType?.startsWith(GRPC_TYPE) ?? false;
}

/** The message that a plugin's body carries: its text, or its `message` field; null for none. */
export function grpcMessage(body: unknown): string | null {
  const text = isTable(body) ? (body as { message?: unknown }).message : body;
  if (text instanceof Uint8Array) return textOf(text);
  return typeof text === "string" ? text : null;
}
