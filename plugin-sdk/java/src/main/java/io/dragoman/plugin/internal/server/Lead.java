package io.dragoman.plugin.internal.server;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Who reads a connection. The thread that reads runs handlers itself: waking another one for a
 * handler of a microsecond costs more than all the rest of an event.
 *
 * <p>A handler that waits must not hold up the connection, so the lead can be taken from its thread
 * at any time. {@code turns} counts up when a handler begins and when it ends, waits or is taken
 * off: odd is "one runs". Whoever moves it from odd to even has the lead.
 */
final class Lead {
  private final AtomicLong turns = new AtomicLong();
  private volatile long mine;
  private volatile Thread leader;

  /** Turns that the watch saw last; only it uses this. */
  long seen;

  /** The calling thread reads from now on. */
  void take() {
    leader = Thread.currentThread();
  }

  /** The leader begins to run a handler, or goes on with one that had waited. */
  void begin() {
    mine = turns.incrementAndGet();
  }

  /**
   * The calling thread, which had begun a handler as the leader, ends it.
   *
   * @return has it still got the lead?
   */
  boolean end() {
    return leader == Thread.currentThread() && turns.compareAndSet(mine, mine + 1);
  }

  /** Does the calling thread run a handler as the leader? */
  boolean isHeld() {
    return leader == Thread.currentThread() && turns.get() == mine && (mine & 1) == 1;
  }

  long turns() {
    return turns.get();
  }

  /**
   * Take the lead from the handler that began at this count. False where it has ended meanwhile.
   */
  boolean takeFrom(long begun) {
    return (begun & 1) == 1 && turns.compareAndSet(begun, begun + 1);
  }
}
