package io.dragoman.plugin.internal.event;

import io.dragoman.plugin.EventOver;
import io.dragoman.plugin.PdkException;
import io.dragoman.plugin.internal.wire.Input;
import io.dragoman.plugin.internal.wire.Output;
import io.dragoman.plugin.internal.wire.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * An event under way: the snapshot, what its plugins have written, and how they ask the gateway.
 *
 * <p>Writes are encoded where they are made, so that the answer is a copy of them. One thread at a
 * time runs the event's handlers; what another thread tells it (a reply, a cancellation) is
 * volatile.
 */
public final class Turn {
  // Values of Write.Op.
  public static final int SERVICE_REQUEST_SET_HEADER = 1;
  public static final int SERVICE_REQUEST_ADD_HEADER = 2;
  public static final int SERVICE_REQUEST_CLEAR_HEADER = 3;
  public static final int RESPONSE_SET_HEADER = 4;
  public static final int RESPONSE_ADD_HEADER = 5;
  public static final int RESPONSE_CLEAR_HEADER = 6;
  public static final int RESPONSE_SET_STATUS = 7;
  private static final int NEXT_INSTANCE = 8;

  /** Reads of an event that are noted, and characters that are noted of one. */
  private static final int READS_MAX = 1000;

  private static final int READ_CHARS_MAX = 200;

  public final int stream;
  public final Snapshot event;
  public final Link link;
  public final HeaderBlock requestHeaders;
  public final HeaderBlock responseHeaders;

  /** Status of the response, as this event's plugins have set it. */
  public int status;

  public int cacheMs;
  private Output writes = new Output();
  private int stale;
  private boolean hasExited;
  private volatile boolean isOver;

  /** What was read here; null where the gateway does not want to know. */
  private final List<String> reads;

  /** The last Result; null while it has not come. */
  private volatile byte[] reply;

  /** Why the gateway wants no answer any more; null while it does. */
  public volatile String cancellation;

  /** The thread that waits for a Result, see {@link Link#call}. */
  public volatile Thread waiter;

  public Turn(int stream, Snapshot event, Link link) {
    this.stream = stream;
    this.event = event;
    this.link = link;
    byte[] bytes = event.array();
    requestHeaders =
        new HeaderBlock(bytes, event.from(Snapshot.HEADERS), event.to(Snapshot.HEADERS));
    responseHeaders =
        new HeaderBlock(
            bytes, event.from(Snapshot.RESPONSE_HEADERS), event.to(Snapshot.RESPONSE_HEADERS));
    status = event.number(Snapshot.STATUS);
    reads = link.gateway().wantsReads() ? new ArrayList<>() : null;
  }

  /**
   * The snapshot answers a function of the PDK: noted where the gateway wants to know, which a tool
   * for plugin authors does.
   *
   * @param method its wire name
   * @return true, so that it can stand in a condition
   */
  public boolean reads(String method) {
    return reads == null || note(method);
  }

  /** The same for a function with an argument. */
  public boolean reads(String method, String arg) {
    return reads == null || note(method + " " + arg);
  }

  private boolean note(String read) {
    if (reads.size() < READS_MAX) {
      reads.add(read.length() > READ_CHARS_MAX ? read.substring(0, READ_CHARS_MAX) : read);
    }
    return true;
  }

  /** Put what was read since the last time behind a message's other fields. */
  public void appendReads(Output message, int field) {
    if (reads != null) {
      reads.forEach(one -> message.textAlways(field, one));
      reads.clear();
    }
  }

  public boolean hasExited() {
    return hasExited;
  }

  /** The event has been answered: whoever kept its PDK can no longer do anything with it. */
  public void finish() {
    isOver = true;
  }

  /** Is a Result due? */
  public boolean isWaiting() {
    return reply == null && cancellation == null;
  }

  /** A Result has come. */
  public void answer(byte[] message) {
    reply = message;
    LockSupport.unpark(waiter);
  }

  /** The gateway wants no answer any more. */
  public void cancel(String reason) {
    cancellation = reason;
    LockSupport.unpark(waiter);
  }

  public boolean isStale(int what) {
    return (stale & what) != 0;
  }

  /** Mark parts of the snapshot as changed. */
  public void makeStale(int what) {
    stale |= what;
    if ((what & Stale.REQUEST_HEADERS) != 0) {
      requestHeaders.makeStale();
    }
    if ((what & Stale.RESPONSE_HEADERS) != 0) {
      responseHeaders.makeStale();
    }
  }

  private void check() {
    if (isOver) {
      throw new IllegalStateException("the event of this Kong is over");
    }
    if (hasExited || cancellation != null) {
      throw new EventOver(hasExited ? "the plugin has answered" : cancellation);
    }
  }

  /** What was written so far, to be sent; empties it. */
  public Output takeWrites() {
    Output taken = writes;
    writes = new Output();
    return taken;
  }

  /** Record a write of a header in its short form; {@code value} is null to clear it. */
  public void writeHeader(int op, String name, String value) {
    check();
    int start = writes.begin(1);
    writes.uint(1, op).textAlways(2, name);
    if (value != null) {
      writes.text(3, value);
    }
    writes.end(start);
  }

  public void writeStatus(int value) {
    check();
    int start = writes.begin(1);
    writes.uint(1, RESPONSE_SET_STATUS).uint(4, value).end(start);
  }

  /** What follows is of the next plugin of the event. */
  public void nextInstance() {
    int start = writes.begin(1);
    writes.uint(1, NEXT_INSTANCE).end(start);
  }

  /**
   * Record a call whose result nobody needs.
   *
   * @throws IllegalArgumentException if an argument is of no kind that travels
   */
  public void write(String method, Object... args) {
    check();
    int before = writes.length();
    int start = writes.begin(1);
    writes.textAlways(2, method);
    boolean isDone = false;
    try {
      for (Object arg : args) {
        Values.write(writes, 5, arg);
      }
      writes.end(start);
      isDone = true;
    } finally {
      if (!isDone) {
        writes.cutTo(before);
      }
    }
    makeStale(Stale.madeBy(method));
  }

  /** Record the plugin's own answer, and end its handler. */
  public EventOver exit(String method, Object... args) {
    write(method, args);
    hasExited = true;
    throw new EventOver("the plugin has answered");
  }

  /**
   * Ask the gateway; what was written so far is done before.
   *
   * @return null for nil
   * @throws PdkException if the function gave a reason instead of a value
   * @throws EventOver if the gateway refused the call or wants no answer any more
   */
  public Object ask(String method, Object... args) {
    check();
    Output call = new Output();
    call.textAlways(2, method);
    for (Object arg : args) {
      Values.write(call, 3, arg);
    }
    Output message = takeWrites().raw(call);
    makeStale(Stale.madeBy(method));
    reply = null;
    link.call(this, message);
    if (cancellation != null) {
      throw new EventOver(cancellation);
    }
    return readReply(method);
  }

  private Object readReply(String method) {
    Input input = new Input(reply);
    Object value = null;
    String error = "";
    while (input.hasMore()) {
      int tag = (int) input.varint();
      switch (tag) {
        case 1 << 3 | 2 -> value = Values.read(input.message());
        case 2 << 3 | 2 -> error = input.text();
        default -> input.skip(tag & 7);
      }
    }
    if (value == null && !error.isEmpty()) {
      throw new PdkException(method, error);
    }
    return value;
  }

  /** Put a line into the gateway's log. */
  public void log(String level, String message, String plugin) {
    link.log(stream, new Output().text(1, level).text(2, message).text(3, plugin));
  }

  /**
   * What the events of the request share, as far as it came along; null where that has to be asked.
   */
  public Map<String, Object> shared() {
    if (isStale(Stale.SHARED) || !event.hasRequest()) {
      return null;
    }
    return event.isEmpty(Snapshot.SHARED)
        ? Map.of()
        : EntityJson.parse(event.bytes(Snapshot.SHARED));
  }
}
