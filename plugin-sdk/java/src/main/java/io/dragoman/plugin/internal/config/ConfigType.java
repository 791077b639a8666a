package io.dragoman.plugin.internal.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dragoman.plugin.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Kong's schema of a configuration, from the components of its record.
 *
 * <p>String, boolean, whole numbers and others, enums (texts, one of), List and Set, Map with texts
 * as keys, records. A component is required if it says so, or if it is primitive and has no
 * default; any other may be left out, and is null then.
 */
public final class ConfigType {
  static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
          .build();

  private ConfigType() {}

  /** The schema of a plugin, around the fields of its configuration. */
  public static Map<String, Object> schema(String plugin, Class<?> config) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("type", "record");
    record.put("fields", fields(config));
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("name", plugin);
    schema.put("fields", List.of(Map.of("config", record)));
    return schema;
  }

  /**
   * The fields of a record.
   *
   * @throws IllegalArgumentException if a component has a type that Kong's schemas do not know
   */
  static List<Map<String, Object>> fields(Class<?> type) {
    List<Map<String, Object>> fields = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      fields.add(Map.of(nameOf(component), field(component)));
    }
    return fields;
  }

  /** Its name in a configuration. */
  static String nameOf(RecordComponent component) {
    Field field = component.getAnnotation(Field.class);
    if (field != null && !field.name().isEmpty()) {
      return field.name();
    }
    String snake = component.getName().replaceAll("([a-z0-9])([A-Z])", "$1_$2");
    return snake.toLowerCase(Locale.ROOT);
  }

  private static Map<String, Object> field(RecordComponent component) {
    String where = component.getDeclaringRecord().getSimpleName() + "." + component.getName();
    Map<String, Object> schema = typeOf(component.getGenericType(), where);
    Field field = component.getAnnotation(Field.class);
    boolean hasDefault = field != null && !field.defaultValue().isEmpty();
    boolean isRequired = field != null && field.required();
    if (isRequired || component.getType().isPrimitive() && !hasDefault) {
      schema.put("required", true);
    }
    if (hasDefault) {
      schema.put("default", valueOf(field.defaultValue(), schema, where));
    }
    if (field != null) {
      addChecks(field, schema, where);
    }
    return schema;
  }

  private static void addChecks(Field field, Map<String, Object> schema, String where) {
    if (field.oneOf().length > 0) {
      List<Object> values = new ArrayList<>();
      for (String one : field.oneOf()) {
        values.add(valueOf(one, schema, where));
      }
      schema.put("one_of", values);
    }
    if (field.between().length == 2) {
      schema.put("between", Arrays.stream(field.between()).mapToObj(ConfigType::plain).toList());
    }
    if (field.gt().length == 1) {
      schema.put("gt", plain(field.gt()[0]));
    }
    putUnless(schema, "len_min", field.lenMin(), -1);
    putUnless(schema, "len_max", field.lenMax(), -1);
    putUnless(schema, "match", field.match(), "");
    putUnless(schema, "starts_with", field.startsWith(), "");
    putUnless(schema, "uuid", field.uuid(), false);
    putUnless(schema, "referenceable", field.referenceable(), false);
    putUnless(schema, "encrypted", field.encrypted(), false);
    putUnless(schema, "description", field.description(), "");
  }

  private static void putUnless(
      Map<String, Object> schema, String name, Object value, Object usual) {
    if (!value.equals(usual)) {
      schema.put(name, value);
    }
  }

  /** A whole number without a fraction. */
  private static Object plain(double number) {
    return number == Math.rint(number) ? (Object) (long) number : (Object) number;
  }

  private static Object valueOf(String text, Map<String, Object> schema, String where) {
    if ("string".equals(schema.get("type"))) {
      return text;
    }
    try {
      return JSON.readValue(text, Object.class);
    } catch (JsonProcessingException cause) {
      throw new IllegalArgumentException(where + ": " + text + " is no JSON", cause);
    }
  }

  private static Map<String, Object> typeOf(Type type, String where) {
    Map<String, Object> schema = new LinkedHashMap<>();
    if (type instanceof ParameterizedType generic) {
      addGeneric(generic, schema, where);
    } else if (type instanceof Class<?> plain && plain.isRecord()) {
      schema.put("type", "record");
      schema.put("fields", fields(plain));
    } else if (type instanceof Class<?> plain && plain.isEnum()) {
      schema.put("type", "string");
      schema.put("one_of", namesOf(plain));
    } else if (scalar(type) != null) {
      schema.put("type", scalar(type));
    } else {
      throw new IllegalArgumentException(where + ": Kong's schemas have no type for " + type);
    }
    return schema;
  }

  private static void addGeneric(ParameterizedType type, Map<String, Object> schema, String where) {
    Type[] arguments = type.getActualTypeArguments();
    if (type.getRawType() == List.class || type.getRawType() == Set.class) {
      schema.put("type", type.getRawType() == List.class ? "array" : "set");
      schema.put("elements", typeOf(arguments[0], where));
    } else if (type.getRawType() == Map.class) {
      schema.put("type", "map");
      schema.put("keys", typeOf(arguments[0], where));
      schema.put("values", typeOf(arguments[1], where));
    } else {
      throw new IllegalArgumentException(where + ": Kong's schemas have no type for " + type);
    }
  }

  private static List<String> namesOf(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(one -> ((Enum<?>) one).name().toLowerCase(Locale.ROOT))
        .toList();
  }

  private static String scalar(Type type) {
    if (type == String.class) {
      return "string";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "boolean";
    }
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      return "integer";
    }
    boolean isNumber =
        type == double.class || type == Double.class || type == float.class || type == Float.class;
    return isNumber ? "number" : null;
  }
}
