package io.dragoman.plugin.internal.server;

import io.dragoman.plugin.Phase;
import io.dragoman.plugin.Plugin;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** A plugin config of a connection, from Start to Stop. */
public final class Slot {
  /** A run that takes longer, in nanoseconds, is slow. */
  private static final long SLOW_NANOS = 1_000_000;

  /** Slow runs that are remembered; as many quick ones make up for them. */
  private static final int SLOWNESS_MAX = 8;

  /** From here on the handler runs on a thread of its own, not on the one that reads. */
  private static final int SLOWNESS_OFF = 3;

  final Registration registration;

  /** The object; null until Start is done. */
  volatile Plugin<?> plugin;

  private boolean isStopped;
  private final AtomicIntegerArray slowness = new AtomicIntegerArray(Phase.values().length);

  Slot(Registration registration) {
    this.registration = registration;
  }

  /** One that has been started already. */
  public Slot(Registration registration, Plugin<?> plugin) {
    this(registration);
    this.plugin = plugin;
  }

  /** Does the handler of that phase run long, lately? */
  boolean isSlow(Phase phase) {
    return slowness.get(phase.ordinal()) >= SLOWNESS_OFF;
  }

  /** A run took that long. */
  void note(Phase phase, long nanos) {
    int index = phase.ordinal();
    int was = slowness.get(index);
    if (nanos > SLOW_NANOS) {
      slowness.set(index, Math.min(was + 1, SLOWNESS_MAX));
    } else if (was > 0) {
      slowness.set(index, was - 1);
    }
  }

  /** A run takes longer than the watch lets it. */
  void noteStuck(Phase phase) {
    note(phase, SLOW_NANOS + 1);
  }

  /** Start is done. False where Stop came before. */
  synchronized boolean begin(Plugin<?> made) {
    plugin = made;
    return !isStopped;
  }

  /** Stop came. The object, which has to be closed; null where there is none yet. */
  synchronized Plugin<?> end() {
    isStopped = true;
    return plugin;
  }
}
