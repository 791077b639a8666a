/** The limits that the engine keeps; each is a setting (core/config), 0 means none where that is said. */
export interface EngineLimits {
  /** Bytes of a whole request head. */
  readonly headerBytesMax: number;
  /** Bytes of one header line. */
  readonly headerLineBytesMax: number;
  /** Bytes of the request line. */
  readonly requestLineBytesMax: number;
  readonly headerCountMax: number;
  /** Bytes of a request's body; 0 = no limit. */
  readonly clientBodyBytesMax: number;
  /** Bytes of a request's body that are kept in memory before it streams on. */
  readonly clientBodyBufferBytes: number;
  /** Time for a request's head, from its first byte (or from the connect). */
  readonly headerTimeoutMs: number;
  /** Time between two reads of a request's body. */
  readonly bodyTimeoutMs: number;
  /** Time that a connection may idle between requests; 0 = no keep-alive. */
  readonly keepaliveTimeoutMs: number;
  readonly keepaliveRequestsMax: number;
  /** Time between two writes to a client that reads slowly. */
  readonly sendTimeoutMs: number;
  /** Idle connections kept to one target. */
  readonly upstreamKeepalivePoolSize: number;
  /** Requests over one connection to a target. */
  readonly upstreamKeepaliveRequestsMax: number;
  readonly upstreamKeepaliveIdleTimeoutMs: number;
}

/** Bytes that may wait behind a request that is being served: pipelined requests. Reading stops beyond. */
export const PIPELINED_BYTES_MAX = 64 * 1024;
/** Bytes of a request's body that are read and dropped after its answer, so that the connection can go on. */
export const DISCARD_BYTES_MAX = 1024 * 1024;
/** How long a closed connection is still read, so that the client gets the last answer and no reset. */
export const LINGER_MS = 2000;
/** How long an idle connection of a draining process waits for one more request. */
export const DRAIN_IDLE_MS = 5000;
