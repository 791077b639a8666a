package io.dragoman.plugin.internal.server;

import java.nio.file.Path;
import java.util.Map;

/**
 * Options of a plugin server's program; with one dash or two, with the value behind a blank or
 * {@code =}.
 *
 * @param isDump print what the plugins are, and end
 * @param socket to listen on
 */
public record Options(boolean isHelp, boolean isDump, Path socket) {
  private static final String SOCKET_VARIABLE = "DRAGOMAN_PLUGIN_SERVER_SOCKET";

  public static final String USAGE =
      """
      usage: [-dump] [-socket PATH] [-kong-prefix DIR]
        -dump         print what the plugins are, as JSON, and end
        -socket       Unix socket to listen on, where $DRAGOMAN_PLUGIN_SERVER_SOCKET does not say it
        -kong-prefix  folder of the socket where none is given; default /usr/local/kong""";

  /**
   * @param firstPlugin names the socket where nothing else does
   * @throws IllegalArgumentException for an option that nobody knows, or that lacks its value
   */
  public static Options parse(String[] args, Map<String, String> environment, String firstPlugin) {
    boolean isHelp = false;
    boolean isDump = false;
    String socket = null;
    String prefix = "/usr/local/kong";
    for (int i = 0; i < args.length; i++) {
      int equals = args[i].indexOf('=');
      String name = equals < 0 ? args[i] : args[i].substring(0, equals);
      boolean isNext = equals < 0 && i + 1 < args.length;
      String value = equals >= 0 ? args[i].substring(equals + 1) : isNext ? args[i + 1] : null;
      String option = name.replaceFirst("^--?", "");
      switch (option) {
        case "dump" -> isDump = true;
        case "help", "h" -> isHelp = true;
        case "socket", "kong-prefix", "p" -> {
          if (value == null) {
            throw new IllegalArgumentException(name + " needs a value");
          }
          i += equals < 0 ? 1 : 0;
          socket = option.equals("socket") ? value : socket;
          prefix = option.equals("socket") ? prefix : value;
        }
        default -> throw new IllegalArgumentException("unknown option " + args[i]);
      }
    }
    String wanted = environment.getOrDefault(SOCKET_VARIABLE, "");
    if (wanted.isEmpty()) {
      wanted = socket == null ? prefix + "/" + firstPlugin + ".socket" : socket;
    }
    return new Options(isHelp, isDump, Path.of(wanted));
  }
}
