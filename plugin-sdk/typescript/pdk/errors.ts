/** What the SDK throws into plugins. Branch on the class or on `code`, never on the text. */

/** A PDK function was called with something that it does not take, or where it cannot be called; Kong's words. */
export class PdkError extends Error {
  override readonly name: string = "PdkError";
  readonly code: string = "PDK_ERROR";
}

/** Why the gateway wants no answer any more. */
export type CancelReason = "deadline" | "client_gone" | "refused" | "exited" | "unknown";

/**
 * The event is over: the gateway refused a call, gave up waiting, or the connection is gone. A handler should not catch it;
 * nothing that it does from here on reaches anybody.
 */
export class EventCancelled extends PdkError {
  override readonly name = "EventCancelled";
  override readonly code = "EVENT_CANCELLED";
  readonly reason: CancelReason;

  constructor(reason: CancelReason, message: string) {
    super(message === "" ? `the event is over: ${reason}` : message);
    this.reason = reason;
  }
}

/**
 * What `kong.response.exit` and `kong.response.error` throw to end a handler. One object without a stack, because it is no
 * failure and costs nothing. Code that catches everything should throw it on.
 */
export class Exit extends Error {
  override readonly name = "Exit";
}

function makeExit(): Exit {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const exit = new Exit("kong.response.exit ends the handler; do not catch it");
  Error.stackTraceLimit = limit;
  return exit;
}

/** The one {@link Exit} there is. */
export const EXIT: Exit = makeExit();
