package io.dragoman.plugin;

import io.dragoman.plugin.internal.config.ConfigReader;
import io.dragoman.plugin.internal.server.Options;
import io.dragoman.plugin.internal.server.Registration;
import io.dragoman.plugin.internal.server.Server;
import io.dragoman.plugin.internal.server.Signals;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes a plugin server of plugins.
 *
 * <pre>{@code
 * public static void main(String[] args) {
 *   PluginServer.serve(args, Hello.class);
 * }
 * }</pre>
 */
public final class PluginServer {
  /** Handlers that run at a time on threads of their own, where nothing else is said. */
  public static final int HANDLERS_MAX = 64;

  private static final long PARENT_LOOK_SECONDS = 1;

  private final List<Registration> plugins = new ArrayList<>();
  private int handlersMax = HANDLERS_MAX;

  private PluginServer() {}

  /**
   * Serve plugins with one process until it is told to stop, then exit: status 0 after an orderly
   * end, 1 where the socket cannot be listened on, 2 for options that nobody knows.
   *
   * @param args of the program: {@code -dump}, {@code -socket PATH}, {@code -kong-prefix DIR}
   */
  @SafeVarargs
  public static void serve(String[] args, Class<? extends Plugin<?>>... plugins) {
    PluginServer server = builder();
    for (Class<? extends Plugin<?>> plugin : plugins) {
      server.plugin(plugin);
    }
    System.exit(server.run(args));
  }

  /** A server that is put together step by step. */
  public static PluginServer builder() {
    return new PluginServer();
  }

  /**
   * Add a plugin.
   *
   * @throws IllegalArgumentException if the class is no plugin that can be served; its message says
   *     why
   */
  public PluginServer plugin(Class<? extends Plugin<?>> plugin) {
    plugins.add(new Registration(plugin));
    return this;
  }

  /**
   * Handlers that may run at a time on threads of their own: those that take long. What is more
   * waits.
   *
   * @param count at least 1
   */
  public PluginServer handlersMax(int count) {
    handlersMax = Math.max(1, count);
    return this;
  }

  /**
   * Listen on a socket, in this process.
   *
   * @return closing it drains: it waits for what is under way, 10 seconds at most
   * @throws IOException if the socket cannot be listened on
   */
  public AutoCloseable start(Path socket) throws IOException {
    return new Server(plugins, socket, handlersMax);
  }

  /**
   * What {@link #serve} does, without the exit.
   *
   * @return the process's exit status
   */
  public int run(String[] args) {
    Options options;
    try {
      options = Options.parse(args, System.getenv(), plugins.get(0).name);
    } catch (IllegalArgumentException cause) {
      System.err.println(cause.getMessage() + "\n" + Options.USAGE);
      return 2;
    }
    if (options.isHelp() || options.isDump()) {
      System.out.println(options.isHelp() ? Options.USAGE : dump());
      return 0;
    }
    return listen(options.socket());
  }

  private int listen(Path socket) {
    CountDownLatch stop = new CountDownLatch(1);
    Signals.on(List.of("TERM", "INT"), stop::countDown);
    try (AutoCloseable server = start(socket)) {
      System.err.println("listening on " + socket);
      long parent = parent();
      while (!stop.await(PARENT_LOOK_SECONDS, TimeUnit.SECONDS) && parent() == parent) {
        continue; // nobody has told us to stop, and whoever started us is there
      }
      return 0;
    } catch (InterruptedException cause) {
      return 0;
    } catch (Exception cause) {
      System.err.println("cannot listen on " + socket + ": " + cause.getMessage());
      return 1;
    }
  }

  private static long parent() {
    return ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L);
  }

  private String dump() {
    Map<String, Object> dump = new LinkedHashMap<>();
    dump.put("Protocol", "Dragoman:1");
    dump.put("Plugins", plugins.stream().map(Registration::info).toList());
    return new String(ConfigReader.toJson(dump), StandardCharsets.UTF_8);
  }
}
