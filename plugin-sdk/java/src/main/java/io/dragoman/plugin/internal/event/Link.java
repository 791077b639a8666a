package io.dragoman.plugin.internal.event;

import io.dragoman.plugin.internal.wire.Output;

/** The way from an event to its gateway; a connection, or a test's. */
public interface Link {
  /**
   * Send a Call and wait for its answer.
   *
   * @param turn the event; it {@link Turn#isWaiting} no more when this returns
   * @param call the message
   */
  void call(Turn turn, Output call);

  /** Send a LogLine on the event's stream. */
  void log(int stream, Output line);

  /** What the gateway said of itself. */
  Gateway gateway();

  /** An entity that the gateway gave a number; null where it is not known. */
  EntityJson entity(int number);
}
