package io.dragoman.plugin.internal.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * A plugin config as a record: from the gateway's JSON.
 *
 * <p>The gateway has checked it against the schema and filled in defaults. Types are checked here
 * once more, because a config may be older than the plugin's code. An empty table of Lua is an
 * empty list or an empty map, whatever fits; keys that the record does not have (the gateway's own)
 * are left out.
 */
public final class ConfigReader {
  private ConfigReader() {}

  /** The JSON object of a Start message. */
  public static JsonNode parse(byte[] json) {
    try {
      JsonNode node = ConfigType.JSON.readTree(json);
      return node == null || !node.isObject() ? ConfigType.JSON.createObjectNode() : node;
    } catch (IOException cause) {
      throw new IllegalArgumentException("the configuration is no JSON", cause);
    }
  }

  /** Plain objects as JSON. */
  public static byte[] toJson(Object value) {
    try {
      return ConfigType.JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException cause) {
      throw new IllegalStateException(cause);
    }
  }

  /** The same as plain objects. */
  @SuppressWarnings("unchecked") // an object's keys are texts
  public static Map<String, Object> asMap(JsonNode node) {
    return ConfigType.JSON.convertValue(node, Map.class);
  }

  /**
   * @param type a record
   * @throws IllegalArgumentException if a field does not fit; its message says which
   */
  public static <C> C read(JsonNode node, Class<C> type) {
    return record(node, type, "config");
  }

  private static <R> R record(JsonNode node, Class<R> type, String where) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      String name = ConfigType.nameOf(components[i]);
      JsonNode value = node.get(name);
      values[i] = value(value, components[i].getGenericType(), where + "." + name);
      if (values[i] == null && components[i].getType().isPrimitive()) {
        throw new IllegalArgumentException(where + "." + name + " is missing");
      }
    }
    return make(type, components, values, where);
  }

  private static <R> R make(
      Class<R> type, RecordComponent[] components, Object[] values, String where) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      Constructor<R> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException cause) {
      String message = where + ": " + cause.getTargetException().getMessage();
      throw new IllegalArgumentException(message, cause.getTargetException());
    } catch (ReflectiveOperationException cause) {
      throw new IllegalArgumentException(type + " cannot be made: " + cause.getMessage(), cause);
    }
  }

  private static Object value(JsonNode node, Type type, String where) {
    if (node == null || node.isNull()) {
      return null;
    }
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType() == Map.class
          ? map(node, generic.getActualTypeArguments()[1], where)
          : list(node, generic, where);
    }
    Class<?> plain = (Class<?>) type;
    if (plain.isRecord()) {
      return record(node, plain, where);
    }
    boolean isFit = plain == String.class ? node.isTextual() : !node.isTextual() || plain.isEnum();
    if (!isFit) {
      throw new IllegalArgumentException(where + " is no " + plain.getSimpleName());
    }
    JavaType java = ConfigType.JSON.constructType(type);
    try {
      return ConfigType.JSON.treeToValue(node, java);
    } catch (JsonProcessingException cause) {
      throw new IllegalArgumentException(where + " is no " + plain.getSimpleName(), cause);
    }
  }

  private static Object list(JsonNode node, ParameterizedType type, String where) {
    if (!node.isArray() && !(node.isObject() && node.isEmpty())) {
      throw new IllegalArgumentException(where + " is no list");
    }
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      Type element = type.getActualTypeArguments()[0];
      list.add(value(node.get(i), element, where + "[" + i + "]"));
    }
    return type.getRawType() == List.class ? list : new LinkedHashSet<>(list);
  }

  private static Object map(JsonNode node, Type values, String where) {
    if (!node.isObject() && !(node.isArray() && node.isEmpty())) {
      throw new IllegalArgumentException(where + " is no map");
    }
    Map<String, Object> map = new LinkedHashMap<>();
    node.fields()
        .forEachRemaining(
            one ->
                map.put(one.getKey(), value(one.getValue(), values, where + "." + one.getKey())));
    return map;
  }
}
