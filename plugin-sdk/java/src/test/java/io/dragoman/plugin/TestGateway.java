package io.dragoman.plugin;

import io.dragoman.plugin.internal.wire.Codec;
import io.dragoman.plugin.internal.wire.FrameBuffer;
import io.dragoman.plugin.internal.wire.FrameType;
import io.dragoman.plugin.internal.wire.Output;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A gateway as small as tests need it: it speaks the contract over a socket and shows what came
 * back.
 */
final class TestGateway implements AutoCloseable {
  /** A frame that came. */
  record Frame(int stream, int type, byte[] message) {
    Map<String, Object> as(String name) {
      return Codec.decode(name, message);
    }
  }

  static final byte[] HEADERS =
      "host: api.example.com\r\nx-client-id: client-42\r\nx-many: a\r\nX_Many: b\r\n"
          .getBytes(StandardCharsets.UTF_8);

  final Map<String, Object> hello;
  private final SocketChannel channel;
  private final DataInputStream in;

  TestGateway(Path socket) throws IOException {
    this(socket, true);
  }

  TestGateway(Path socket, boolean greets) throws IOException {
    this(socket, greets, Map.of());
  }

  /** With more in its Hello. */
  TestGateway(Path socket, boolean greets, Map<String, ?> more) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel), 65_536));
    if (!greets) {
      hello = Map.of();
      return;
    }
    write("DRAGOMAN".getBytes(StandardCharsets.US_ASCII));
    Map<String, Object> mine = new LinkedHashMap<>();
    mine.put("protocol_versions", List.of(1L));
    mine.put("node_id", "node-1");
    mine.put("hostname", "gw-1");
    mine.put("kong_version", "3.9.1");
    mine.put("kong_version_num", 3009001L);
    mine.putAll(more);
    send(0, FrameType.HELLO, "Hello", mine);
    hello = expect(0, FrameType.HELLO).as("Hello");
  }

  void write(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  static Output frame(int stream, int type, byte[] message) {
    Output frame = new Output();
    frame.fixed32(message.length + FrameBuffer.HEAD_BYTES - 4).fixed32(stream).byteRaw(type);
    return frame.raw(message, 0, message.length);
  }

  void send(int stream, int type, String name, Map<String, ?> message) throws IOException {
    write(frame(stream, type, Codec.encode(name, message)).toByteArray());
  }

  Frame receive() throws IOException {
    int length = Integer.reverseBytes(in.readInt());
    int stream = Integer.reverseBytes(in.readInt());
    int type = in.readByte();
    return new Frame(stream, type, in.readNBytes(length - 5));
  }

  /** The next frame, which has to be of this stream and type. */
  Frame expect(int stream, int type) throws IOException {
    Frame frame = receive();
    if (frame.stream != stream || frame.type != type) {
      throw new AssertionError("frame " + frame.type + " on stream " + frame.stream);
    }
    return frame;
  }

  boolean isClosedByPeer() throws IOException {
    try {
      receive();
      return false;
    } catch (EOFException cause) {
      return true;
    }
  }

  Map<String, Object> start(int instance, String plugin, String config) throws IOException {
    byte[] json = config.getBytes(StandardCharsets.UTF_8);
    Map<String, Object> start =
        Map.of("instance", (long) instance, "plugin", plugin, "config", json);
    send(0, FrameType.START, "Start", start);
    return expect(0, FrameType.STARTED).as("Started");
  }

  /** An Event of a small GET, with some fields of one's own. */
  static Map<String, Object> event(Phase phase, Map<String, ?> fields) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("phase", (long) phase.bit());
    event.put("instances", List.of(1L));
    event.put("request", 1001L);
    event.put("id", "0123456789abcdef0123456789abcdef");
    event.put("method", "GET");
    event.put("target", "/orders/7?page=2&debug".getBytes(StandardCharsets.UTF_8));
    event.put("http_version", 11L);
    event.put("scheme", "http");
    event.put("host", "api.example.com".getBytes(StandardCharsets.UTF_8));
    event.put("port", 8000L);
    event.put("headers", HEADERS);
    event.put("client_ip", "10.0.0.9");
    event.put("client_port", 40000L);
    event.put("forwarded_ip", "10.0.0.9");
    event.put("start_ms", 1700000000000L);
    event.put("body_state", "BODY_NONE");
    event.putAll(fields);
    return event;
  }

  void sendEvent(int stream, Phase phase, Map<String, ?> fields) throws IOException {
    send(stream, FrameType.EVENT, "Event", event(phase, fields));
  }

  /** An event that asks nothing; gives its Done. */
  Map<String, Object> run(int stream, Phase phase, Map<String, ?> fields) throws IOException {
    sendEvent(stream, phase, fields);
    return expect(stream, FrameType.DONE).as("Done");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
