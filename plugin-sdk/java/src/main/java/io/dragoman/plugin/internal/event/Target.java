package io.dragoman.plugin.internal.event;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Path and query of a request, as far as they can be read without the gateway's own decoding.
 *
 * <p>The gateway normalises paths and decodes queries; what it would leave as it is can be read
 * here.
 */
public final class Target {
  /** Arguments that are read here at most: Kong's own limit when none is given. */
  public static final int ARGS_MAX = 100;

  private Target() {}

  /** Is the path what normalising it would give? */
  public static boolean isNormalPath(String path) {
    if (path.isEmpty() || path.charAt(0) != '/') {
      return false;
    }
    for (int i = 1; i < path.length(); i++) {
      char letter = path.charAt(i);
      char before = path.charAt(i - 1);
      boolean isFine =
          switch (letter) {
            case '/' -> before != '/';
            case '.' -> before != '/' && before != '.';
            case '-', '_', '~' -> true;
            default ->
                letter >= 'a' && letter <= 'z'
                    || letter >= 'A' && letter <= 'Z'
                    || letter >= '0' && letter <= '9';
          };
      if (!isFine) {
        return false;
      }
    }
    return true;
  }

  /** Path without the query. */
  public static String pathOf(String target) {
    int mark = target.indexOf('?');
    return mark < 0 ? target : target.substring(0, mark);
  }

  /** Query without the question mark; "" where there is none. */
  public static String queryOf(String target) {
    int mark = target.indexOf('?');
    return mark < 0 ? "" : target.substring(mark + 1);
  }

  /**
   * Arguments with all their values; an argument without one has an empty list if that was its only
   * form.
   *
   * @return null where the query has to be decoded, or has more than {@link #ARGS_MAX} arguments
   */
  public static Map<String, List<String>> plainArgs(String query) {
    if (query.indexOf('%') >= 0 || query.indexOf('+') >= 0) {
      return null;
    }
    Map<String, List<String>> args = new LinkedHashMap<>();
    int count = 0;
    for (String part : query.split("&")) {
      if (part.isEmpty()) {
        continue;
      }
      if (++count > ARGS_MAX) {
        return null;
      }
      int equals = part.indexOf('=');
      String name = equals < 0 ? part : part.substring(0, equals);
      List<String> values = args.computeIfAbsent(name, one -> new ArrayList<>(1));
      if (equals >= 0) {
        values.add(part.substring(equals + 1));
      }
    }
    return args;
  }
}
