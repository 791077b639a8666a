/**
 * A response's body on its way through a plugin server: one stream from the first chunk to the last.
 *
 * The first chunk begins an event; if the plugin does not want the body, that was all, and the body goes past it without a
 * call. Else each chunk goes there and comes back before the next one, so that on each side there is never more than one
 * of them. For the runner it is the same thenable again and again. A plugin that may not read bodies is shown none, and one
 * that may not write them fails where it gives back another one.
 */
import { goesOnWithout } from "../failed-event.ts";
import { type GatewayError, PluginFailed } from "../../errors.ts";
import type { Exchange, RemoteKept } from "../../exchange/exchange.ts";
import { NEVER, wheel } from "../../http1/timer-wheel.ts";
import { shortLivedCopy } from "../../http1/young-garbage.ts";
import { PHASE } from "../../phases/phases.ts";
import type { PluginStep } from "../../runloop/handler.ts";
import type { Outcome } from "../plugin-process.ts";
import { CANCEL, FRAME } from "./frame-types.ts";
import { NativeEvent } from "./native-event.ts";
import type { NativeServer } from "./native-server.ts";
import { putBytes, putNumber } from "./wire.ts";
import { chunkDone, readChunkDone } from "./writes.ts";

/** Bytes of a Chunk beside its data, generously. */
const CHUNK_HEAD_BYTES = 32;
const NO_BYTES = Buffer.alloc(0);
const NOT_DONE = "what it wrote was refused";

type State = "new" | "asked" | "streaming" | "passing" | "failed";

/**
 * One for each response and server step; it is in `x.remoteKept` until the response is over, and never used
 * again.
 */
export class BodyEvent extends NativeEvent implements RemoteKept {
  /** The step of the chain, whose plugins it runs. */
  readonly step: PluginStep;
  readonly next: RemoteKept | null;
  #state: State = "new";
  #failure: Outcome = null;
  /** The chunk that is at the plugin, how much of it was sent, and what came back. */
  #chunk: Buffer = NO_BYTES;
  #sent = 0;
  #pieceFrom = 0;
  #back: Buffer[] = [];

  /** @param steps what `step` stands for: itself, or several that share its call */
  constructor(server: NativeServer, x: Exchange, step: PluginStep, steps: readonly PluginStep[]) {
    super(server);
    this.step = step;
    this.reset(x, "body_filter", PHASE.body_filter);
    for (const one of steps) this.addStep(one);
    this.next = x.remoteKept;
    x.remoteKept = this;
  }

  /** `x.chunk` is the next one. @returns what to wait for; undefined where the body goes past */
  filter(): PromiseLike<undefined> | undefined {
    switch (this.#state) {
      case "passing":
        return undefined;
      case "failed":
        this.x.chunk = null;
        this.x.plugin = this.steps[this.at];
        throw this.#failure;
      case "streaming":
        this.isSettled = false;
        this.outcome = null;
        this.x.remoteWait = this;
        this.#begin();
        return this;
      default:
        this.#state = "asked";
        this.server.begin(this);
        if (this.isSettled && this.outcome === null) return undefined;
        if (!this.isSettled) this.x.remoteWait = this;
        return this;
    }
  }

  protected override onBodyWanted(): boolean {
    this.x.plugin = this.steps[0];
    const outcome = this.doWrites();
    // one whose access is ruled has a stream of its own
    if (outcome !== null || !this.server.mayRead(this.plugin, "kong.response.get_chunk")) {
      this.cancel(CANCEL.REFUSED, outcome === null ? "it may not read the body" : NOT_DONE);
      this.settle(outcome);
      return true;
    }
    this.#state = "streaming";
    this.server.onSettled(this); // from now on it counts no more: a body may take hours
    this.endpoint = null;
    this.#begin();
    return true;
  }

  #begin(): void {
    this.#chunk = this.x.chunk ?? NO_BYTES;
    this.#sent = 0;
    this.#back = [];
    this.#sendPiece();
  }

  #sendPiece(): void {
    const { link } = this.life!;
    const from = this.#sent;
    const most = link.messageBytesMax - CHUNK_HEAD_BYTES;
    const piece = this.#chunk.subarray(from, from + most);
    this.#pieceFrom = from;
    this.#sent = from + piece.length;
    const isLast = this.x.chunkIsLast && this.#sent === this.#chunk.length;
    const o = link.out.begin(this.stream, FRAME.CHUNK, piece.length + CHUNK_HEAD_BYTES);
    const b = link.out.bytes;
    link.out.end(putNumber(b, putBytes(b, o, 1, piece), 2, isLast ? 1 : 0));
    link.send();
    this.deadline = wheel.in(this.deadlineMs);
  }

  /** Between two chunks the event has settled, and the chain may be anywhere. */
  protected override outOfTurn(what: string): void {
    this.isSettled = false;
    super.outOfTurn(what);
  }

  /** Its stream ends with the answer to the last chunk, and not before. */
  override onDone(b: Buffer, from: number, end: number): void {
    if (this.#state === "streaming") return this.outOfTurn("a second Done");
    super.onDone(b, from, end);
  }

  override onCall(b: Buffer, from: number, end: number): void {
    const isBetween = this.#state === "streaming" && this.isSettled;
    if (isBetween) return this.outOfTurn("a call between two chunks");
    super.onCall(b, from, end);
  }

  override onChunkDone(b: Buffer, from: number, end: number): void {
    if (this.#state !== "streaming" || this.isSettled) return super.onChunkDone(b, from, end);
    readChunkDone(b, from, end);
    this.deadline = NEVER;
    const { failure, isUnchanged, isLast, dataFrom, dataEnd } = chunkDone;
    const sent = this.#chunk.subarray(this.#pieceFrom, this.#sent);
    const piece = isUnchanged ? sent : shortLivedCopy(b, dataFrom, dataEnd);
    if (piece.length > 0) this.#back.push(piece);
    this.at = 0;
    this.x.plugin = this.steps[0];
    let outcome = this.doWrites();
    if (outcome === null && this.server.isRestricted) outcome = this.#changeRefused(sent, piece);
    if (outcome !== null && failure === "") this.cancel(CANCEL.REFUSED, NOT_DONE);
    if (outcome === null && failure !== "") outcome = new PluginFailed(this.plugin.name, failure);
    if (outcome !== null) return this.settle(outcome);
    if (!isLast && this.#sent < this.#chunk.length) return this.#sendPiece();
    this.#finishChunk(isLast);
  }

  /** Did it change the body, or end it, and may it not? */
  #changeRefused(sent: Buffer, back: Buffer): Outcome {
    const isCut = chunkDone.isLast && !(this.x.chunkIsLast && this.#sent === this.#chunk.length);
    if (!isCut && sent.equals(back)) return null;
    try {
      for (const { plugin } of this.steps)
        this.server.checkWrite(plugin, "kong.response.set_chunk");
      return null;
    } catch (cause) {
      return this.server.asGatewayError(cause);
    }
  }

  #finishChunk(isEnd: boolean): void {
    const { x } = this;
    const back = this.#back;
    x.chunk = back.length === 0 ? null : back.length === 1 ? back[0]! : Buffer.concat(back);
    this.#chunk = NO_BYTES;
    this.#back = [];
    if (isEnd) x.chunkIsLast = true;
    if (x.chunkIsLast) return this.settle(null);
    this.isSettled = true;
    if (x.remoteWait === this) x.remoteWait = null;
    this.tell();
  }

  protected override settle(outcome: Outcome): void {
    if (this.isSettled) return;
    if (outcome === null || goesOnWithout(this)) this.#state = "passing";
    else {
      this.#state = "failed";
      this.#failure = outcome;
    }
    super.settle(outcome);
  }

  /** A failure is that of the step that `x.plugin` names. */
  protected override tell(): void {
    if (this.outcome !== null) this.x.plugin = this.steps[this.at];
    super.tell();
  }

  /** Its plugins see the same chunks: all of them, or none. */
  protected override get mayBeCut(): boolean {
    return false;
  }

  protected override free(): void {
    // it belongs to one response, and is used for each of its chunks
  }

  /** Also between two chunks, when nobody waits: the next one finds that it has failed. */
  override onLinkClosed(cause: GatewayError): void {
    this.isSettled = false;
    this.lose(cause);
  }

  /** The answer was broken off. */
  onRequestOver(): void {
    if (this.stream === 0) return;
    this.isSettled = false;
    this.cancel(CANCEL.CLIENT_GONE, "");
    this.settle(null);
  }
}
