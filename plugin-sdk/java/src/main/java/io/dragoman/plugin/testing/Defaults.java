package io.dragoman.plugin.testing;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts defaults of a schema where a configuration has nothing, as the gateway does before a plugin
 * sees it.
 */
final class Defaults {
  private Defaults() {}

  /**
   * @param schema of the plugin
   */
  @SuppressWarnings("unchecked") // the schema's form is Kong's
  static Map<String, Object> fill(Map<String, Object> schema, Map<String, ?> config) {
    List<Map<String, Object>> top = (List<Map<String, Object>>) schema.get("fields");
    return fillRecord((Map<String, Object>) top.get(0).get("config"), config);
  }

  @SuppressWarnings("unchecked") // the schema's form is Kong's
  private static Map<String, Object> fillRecord(Map<String, Object> record, Map<String, ?> given) {
    Map<String, Object> full = new LinkedHashMap<>(given);
    for (Map<String, Object> fields : (List<Map<String, Object>>) record.get("fields")) {
      fields.forEach((name, field) -> fillField(name, (Map<String, Object>) field, full));
    }
    return full;
  }

  @SuppressWarnings("unchecked") // the schema's form is Kong's
  private static void fillField(
      String name, Map<String, Object> field, Map<String, Object> record) {
    boolean isRecord = "record".equals(field.get("type"));
    if (field.containsKey("default")) {
      record.putIfAbsent(name, field.get("default"));
    } else if (isRecord && field.containsKey("required")) {
      record.putIfAbsent(name, Map.of());
    }
    if (isRecord && record.get(name) instanceof Map<?, ?> inner) {
      record.put(name, fillRecord(field, (Map<String, Object>) inner));
    }
  }
}
