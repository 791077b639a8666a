package io.dragoman.plugin.internal.event;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Headers of a message as the gateway sent them, and what a plugin has written since.
 *
 * <p>The block stays bytes: a read walks its lines. Writes are kept beside it in their order, and a
 * read goes through them, which costs nothing for the usual plugin that reads first. Names are
 * compared without case, and {@code -} equals {@code _}.
 */
public final class HeaderBlock {
  /** What a write does. */
  public enum Change {
    SET,
    ADD,
    CLEAR
  }

  private record Written(Change change, String name, String value) {}

  private final byte[] bytes;
  private final int from;
  private final int to;
  private List<Written> written;

  /** A write that is not repeated here may have changed them: ask the gateway. */
  private boolean isStale;

  public HeaderBlock(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }

  public boolean isStale() {
    return isStale;
  }

  public void makeStale() {
    isStale = true;
  }

  /** Repeat a write of the short form. */
  public void write(Change change, String name, String value) {
    if (written == null) {
      written = new ArrayList<>();
    }
    written.add(new Written(change, name, value));
  }

  /** First value of that name; null where there is none. */
  public String get(String name) {
    String value = find(name);
    if (written == null) {
      return value;
    }
    for (Written one : written) {
      if (isSame(one.name, name)) {
        value =
            switch (one.change) {
              case SET -> one.value;
              case ADD -> value == null ? one.value : value;
              case CLEAR -> null;
            };
      }
    }
    return value;
  }

  private String find(String name) {
    int length = name.length();
    int at = from;
    while (at < to) {
      int end = lineEnd(at);
      if (at + length < end && bytes[at + length] == ':' && isNameAt(at, name)) {
        return value(at + length + 1, end);
      }
      at = end + 1;
    }
    return null;
  }

  private int lineEnd(int at) {
    int end = at;
    while (end < to && bytes[end] != '\n') {
      end++;
    }
    return end;
  }

  private String value(int start, int end) {
    int first = start;
    int last = end;
    while (first < last && (bytes[first] == ' ' || bytes[first] == '\t')) {
      first++;
    }
    while (last > first && bytes[last - 1] <= ' ' && bytes[last - 1] >= 0) {
      last--;
    }
    return Snapshot.textOf(bytes, first, last);
  }

  private boolean isNameAt(int at, String name) {
    for (int i = 0; i < name.length(); i++) {
      if (fold(bytes[at + i]) != fold(name.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static int fold(int letter) {
    if (letter >= 'A' && letter <= 'Z') {
      return letter + 32;
    }
    return letter == '_' ? '-' : letter;
  }

  /** Are these two names of one header? */
  public static boolean isSame(String one, String other) {
    if (one.length() != other.length()) {
      return false;
    }
    for (int i = 0; i < one.length(); i++) {
      if (fold(one.charAt(i)) != fold(other.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** Name and value of each line, in their order. */
  private List<Map.Entry<String, String>> lines() {
    List<Map.Entry<String, String>> lines = new ArrayList<>();
    for (int at = from; at < to; ) {
      int end = lineEnd(at);
      int colon = at;
      while (colon < end && bytes[colon] != ':') {
        colon++;
      }
      if (colon < end) {
        lines.add(Map.entry(Snapshot.textOf(bytes, at, colon), value(colon + 1, end)));
      }
      at = end + 1;
    }
    if (written != null) {
      written.forEach(one -> apply(one, lines));
    }
    return lines;
  }

  private static void apply(Written one, List<Map.Entry<String, String>> lines) {
    if (one.change != Change.ADD) {
      lines.removeIf(line -> isSame(line.getKey(), one.name));
    }
    if (one.change != Change.CLEAR) {
      lines.add(Map.entry(one.name, one.value));
    }
  }

  /**
   * Lower-cased names with all their values, in the order of the first of each.
   *
   * @return null where there are more than {@code linesMax} lines
   */
  public Map<String, List<String>> all(int linesMax) {
    List<Map.Entry<String, String>> lines = lines();
    if (lines.size() > linesMax) {
      return null;
    }
    Map<String, List<String>> all = new LinkedHashMap<>();
    for (Map.Entry<String, String> line : lines) {
      String name = line.getKey().toLowerCase(Locale.ROOT);
      all.computeIfAbsent(name, one -> new ArrayList<>(1)).add(line.getValue());
    }
    return all;
  }

  /** Is it a token of HTTP? */
  public static boolean isToken(String name) {
    for (int i = 0; i < name.length(); i++) {
      char letter = name.charAt(i);
      boolean isPlain =
          letter >= 'a' && letter <= 'z'
              || letter >= 'A' && letter <= 'Z'
              || letter >= '0' && letter <= '9'
              || "-_!#$%&'*+.^`|~".indexOf(letter) >= 0;
      if (!isPlain) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  /** Can a value travel in the short form of a write: has it no control characters? */
  public static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      char letter = value.charAt(i);
      if (letter < 32 || letter == 127) {
        return false;
      }
    }
    return true;
  }
}
