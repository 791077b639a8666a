/**
 * The end of an event on the plugin server's side, after it is over for the gateway.
 *
 * A plugin that has called `kong.response.exit`, or whose PDK call failed, may still wait for an answer; without one its
 * handler hangs for ever in some SDKs, and what it holds is never freed. So it gets its answer and may run to its end;
 * whatever else it asks for is refused. Bounded in time and calls; then the connection is closed.
 *
 * In Kong nothing of a plugin runs on after a call that was refused, and plugins are written to that. So such a plugin
 * gets its answer late, when whatever belongs to the request is long over: its handler is freed, and nothing leaks.
 */
import type { Connection } from "./connection.ts";
import { LATE_ANSWER_MS, LATE_ANSWERS_MAX, WIND_DOWN_CALLS_MAX, WIND_DOWN_MS } from "./limits.ts";
import type { Conversation } from "./session.ts";

const REASON = "the event is over";

/** Answers that are held back now. */
let late = 0;

/**
 * Begins by a static method with a connection that the event has let go of; it ends by releasing or closing it.
 */
export class WindDown implements Conversation {
  readonly #connection: Connection;
  #calls = 0;

  /** @param answer what lets the plugin go on; null where the protocol has nothing of the kind */
  static begin(connection: Connection, answer: string | null): void {
    if (answer === null || connection.isClosed) return connection.discard();
    connection.session.conversation = new WindDown(connection);
    connection.limit(WIND_DOWN_MS);
    connection.write(answer);
  }

  /** As {@link begin}, with the answer a while later, unless very many wait for theirs. */
  static beginLate(connection: Connection, answer: string | null): void {
    if (answer === null || connection.isClosed || late >= LATE_ANSWERS_MAX) {
      return WindDown.begin(connection, answer);
    }
    connection.session.conversation = new WindDown(connection);
    late++;
    const timer = setTimeout(() => {
      late--;
      WindDown.begin(connection, answer);
    }, LATE_ANSWER_MS);
    timer.unref();
  }

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  onPdkCall(method: string): void {
    const connection = this.#connection;
    const { session } = connection;
    if (++this.#calls > WIND_DOWN_CALLS_MAX) return connection.discard();
    const isExit = method === "kong.response.exit" || method === "kong.response.error";
    const answer = isExit ? session.afterExit() : session.refuse(REASON);
    if (answer === null) connection.discard();
    else connection.write(answer);
  }

  onReturn(): void {
    this.#connection.release();
  }

  onFailure(): void {
    this.#connection.release();
  }

  onUnsent(): void {
    this.#connection.release();
  }
}
