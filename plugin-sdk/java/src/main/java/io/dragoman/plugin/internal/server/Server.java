package io.dragoman.plugin.internal.server;

import io.dragoman.plugin.internal.config.ConfigReader;
import io.dragoman.plugin.internal.wire.Codec;
import io.dragoman.plugin.internal.wire.FrameBuffer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The plugin server: the socket, the connections, and an orderly end. */
public final class Server implements AutoCloseable {
  /** What this is, in a Hello and in logs. */
  public static final String SOFTWARE = "dragoman-plugin-sdk-java 0.1.0";

  /** How long what is under way may take after the server was told to stop. */
  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** How long a gateway may still send events that crossed our Draining. */
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long DRAIN_LOOK_MS = 10;

  /** Connections at a time; one for each worker of each gateway is needed. */
  private static final int CONNECTIONS_MAX = 1024;

  /** How long no connection is accepted after accepting failed, as for want of file descriptors. */
  private static final long ACCEPT_DELAY_MS = 50;

  final Crew crew;
  final Watch watch;
  private final Map<String, Registration> registrations = new LinkedHashMap<>();
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final Path socket;
  private final ServerSocketChannel listener;
  private final byte[] hello;
  private volatile boolean isStopping;

  /**
   * Listen; a stale file in the socket's place is replaced.
   *
   * @param handlersMax handlers that run at a time on threads of their own
   */
  public Server(List<Registration> plugins, Path socket, int handlersMax) throws IOException {
    plugins.forEach(one -> registrations.put(one.name, one));
    this.socket = socket;
    crew = new Crew(handlersMax);
    watch = new Watch(connections);
    hello = Codec.encode("Hello", helloOf(plugins));
    Files.deleteIfExists(socket);
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    watch.start();
    Thread accepting = new Thread(this::accept, "dragoman-accept");
    accepting.setDaemon(true);
    accepting.start();
  }

  private static Map<String, Object> helloOf(List<Registration> plugins) {
    Map<String, Object> hello = new LinkedHashMap<>();
    hello.put("protocol_versions", List.of(1L));
    hello.put("software", SOFTWARE);
    hello.put("frame_bytes_max", (long) FrameBuffer.FRAME_BYTES_MAX);
    hello.put("pid", ProcessHandle.current().pid());
    hello.put("plugins", plugins.stream().map(Server::infoOf).toList());
    hello.put("concurrency_max", (long) Dispatch.EVENTS_MAX);
    return hello;
  }

  private static Map<String, Object> infoOf(Registration plugin) {
    Map<String, Object> info = plugin.info();
    return Map.of(
        "name",
        plugin.name,
        "priority",
        (long) plugin.priority,
        "version",
        plugin.version,
        "phases",
        info.get("Phases"),
        "schema",
        ConfigReader.toJson(info.get("Schema")),
        "reads_request_body",
        plugin.readsRequestBody);
  }

  private void accept() {
    while (!isStopping) {
      try {
        SocketChannel channel = listener.accept();
        if (connections.size() >= CONNECTIONS_MAX) {
          channel.close();
          continue;
        }
        Connection connection = new Connection(this, channel);
        connections.add(connection);
        crew.lead(connection::begin);
      } catch (ClosedChannelException cause) {
        return;
      } catch (IOException cause) {
        warn("a connection could not be accepted: " + cause.getMessage());
        pause(ACCEPT_DELAY_MS);
      }
    }
  }

  byte[] hello() {
    return hello;
  }

  Registration registration(String name) {
    return registrations.get(name);
  }

  boolean isStopping() {
    return isStopping;
  }

  void remove(Connection connection) {
    connections.remove(connection);
  }

  /** A line of the server's own; the gateway logs what a server says on stderr. */
  void warn(String line) {
    System.err.println(line);
  }

  /**
   * Drain: no new connections, every gateway is told, what is under way is finished, the socket's
   * file is removed.
   */
  @Override
  public void close() throws IOException {
    isStopping = true;
    listener.close();
    Files.deleteIfExists(socket);
    connections.forEach(one -> one.drain("the plugin server is stopping"));
    long began = System.nanoTime();
    while (!connections.isEmpty() && System.nanoTime() - began < DRAIN_NANOS) {
      if (System.nanoTime() - began > GRACE_NANOS) {
        connections.stream().filter(Connection::isIdle).forEach(one -> one.close(null));
      }
      pause(DRAIN_LOOK_MS);
    }
    connections.forEach(one -> one.close(null));
    watch.stop();
    crew.stop();
  }

  private static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException cause) {
      Thread.currentThread().interrupt();
    }
  }
}
