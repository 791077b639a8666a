package io.dragoman.plugin.internal.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of a server: for handlers that do not run on the thread that reads, and for reading.
 *
 * <p>At most {@code handlersMax} handlers run here at a time; what is more waits in a queue that is
 * bounded by the events that connections take. Threads are made as they are needed and end when
 * they have been idle for a while.
 */
final class Crew {
  private static final long IDLE_SECONDS = 30;

  private final AtomicInteger threads = new AtomicInteger();
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private final int handlersMax;
  private final ThreadPoolExecutor pool;
  private int busy;

  Crew(int handlersMax) {
    this.handlersMax = handlersMax;
    pool =
        new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>());
    pool.setThreadFactory(
        job -> {
          Thread thread = new Thread(job, "dragoman-" + threads.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Run something that is no handler: a connection's reading. As many as there are connections. */
  void lead(Runnable reading) {
    pool.execute(reading);
  }

  /** Run a handler as soon as a place is free. */
  void submit(Runnable handler) {
    synchronized (this) {
      if (busy >= handlersMax) {
        waiting.add(handler);
        return;
      }
      busy++;
    }
    pool.execute(() -> work(handler));
  }

  /**
   * Count the handler of the calling thread, which has been the reading one until now.
   *
   * @param isForced is it counted even if there is no place free?
   * @return false where no place is free
   */
  synchronized boolean join(boolean isForced) {
    if (!isForced && busy >= handlersMax) {
      return false;
    }
    busy++;
    return true;
  }

  /** The handler of a thread that has joined is done: it goes on with those that wait. */
  void leave() {
    work(null);
  }

  private void work(Runnable first) {
    Runnable handler = first;
    while (true) {
      if (handler != null) {
        handler.run();
        Thread.interrupted(); // a plugin's own, which is over
      }
      synchronized (this) {
        handler = waiting.poll();
        if (handler == null) {
          busy--;
          return;
        }
      }
    }
  }

  void stop() {
    pool.shutdown();
  }
}
