/**
 * Idle connections to one target, last in first out: the warmest is used next, and the others may time out.
 *
 * What makes two targets different (address, TLS name, verification, client certificate) is decided by whoever makes
 * pools; a pool only knows how to open one more connection.
 */
import { wheel } from "./timer-wheel.ts";
import type { Transport } from "./transport.ts";
import type { ResponseSink } from "./response-sink.ts";
import { UpstreamConnection } from "./upstream-connection.ts";

/**
 * Kong's `upstream_keepalive_*`: idle connections of a pool, requests on one, milliseconds that one may lie
 * idle.
 */
export interface PoolLimits {
  readonly upstreamKeepalivePoolSize: number;
  readonly upstreamKeepaliveRequestsMax: number;
  readonly upstreamKeepaliveIdleTimeoutMs: number;
}

/** Idle connections to one target; the one used last is used first. */
export class TargetPool {
  readonly #idle: UpstreamConnection[] = [];
  readonly #open: (connected: () => void) => Transport;
  readonly #limits: PoolLimits;

  /** @param open starts a connection and calls `connected` when it stands (TLS included) */
  constructor(open: (connected: () => void) => Transport, limits: PoolLimits) {
    this.#open = open;
    this.#limits = limits;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  /** An idle connection, or undefined: then {@link connect}. */
  take(): UpstreamConnection | undefined {
    const connection = this.#idle.pop();
    if (connection !== undefined) connection.wasIdle = true;
    return connection;
  }

  /** A new connection; `sink` hears of it. */
  connect(sink: ResponseSink, connectTimeoutMs: number): UpstreamConnection {
    let connection: UpstreamConnection | null = null;
    const transport = this.#open(() => connection?.onConnected());
    connection = new UpstreamConnection(transport, this);
    connection.expectConnect(sink, connectTimeoutMs);
    return connection;
  }

  /** A connection is free again. */
  put(connection: UpstreamConnection): void {
    const limits = this.#limits;
    const isFull = this.#idle.length >= limits.upstreamKeepalivePoolSize;
    if (isFull || connection.served >= limits.upstreamKeepaliveRequestsMax) {
      connection.close();
      return;
    }
    connection.deadline = wheel.in(limits.upstreamKeepaliveIdleTimeoutMs);
    this.#idle.push(connection);
  }

  remove(connection: UpstreamConnection): void {
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** Close what lies idle. */
  clear(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }
}
