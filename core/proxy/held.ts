/**
 * What the Service sends while a plugin is waited for in header_filter or body_filter.
 *
 * The connection is paused as soon as there is something to hold, so this is at most what was read with it: one buffer of
 * the engine. Made only when a plugin really waits.
 */
export class Held {
  readonly chunks: Buffer[] = [];
  /** The Service's body is complete behind the chunks. */
  isEnded = false;
  /** It broke off behind them. */
  isCut = false;
  /** The filters have had the end, too: when they are done, the answer is. */
  isOver = false;
  /** The plugin is waited for; else it is the client. */
  isWaiting = true;
}
