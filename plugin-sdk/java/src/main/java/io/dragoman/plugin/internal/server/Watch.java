package io.dragoman.plugin.internal.server;

import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks for handlers that take long on a thread that reads, and gives the reading to another.
 * Sleeps while nothing happens.
 */
final class Watch implements Runnable {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** Looks without any event until it sleeps. */
  private static final int IDLE_LOOKS_MAX = 20;

  private final Collection<Connection> connections;
  private volatile boolean isAsleep;
  private volatile boolean isStopped;
  private Thread thread;

  Watch(Collection<Connection> connections) {
    this.connections = connections;
  }

  void start() {
    thread = new Thread(this, "dragoman-watch");
    thread.setDaemon(true);
    thread.start();
  }

  void stop() {
    isStopped = true;
    LockSupport.unpark(thread);
  }

  /** A handler begins on a thread that reads. */
  void wake() {
    if (isAsleep) {
      isAsleep = false;
      LockSupport.unpark(thread);
    }
  }

  @Override
  public void run() {
    int idleLooks = 0;
    while (!isStopped) {
      if (idleLooks >= IDLE_LOOKS_MAX) {
        isAsleep = true;
        // a handler that began before this line did not wake us: look once more
        if (!look()) {
          while (isAsleep && !isStopped) {
            LockSupport.park(this);
          }
        }
        isAsleep = false;
        idleLooks = 0;
      }
      LockSupport.parkNanos(this, LOOK_NANOS);
      idleLooks = look() ? 0 : idleLooks + 1;
    }
  }

  /** Has anything happened since the last look? */
  private boolean look() {
    boolean isBusy = false;
    for (Connection connection : connections) {
      Lead lead = connection.lead;
      long turns = lead.turns();
      if (turns != lead.seen) {
        isBusy = true;
      } else if ((turns & 1) == 1) {
        isBusy = true;
        connection.takeOver(turns);
      }
      lead.seen = turns;
    }
    return isBusy;
  }
}
