/** Takes the rest of a body that nobody wants any more, so that its connection can go on with the next request. */
import type { IncomingBody } from "./incoming-body.ts";
import { DISCARD_BYTES_MAX } from "./limits.ts";
import type { BodySink } from "./request-sink.ts";

/** Bounded: a body that goes on beyond DISCARD_BYTES_MAX costs its connection. */
export class DiscardedBody implements BodySink {
  readonly #body: IncomingBody;
  readonly #giveUp: () => void;

  /**
   * @param body how far the connection has come in it
   * @param giveUp called where the body is too long or its framing is broken: the connection cannot go on
   */
  constructor(body: IncomingBody, giveUp: () => void) {
    this.#body = body;
    this.#giveUp = giveUp;
  }

  /** Is what is known to come still more than is dropped? Then the connection ends at once. */
  static isTooLong(body: IncomingBody): boolean {
    return body.announced > DISCARD_BYTES_MAX;
  }

  onBodyBytes(): boolean {
    // chunks do not tell their length beforehand; what came before the answer counts, too
    if (this.#body.cutBytes > DISCARD_BYTES_MAX * 2) this.#giveUp();
    return true;
  }

  onBodyEnd(): void {
    // the connection sees the end itself
  }

  onBodyFailed(): void {
    this.#giveUp();
  }
}
