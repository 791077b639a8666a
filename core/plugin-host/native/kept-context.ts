/**
 * That a plugin server holds `kong.ctx.plugin` of a request: its later events go to the same process, and it is told when
 * the request is over.
 */
import type { Exchange, RemoteKept } from "../../exchange/exchange.ts";
import type { Link } from "./link.ts";
import type { NativeProcess } from "./native-process.ts";

/**
 * One for each request and connection, in the list that begins at `x.remoteKept`, until the request is over.
 */
export class KeptContext implements RemoteKept {
  readonly process: NativeProcess;
  readonly next: RemoteKept | null;
  readonly #link: Link;
  readonly #request: number;

  private constructor(x: Exchange, process: NativeProcess, link: Link, request: number) {
    this.process = process;
    this.#link = link;
    this.#request = request;
    this.next = x.remoteKept;
    x.remoteKept = this;
    process.keepContext();
  }

  /** Note it once for each connection. */
  static note(x: Exchange, process: NativeProcess, link: Link, request: number): void {
    for (let kept = x.remoteKept; kept !== null; kept = kept.next) {
      if (kept instanceof KeptContext && kept.#link === link) return;
    }
    new KeptContext(x, process, link, request);
  }

  /** The process among these that holds something for the request, as long as it lives; else null. */
  static find(x: Exchange, processes: readonly NativeProcess[]): NativeProcess | null {
    for (let kept = x.remoteKept; kept !== null; kept = kept.next) {
      if (!(kept instanceof KeptContext) || !processes.includes(kept.process)) continue;
      if (kept.process.life?.link === kept.#link) return kept.process;
    }
    return null;
  }

  onRequestOver(): void {
    this.#link.forget(this.#request);
    this.process.dropContext();
  }
}
