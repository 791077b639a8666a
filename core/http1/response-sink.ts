/** Who sent a request to a target, as the connection to it sees them: what it is told, and why a request failed. */
import type { UpstreamConnection } from "./upstream-connection.ts";

/** Why a request failed. */
export type UpstreamFailure =
  | "connect"
  | "connect-timeout"
  | "timeout"
  | "closed"
  | "invalid"
  | "reset-body";

/** After `onResponseEnd` or `onFailed` the connection is not the sender's any more. */
export interface ResponseSink {
  /** The connection stands; the request may be written. Only for a new connection. */
  onConnected(connection: UpstreamConnection): void;
  /** The head of the final answer, or of a 101; the scanner's results describe its fields. Only valid during the call. */
  onResponseHead(connection: UpstreamConnection): void;
  /** @returns false to be given no more until `resume` */
  onResponseBytes(b: Buffer, start: number, end: number): boolean;
  onResponseEnd(connection: UpstreamConnection): void;
  onFailed(connection: UpstreamConnection, failure: UpstreamFailure): void;
}
