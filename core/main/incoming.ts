/**
 * A worker's copy of the configuration on its way in: rows arrive in small messages, and on `swap` snapshot, router and
 * plugin chains are built in slices and taken into use in one assignment. Configurations are built one after the other.
 */
import type { Settings } from "../config/settings.ts";
import type { GatewayState } from "../proxy/rooms.ts";
import { buildRouter } from "../router/router.ts";
import type { PluginHandler } from "../runloop/handler.ts";
import { PluginsIterator } from "../runloop/plugins-iterator.ts";
import type { Runtime } from "../runloop/runtime.ts";
import type { RowSecrets } from "../store/secrets.ts";
import { type Row, SnapshotBuilder } from "../store/snapshot.ts";
import type { Logger } from "../telemetry/log.ts";
import type { RowsMessage } from "./messages.ts";
import { unpackRow } from "./packed-rows.ts";
import { runSliced } from "./slices.ts";

interface IncomingParts {
  readonly settings: Settings;
  readonly log: Logger;
  readonly runtime: Runtime;
  readonly handlers: ReadonlyMap<string, PluginHandler>;
  readonly secrets: RowSecrets;
  /** The rows of one message are in, and the loop has turned since. */
  onTaken(): void;
  /** Ready for traffic: in force from the next request on. */
  onReady(state: GatewayState): void;
}

/** Messages have to come in order: rows, then the swap that they belong to. */
export class Incoming {
  readonly #parts: IncomingParts;
  #builder = new SnapshotBuilder();
  #base: Row | null = null;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: IncomingParts) {
    this.#parts = parts;
  }

  /**
   * Rows of the configuration on its way. The first message of an entity has a base.
   *
   * {@link IncomingParts.onTaken} comes in the turn after: the primary sends the next ones at once, and a channel is read
   * for as long as something is on it, so that thousands of rows came in one turn.
   */
  rows({ entity, base, rows }: Omit<RowsMessage, "type">): void {
    this.#base = base ?? this.#base;
    const whole = this.#base;
    if (whole !== null)
      this.#builder.add(
        entity,
        rows.map((row) => unpackRow(whole, row)),
      );
    setImmediate(this.#parts.onTaken);
  }

  /** The rows are complete. Resolves when the configuration is in force; rejects if it cannot be used. */
  swap(hash: string, sequence: number): Promise<void> {
    const builder = this.#builder;
    this.#builder = new SnapshotBuilder();
    const next = this.#last.then(() => this.#build(builder, hash, sequence));
    this.#last = next.catch(() => {}); // whoever called hears of it; the next one goes on
    return next;
  }

  async #build(builder: SnapshotBuilder, hash: string, sequence: number): Promise<void> {
    const { settings, log, runtime, handlers, secrets } = this.#parts;
    secrets.fill(builder);
    const snapshot = builder.build(hash, sequence);
    const router = await runSliced(
      buildRouter(snapshot, settings.router_flavor as "traditional_compatible", {
        onSkipped: (route, reason) =>
          log.error({ route: route.id, reason }, "a Route is left out of the router"),
      }),
    );
    const iterator = new PluginsIterator(snapshot, handlers, runtime);
    this.#parts.onReady({ snapshot, router, iterator });
  }
}
