package io.dragoman.plugin.internal.server;

import io.dragoman.plugin.internal.event.EntityJson;
import io.dragoman.plugin.internal.event.Gateway;
import io.dragoman.plugin.internal.event.Link;
import io.dragoman.plugin.internal.event.Turn;
import io.dragoman.plugin.internal.wire.BadMessage;
import io.dragoman.plugin.internal.wire.FrameBuffer;
import io.dragoman.plugin.internal.wire.FrameType;
import io.dragoman.plugin.internal.wire.Output;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * One connection of a gateway's worker: frames in, events run, frames out.
 *
 * <p>This file is the reading and the waiting; {@link Dispatch} is what each frame means.
 */
final class Connection implements Link, EventRun.Host {
  final Lead lead = new Lead();
  final Server server;
  final FrameWriter writer;
  final Map<Integer, Slot> slots = new ConcurrentHashMap<>();
  final Map<Integer, EntityJson> entities = new ConcurrentHashMap<>();
  final Map<Integer, EventRun> streams = new ConcurrentHashMap<>();
  final Contexts contexts = new Contexts();
  final FrameBuffer in = new FrameBuffer();
  volatile Gateway gateway;
  private final SocketChannel channel;
  private final Dispatch dispatch = new Dispatch(this);

  /** What the thread that reads runs, for the watch. */
  private volatile EventRun inline;

  private volatile boolean isClosed;

  Connection(Server server, SocketChannel channel) {
    this.server = server;
    this.channel = channel;
    writer = new FrameWriter(channel);
  }

  /** Greet, and read until the gateway closes or another thread reads. */
  void begin() {
    lead.take();
    byte[] hello = server.hello();
    writer.append(0, FrameType.HELLO, hello, hello.length);
    read();
  }

  private void lead() {
    lead.take();
    read();
  }

  private void read() {
    try {
      boolean isLeader = true;
      while (isLeader) {
        isLeader = in.next() ? dispatch.receive() : readMore();
      }
    } catch (IOException | BadMessage cause) {
      close(cause.getMessage());
    }
  }

  /** All frames are handled: what they were answered with leaves, and then we wait for more. */
  private boolean readMore() throws IOException {
    writer.flush();
    if (!in.read(channel)) {
      close(null);
      return false;
    }
    return true;
  }

  /**
   * Run something on the thread that reads.
   *
   * @return has it still got the lead?
   */
  boolean runInline(EventRun run, int answerType, byte[] chunk) {
    inline = run;
    lead.begin();
    server.watch.wake();
    Output answer = chunk == null ? run.run() : run.runChunk(chunk);
    boolean isLeader = lead.end();
    Thread.interrupted(); // a plugin's own, which is over
    dispatch.answer(run, answerType, answer);
    if (!isLeader) {
      writer.flush();
      server.crew.leave();
    }
    return isLeader;
  }

  /**
   * A handler on the thread that reads takes long: another thread reads on. Called by the watch.
   */
  void takeOver(long turns) {
    EventRun stuck = inline;
    if (isClosed || !lead.takeFrom(turns)) {
      return;
    }
    Slot slot = stuck == null ? null : stuck.running;
    if (slot != null) {
      slot.noteStuck(stuck.phase);
    }
    server.crew.join(true);
    server.crew.lead(this::lead);
  }

  /**
   * Send a frame; at once, unless the calling thread reads and will flush when it has read
   * everything.
   */
  void send(int stream, int type, Output message) {
    send(stream, type, message.array(), message.length());
  }

  void send(int stream, int type, byte[] message, int length) {
    boolean isFull;
    boolean isLeader;
    // whoever takes the lead from us flushes behind this block, or we see here that it is gone
    synchronized (writer) {
      isFull = writer.append(stream, type, message, length);
      isLeader = lead.isHeld();
    }
    if (isFull || !isLeader) {
      writer.flush();
    }
  }

  @Override
  public void call(Turn turn, Output call) {
    if (call.length() > messageBytesMax()) {
      throw new IllegalArgumentException("the call is longer than the gateway takes");
    }
    turn.waiter = Thread.currentThread();
    send(turn.stream, FrameType.CALL, call);
    if (isClosed) {
      turn.cancel("the gateway is gone");
    }
    if (lead.isHeld()) {
      waitReading(turn);
    }
    while (turn.isWaiting()) {
      LockSupport.park(turn);
      Thread.interrupted(); // it would let every later park return at once
    }
    turn.waiter = null;
  }

  /**
   * The thread that reads waits for a Result: it reads on, until there is something else to run.
   */
  private void waitReading(Turn turn) {
    if (!lead.end()) {
      return;
    }
    try {
      while (turn.isWaiting()) {
        boolean isThere = in.next();
        if (!isThere && !readMore()) {
          server.crew.join(true);
          return;
        }
        if (isThere && !dispatch.receiveWhileWaiting()) {
          server.crew.lead(this::lead); // what comes next is another event: it must not wait for us
          return;
        }
      }
      lead.begin();
    } catch (IOException | BadMessage cause) {
      server.crew.join(true);
      close(cause.getMessage());
    }
  }

  @Override
  public void log(int stream, Output line) {
    if (line.length() <= messageBytesMax()) {
      send(stream, FrameType.LOG, line);
    }
  }

  @Override
  public Gateway gateway() {
    return gateway;
  }

  @Override
  public EntityJson entity(int number) {
    return entities.get(number);
  }

  @Override
  public Slot slot(int instance) {
    return slots.get(instance);
  }

  @Override
  public Registration registration(String name) {
    return server.registration(name);
  }

  @Override
  public Map<String, Object> context(int request, String plugin) {
    return contexts.get(request, plugin);
  }

  @Override
  public boolean keep(int request, String plugin, Map<String, Object> context) {
    return contexts.keep(request, plugin, context);
  }

  @Override
  public int messageBytesMax() {
    return gateway.frameBytesMax() - (FrameBuffer.HEAD_BYTES - 4);
  }

  /** Tell the gateway that no new events are taken. */
  void drain(String reason) {
    Output message = new Output().text(1, reason);
    writer.append(0, FrameType.DRAINING, message.array(), message.length());
    writer.flush();
  }

  boolean isIdle() {
    return streams.isEmpty();
  }

  /**
   * End the connection: its events, its plugin configs, everything.
   *
   * @param reason for the log; null where nothing is wrong
   */
  void close(String reason) {
    synchronized (this) {
      if (isClosed) {
        return;
      }
      isClosed = true;
    }
    if (reason != null && !server.isStopping()) {
      server.warn("a connection ended: " + reason);
    }
    try {
      channel.close();
    } catch (IOException cause) {
      server.warn("a socket could not be closed: " + cause.getMessage());
    }
    streams.values().forEach(run -> run.turn.cancel("the gateway is gone"));
    streams.clear();
    slots.values().forEach(dispatch::stop);
    slots.clear();
    server.remove(this);
  }
}
