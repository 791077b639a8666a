package io.dragoman.plugin.pdk;

import io.dragoman.plugin.PdkException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the gateway's answers become: the types that the functions of the PDK promise. */
final class Results {
  private Results() {}

  /** Text; null for nil. A truth value, which Kong gives for {@code ?name}, is "". */
  static String text(Object value) {
    if (value == null || value instanceof String) {
      return (String) value;
    }
    if (value instanceof byte[] bytes) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
    return value instanceof Boolean ? "" : value.toString();
  }

  static byte[] bytes(Object value) {
    if (value == null || value instanceof byte[]) {
      return (byte[]) value;
    }
    return value.toString().getBytes(StandardCharsets.UTF_8);
  }

  static boolean truth(Object value) {
    return value != null && !Boolean.FALSE.equals(value);
  }

  /** A number; {@code ifNil} where there is none. */
  static double number(Object value, double ifNil) {
    return value instanceof Number number ? number.doubleValue() : ifNil;
  }

  static int whole(Object value) {
    return (int) number(value, 0);
  }

  /** A table; null for nil. An empty list is an empty table, as in Lua. */
  @SuppressWarnings("unchecked") // maps that were read have texts as keys
  static Map<String, Object> table(Object value, String function) {
    if (value == null || value instanceof Map) {
      return (Map<String, Object>) value;
    }
    if (value instanceof List<?> list && list.isEmpty()) {
      return Map.of();
    }
    throw new PdkException(function, function + " gave no table");
  }

  static Entity entity(Object value, String function) {
    return value == null ? null : new Entity(table(value, function));
  }

  /** Names with all their values; a name without a value has an empty list. */
  static Map<String, List<String>> multimap(Object value, String function) {
    Map<String, List<String>> all = new LinkedHashMap<>();
    Map<String, Object> table = table(value, function);
    if (table != null) {
      table.forEach((name, one) -> all.put(name, values(one)));
    }
    return all;
  }

  private static List<String> values(Object value) {
    List<String> values = new ArrayList<>(1);
    if (value instanceof List<?> list) {
      list.forEach(one -> values.addAll(values(one)));
    } else if (value != null && !(value instanceof Boolean)) {
      values.add(text(value));
    }
    return values;
  }
}
