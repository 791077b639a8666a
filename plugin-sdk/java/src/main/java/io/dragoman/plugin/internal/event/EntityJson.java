package io.dragoman.plugin.internal.event;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;

/**
 * An entity as it travels; read when a plugin first asks for it, once for all events that refer to
 * it.
 */
public final class EntityJson {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<Map<String, Object>> TABLE = new TypeReference<>() {};

  private final byte[] json;
  private volatile Map<String, Object> fields;

  public EntityJson(byte[] json) {
    this.json = json;
  }

  /** Its fields; nobody can change them. */
  public Map<String, Object> fields() {
    Map<String, Object> known = fields;
    if (known == null) {
      known = Collections.unmodifiableMap(parse(json));
      fields = known;
    }
    return known;
  }

  /** A JSON object as a map. */
  public static Map<String, Object> parse(byte[] json) {
    try {
      return JSON.readValue(json, TABLE);
    } catch (IOException cause) {
      throw new IllegalStateException("the gateway sent something that is no JSON", cause);
    }
  }
}
