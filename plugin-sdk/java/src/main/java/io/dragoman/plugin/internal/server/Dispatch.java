package io.dragoman.plugin.internal.server;

import io.dragoman.plugin.CachePart;
import io.dragoman.plugin.Condition;
import io.dragoman.plugin.Phase;
import io.dragoman.plugin.Plugin;
import io.dragoman.plugin.internal.event.EntityJson;
import io.dragoman.plugin.internal.event.Gateway;
import io.dragoman.plugin.internal.event.Snapshot;
import io.dragoman.plugin.internal.event.Turn;
import io.dragoman.plugin.internal.wire.BadMessage;
import io.dragoman.plugin.internal.wire.Codec;
import io.dragoman.plugin.internal.wire.FrameBuffer;
import io.dragoman.plugin.internal.wire.FrameType;
import io.dragoman.plugin.internal.wire.Output;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What each frame of a gateway means. Frames out of place end the connection, with a {@link
 * BadMessage}.
 */
final class Dispatch {
  /** Events that a connection takes at a time: what our Hello says. */
  static final int EVENTS_MAX = 4096;

  /** Streams, response bodies among them, that a connection may have at a time. */
  private static final int STREAMS_MAX = 65_536;

  private static final int INSTANCES_MAX = 100_000;
  private static final int ENTITIES_MAX = 1_000_000;

  /** Least that a gateway may say of its longest frame. */
  private static final int FRAME_BYTES_LEAST = 64 << 10;

  private static final String[] REASONS = {
    "the gateway wants no answer any more", "it took too long", "the client is gone"
  };

  private final Connection connection;

  Dispatch(Connection connection) {
    this.connection = connection;
  }

  /**
   * Handle the frame that has been read, by the thread that reads.
   *
   * @return has it still got the lead?
   */
  boolean receive() {
    int type = connection.in.type();
    if (type == FrameType.EVENT || type == FrameType.CHUNK) {
      byte[] message = connection.in.message();
      EventRun run = type == FrameType.EVENT ? open(message) : bodyOf();
      if (run == null) {
        return true; // it crossed the end of its stream
      }
      byte[] chunk = type == FrameType.EVENT ? null : message;
      if (!run.isSlow()) {
        return connection.runInline(run, EventRun.answerTo(type), chunk);
      }
      submit(run, type, chunk);
    } else {
      receiveOther(type);
    }
    return true;
  }

  /**
   * The same by a thread that waits for a Result.
   *
   * @return false where the frame is something to run, which has been left for another thread
   */
  boolean receiveWhileWaiting() {
    int type = connection.in.type();
    if (type != FrameType.EVENT && type != FrameType.CHUNK) {
      receiveOther(type);
      return true;
    }
    if (connection.server.crew.join(false)) {
      connection.in.unread();
      return false;
    }
    byte[] message = connection.in.message();
    EventRun run = type == FrameType.EVENT ? open(message) : bodyOf();
    if (run != null) {
      submit(run, type, type == FrameType.EVENT ? null : message);
    }
    return true;
  }

  private void submit(EventRun run, int type, byte[] chunk) {
    connection.server.crew.submit(
        () -> {
          try {
            Output answer = chunk == null ? run.run() : run.runChunk(chunk);
            answer(run, EventRun.answerTo(type), answer);
            connection.writer.flush();
          } catch (BadMessage cause) {
            connection.close(cause.getMessage());
          }
        });
  }

  private EventRun open(byte[] message) {
    int stream = connection.in.stream();
    needHello();
    EventRun run = new EventRun(connection, new Turn(stream, new Snapshot(message), connection));
    boolean isOdd = stream == 0 || connection.streams.size() >= STREAMS_MAX;
    if (isOdd || connection.streams.putIfAbsent(stream, run) != null) {
      throw new BadMessage("stream " + stream + " is taken, or there are too many");
    }
    return run;
  }

  private EventRun bodyOf() {
    EventRun run = connection.streams.get(connection.in.stream());
    if (run != null && !run.beginChunk()) {
      throw new BadMessage("a chunk for stream " + connection.in.stream() + ", which expects none");
    }
    return run;
  }

  /** Send the answer of an event or of a chunk, unless nobody waits for it any more. */
  void answer(EventRun run, int type, Output answer) {
    int stream = run.turn.stream;
    boolean isOver = type == FrameType.DONE ? !run.wantsBody() : run.isBodyOver();
    boolean isWanted;
    if (isOver) {
      run.turn.finish();
      isWanted = connection.streams.remove(stream, run);
    } else {
      isWanted = connection.streams.get(stream) == run;
      run.endChunk();
    }
    if (isWanted && connection.writer.append(stream, type, answer.array(), answer.length())) {
      connection.writer.flush();
    }
  }

  private void needHello() {
    if (connection.gateway == null) {
      throw new BadMessage("a frame came before the hello");
    }
  }

  private void receiveOther(int type) {
    byte[] message = connection.in.message();
    if (type == FrameType.HELLO) {
      hello(Codec.decode("Hello", message));
      return;
    }
    needHello();
    switch (type) {
      case FrameType.RESULT -> result(message);
      case FrameType.CANCEL -> cancel(Codec.decode("Cancel", message));
      case FrameType.START -> start(Codec.decode("Start", message));
      case FrameType.STOP -> {
        Slot slot = connection.slots.remove(number(Codec.decode("Stop", message), "instance"));
        if (slot != null) {
          stop(slot);
        }
      }
      case FrameType.ENTITY -> entity(Codec.decode("Entity", message));
      case FrameType.FORGET_ENTITIES -> connection.entities.clear();
      case FrameType.FORGET -> forget(Codec.decode("Forget", message));
      case FrameType.PING -> connection.writer.append(0, FrameType.PONG, message, message.length);
      default -> {} // of a later version, or nothing that we must act on
    }
  }

  private static int number(Map<String, Object> message, String field) {
    return message.get(field) instanceof Long number ? number.intValue() : 0;
  }

  private static String text(Map<String, Object> message, String field) {
    return message.get(field) instanceof String text ? text : "";
  }

  private void hello(Map<String, Object> hello) {
    if (connection.gateway != null) {
      throw new BadMessage("a second hello");
    }
    if (!(hello.get("protocol_versions") instanceof List<?> versions) || !versions.contains(1L)) {
      connection.drain("this plugin server speaks version 1 of the protocol");
      throw new BadMessage("the gateway speaks no version of the protocol that we speak");
    }
    int bytes = number(hello, "frame_bytes_max");
    connection.gateway =
        new Gateway(
            text(hello, "node_id"),
            text(hello, "hostname"),
            text(hello, "kong_version"),
            number(hello, "kong_version_num"),
            bytes == 0 ? FrameBuffer.FRAME_BYTES_MAX : Math.max(bytes, FRAME_BYTES_LEAST),
            Boolean.TRUE.equals(hello.get("wants_reads")));
  }

  private void result(byte[] message) {
    EventRun run = connection.streams.get(connection.in.stream());
    if (run != null) {
      run.turn.answer(message);
    }
  }

  private void cancel(Map<String, Object> cancel) {
    EventRun run = connection.streams.remove(connection.in.stream());
    if (run == null) {
      return;
    }
    String reason = text(cancel, "message");
    if (reason.isEmpty()) {
      reason =
          switch (text(cancel, "reason")) {
            case "DEADLINE" -> REASONS[1];
            case "CLIENT_GONE" -> REASONS[2];
            default -> REASONS[0];
          };
    }
    run.turn.cancel(reason);
  }

  private void entity(Map<String, Object> entity) {
    if (connection.entities.size() >= ENTITIES_MAX) {
      throw new BadMessage("more than " + ENTITIES_MAX + " entities");
    }
    if (entity.get("json") instanceof byte[] json) {
      connection.entities.put(number(entity, "number"), new EntityJson(json));
    }
  }

  private void forget(Map<String, Object> forget) {
    if (forget.get("requests") instanceof List<?> requests) {
      requests.forEach(one -> connection.contexts.forget(((Long) one).intValue()));
    }
  }

  private void start(Map<String, Object> start) {
    int instance = number(start, "instance");
    String name = text(start, "plugin");
    Registration registration = connection.server.registration(name);
    if (registration == null) {
      refuse(instance, "plugin " + name + " is not known here");
      return;
    }
    Slot slot = new Slot(registration);
    boolean isOdd = connection.slots.size() >= INSTANCES_MAX;
    if (isOdd || connection.slots.putIfAbsent(instance, slot) != null) {
      throw new BadMessage("instance " + instance + " is taken, or there are too many");
    }
    byte[] config = start.get("config") instanceof byte[] json ? json : new byte[0];
    // a constructor may wait for something, as for a key to be fetched
    connection.server.crew.submit(() -> begin(slot, instance, config));
  }

  private void begin(Slot slot, int instance, byte[] config) {
    try {
      Plugin<?> plugin = slot.registration.start(config);
      byte[] started = Codec.encode("Started", started(instance, plugin));
      if (!slot.begin(plugin)) {
        close(plugin);
        return;
      }
      connection.writer.append(0, FrameType.STARTED, started, started.length);
      connection.writer.flush();
    } catch (Throwable cause) { // whatever a constructor throws refuses the configuration
      connection.slots.remove(instance, slot);
      refuse(instance, cause.getMessage() == null ? cause.toString() : cause.getMessage());
    }
  }

  private void refuse(int instance, String reason) {
    Output failed = new Output().uint(1, instance).text(2, reason);
    connection.writer.append(0, FrameType.START_FAILED, failed.array(), failed.length());
    connection.writer.flush();
  }

  private static Map<String, Object> started(int instance, Plugin<?> plugin) {
    Map<String, Object> started = new LinkedHashMap<>();
    started.put("instance", (long) instance);
    List<Map<String, Object>> conditions = new ArrayList<>();
    for (Map.Entry<Phase, Condition> one : plugin.conditions().entrySet()) {
      Map<String, Object> message = one.getValue().message();
      conditions.add(Map.of("phases", (long) one.getKey().bit(), "condition", message));
    }
    started.put("conditions", conditions);
    List<Map<String, Object>> parts = new ArrayList<>();
    for (CachePart part : plugin.cacheKey()) {
      parts.add(Map.of("kind", part.kind(), "name", part.name()));
    }
    if (!parts.isEmpty()) {
      started.put("cache_key", Map.of("parts", parts));
    }
    return started;
  }

  /** A plugin config has ended. */
  void stop(Slot slot) {
    Plugin<?> plugin = slot.end();
    if (plugin instanceof AutoCloseable) {
      connection.server.crew.submit(() -> close(plugin));
    }
  }

  private void close(Plugin<?> plugin) {
    if (plugin instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception cause) {
        connection.server.warn(plugin.getClass().getName() + " could not be closed: " + cause);
      }
    }
  }
}
