/** Who uses a client's connection: what it is told of requests, and where it has their bodies go. */
import type { ProxiedAddress } from "./proxy-protocol.ts";
import type { ServerConnection } from "./server-connection.ts";

/** Where the bytes of a request's body go. */
export interface BodySink {
  /** @returns false to be given no more until `resumeBody` */
  onBodyBytes(b: Buffer, start: number, end: number): boolean;
  onBodyEnd(): void;
  /** The framing broke, or the body grew over its limit: no end will come. */
  onBodyFailed(status: 400 | 413): void;
}

/** What a connection is used by. */
export interface RequestSink {
  /** A head has arrived: the fields of the connection and the scanner's results describe it. Only valid during the call. */
  onRequest(connection: ServerConnection): void;
  /** A head that cannot be used; the connection closes after its answer. */
  onBadRequest(connection: ServerConnection, status: number): void;
  /** The client went away while a request was served. */
  onClientGone(): void;
  /** Who is behind the load balancer; once, before the first request, where the PROXY protocol is spoken. */
  onProxied(address: ProxiedAddress | null): void;
}
