/**
 * What every protocol fulfils: the conversation on one connection to a plugin server, one call at a time.
 *
 * A session turns calls into bytes and bytes into calls; it knows no sockets, instances, limits of time or exchanges.
 * It tells the {@link Conversation} at hand, while the bytes are still being read, so nothing waits in between. Bytes
 * that it gives are text with one character per byte, to be written as latin1.
 */
import type { GatewayError } from "../errors.ts";

/** Who wants to know what comes back: an event, the start of an instance, its end. */
export interface Conversation {
  /** The plugin wants a PDK function called; answer with {@link Session.reply} or {@link Session.refuse}. */
  onPdkCall(method: string, args: unknown[]): void;
  /**
   * The call has ended well.
   *
   * @param instanceId of a start; 0 for everything else
   */
  onReturn(instanceId: number): void;
  /** The call has ended badly. Where the session is not idle now, the connection is of no more use. */
  onFailure(cause: GatewayError): void;
  /** The connection was closed before the server took what began the call: it knows nothing of it. */
  onUnsent(): void;
}

/**
 * One for each connection. `startInstance`, `closeInstance` and `handleEvent` begin a call and are for an idle
 * session.
 */
export interface Session {
  /** Who is told; null between calls. May be replaced while an event winds down. */
  conversation: Conversation | null;
  /** Nothing is under way and nothing half read: the connection may carry another call. */
  readonly isIdle: boolean;

  /** @param config JSON text of the configuration with the gateway's own keys */
  startInstance(who: Conversation, plugin: string, config: string): string;
  closeInstance(who: Conversation, instanceId: number): string;
  handleEvent(who: Conversation, instanceId: number, phase: string): string;

  /**
   * The result of the PDK call that was told last.
   *
   * @throws {Error} where the protocol has no form for the value; nothing was changed then
   */
  reply(result: unknown): string;
  /** The PDK call that was told last has failed; null where the protocol cannot say so. */
  refuse(reason: string): string | null;
  /** What lets the plugin finish after `kong.response.exit`; null where the connection ends with it. */
  afterExit(): string | null;

  /** `b[0..n)` was read; valid during the call only. @returns false if nothing was expected: drop the connection */
  receive(b: Buffer, n: number): boolean;
  /** What it means that the plugin server closed the connection now. */
  closed(): GatewayError;
}

/** A protocol by its name in the answer of a query command. */
export interface Protocol {
  readonly name: string;
  /** @param serverName plugin server, for messages */
  open(serverName: string): Session;
}
