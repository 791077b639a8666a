package io.dragoman.plugin.internal.server;

import io.dragoman.plugin.Chunk;
import io.dragoman.plugin.EventOver;
import io.dragoman.plugin.Phase;
import io.dragoman.plugin.Plugin;
import io.dragoman.plugin.internal.event.Snapshot;
import io.dragoman.plugin.internal.event.Turn;
import io.dragoman.plugin.internal.wire.FrameType;
import io.dragoman.plugin.internal.wire.Output;
import io.dragoman.plugin.pdk.Kong;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An event under way: runs its plugins in their order and makes the answer. For a body, the same
 * for each piece.
 *
 * <p>It knows nothing of sockets and threads: {@link Host} is the connection, or a test's.
 */
public final class EventRun {
  /** What an event needs of the connection that it came by. */
  public interface Host {
    /** A plugin config; null where it is not known. */
    Slot slot(int instance);

    /** A plugin of the server; null where it is not known. */
    Registration registration(String name);

    Map<String, Object> context(int request, String plugin);

    boolean keep(int request, String plugin, Map<String, Object> context);

    /** Longest message that the gateway takes. */
    int messageBytesMax();
  }

  private final Host host;
  final Turn turn;
  final Phase phase;
  private final int request;

  /** Plugin configs that want the body; null until the head of a body is answered. */
  private List<Slot> bodySlots;

  /** The slot that runs now, for the watch. */
  volatile Slot running;

  private boolean keepsContext;
  private boolean isLastDone;
  private volatile boolean isIdle;
  private String failure = "";

  public EventRun(Host host, Turn turn) {
    this.host = host;
    this.turn = turn;
    phase = Phase.ofBit(turn.event.number(Snapshot.PHASE));
    request = turn.event.number(Snapshot.REQUEST);
  }

  /** Do chunks follow? */
  public boolean wantsBody() {
    return bodySlots != null && !bodySlots.isEmpty() && failure.isEmpty();
  }

  /** Why a handler failed; "" where none has. */
  public String failure() {
    return failure;
  }

  /** The event is answered: its Kong is of no use any more. */
  public void finish() {
    turn.finish();
  }

  /** Is any of its plugins one that takes long? */
  boolean isSlow() {
    if (phase == null || phase == Phase.INIT_WORKER || phase == Phase.CONFIGURE) {
      return true;
    }
    int[] numbers = turn.event.numbers(Snapshot.INSTANCES);
    for (int number : numbers) {
      Slot slot = host.slot(number);
      if (slot != null && slot.isSlow(phase)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Run the phase.
   *
   * @return the Done
   */
  public Output run() {
    Output times = new Output(8);
    int ran = 1;
    if (phase == null) {
      failure = "phase " + turn.event.number(Snapshot.PHASE) + " is not known here";
    } else if (phase == Phase.INIT_WORKER || phase == Phase.CONFIGURE) {
      runWorkerPhase();
    } else {
      ran = runInstances(times);
    }
    Output done = turn.takeWrites();
    int writes = done.length();
    finish(done, ran, times);
    if (done.length() > host.messageBytesMax()) {
      failure = "the answer is longer than the gateway takes: " + writes + " bytes";
      done = new Output();
      finish(done, ran, times);
    }
    return done;
  }

  private void finish(Output done, int ran, Output times) {
    done.uint(2, ran).text(3, failure).bool(4, keepsContext).uint(5, turn.cacheMs);
    done.bool(6, wantsBody());
    if (times.length() > 0) {
      done.tag(7, 2).varint(times.length()).raw(times);
    }
    turn.appendReads(done, 8);
  }

  private int runInstances(Output times) {
    int[] numbers = turn.event.numbers(Snapshot.INSTANCES);
    if (phase == Phase.BODY_FILTER) {
      bodySlots = new ArrayList<>(numbers.length);
    }
    int ran = 0;
    for (int number : numbers) {
      if (ran++ > 0) {
        turn.nextInstance();
      }
      Slot slot = host.slot(number);
      if (slot == null || slot.plugin == null) {
        failure = "plugin instance " + number + " is not known here";
        return ran;
      }
      long began = System.nanoTime();
      boolean isOver = !runHandler(slot, null);
      times.varint((System.nanoTime() - began) / 1000);
      if (isOver) {
        return ran;
      }
    }
    return ran;
  }

  /** Run one handler; false where the event ends with it. */
  private boolean runHandler(Slot slot, Chunk chunk) {
    String name = slot.registration.name;
    Map<String, Object> context = host.context(request, name);
    Kong kong = new Kong(turn, name, context);
    running = slot;
    long began = System.nanoTime();
    boolean isWell = false;
    try {
      call(slot.plugin, slot, kong, chunk);
      isWell = !turn.hasExited();
    } catch (EventOver over) {
      isWell = false;
    } catch (
        Throwable
            cause) { // of any kind: the plugin's author has to hear of it, and the server goes on
      fail(cause, name);
    }
    running = null;
    slot.note(phase, System.nanoTime() - began);
    keepsContext |= host.keep(request, name, context);
    return isWell && turn.cancellation == null;
  }

  private void call(Plugin<?> plugin, Slot slot, Kong kong, Chunk chunk) throws Exception {
    if (chunk != null) {
      plugin.bodyFilter(kong, chunk);
    } else if (phase != Phase.BODY_FILTER) {
      Registration.handle(plugin, phase, kong);
    } else if (plugin.wantsBody(kong)) {
      bodySlots.add(slot);
    }
  }

  private void runWorkerPhase() {
    String name = turn.event.text(Snapshot.PLUGIN);
    Registration registration = host.registration(name);
    if (registration == null) {
      failure = "plugin " + name + " is not known here";
      return;
    }
    List<Plugin<?>> configs = new ArrayList<>();
    for (int number : turn.event.numbers(Snapshot.CONFIGS)) {
      Slot slot = host.slot(number);
      if (slot != null && slot.plugin != null) {
        configs.add(slot.plugin);
      }
    }
    try {
      registration.runWorkerPhase(phase, new Kong(turn, name, Map.of()), configs);
    } catch (EventOver over) {
      return; // the gateway wants no answer any more
    } catch (Throwable cause) {
      fail(cause, name);
    }
  }

  private void fail(Throwable cause, String plugin) {
    failure = cause.getMessage() == null ? cause.getClass().getName() : cause.toString();
    StringWriter trace = new StringWriter();
    cause.printStackTrace(new PrintWriter(trace));
    turn.log("err", trace.toString(), plugin);
  }

  /**
   * Run body_filter for a piece of the body.
   *
   * @param message the Chunk
   * @return the ChunkDone
   */
  public Output runChunk(byte[] message) {
    Chunk chunk = Chunks.decode(message);
    for (Slot slot : bodySlots) {
      runHandler(slot, chunk);
      if (!failure.isEmpty() || turn.cancellation != null) {
        break;
      }
    }
    isLastDone = chunk.isLast();
    Output writes = turn.takeWrites();
    Output done = Chunks.encode(chunk, writes, failure);
    turn.appendReads(done, 6);
    if (done.length() > host.messageBytesMax()) {
      failure = "the answer is longer than the gateway takes: " + done.length() + " bytes";
      done = Chunks.encode(new Chunk(new byte[0], false), new Output(), failure);
    }
    return done;
  }

  /** A chunk came; false where none is expected. */
  boolean beginChunk() {
    if (!isIdle) {
      return false;
    }
    isIdle = false;
    return true;
  }

  /** The head or a chunk is answered: the next chunk may come. */
  void endChunk() {
    isIdle = true;
  }

  /** Was the last piece of the body handled, or did a handler fail? */
  public boolean isBodyOver() {
    return isLastDone || !failure.isEmpty();
  }

  /** Type of the frame that answers a frame. */
  static int answerTo(int type) {
    return type == FrameType.EVENT ? FrameType.DONE : FrameType.CHUNK_DONE;
  }
}
