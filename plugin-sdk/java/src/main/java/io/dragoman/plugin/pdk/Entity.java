package io.dragoman.plugin.pdk;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;

/**
 * A Route, Service, consumer or credential, with the fields of the Admin API.
 *
 * @param fields by their names in the Admin API; what is not set is null or absent
 */
public record Entity(Map<String, Object> fields) {
  private static final ObjectMapper JSON =
      new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

  /**
   * @return its id, a UUID; null where it has none
   */
  public String id() {
    return text("id");
  }

  /**
   * @return name of a Route or Service; null where it has none
   */
  public String name() {
    return text("name");
  }

  /**
   * @return username of a consumer; null where it has none
   */
  public String username() {
    return text("username");
  }

  /**
   * @return custom_id of a consumer; null where it has none
   */
  public String customId() {
    return text("custom_id");
  }

  /**
   * A field that is text.
   *
   * @param field its name in the Admin API
   * @return null where it is not set, or no text
   */
  public String text(String field) {
    return fields.get(field) instanceof String text ? text : null;
  }

  /**
   * The entity as a type of yours, such as a record with the components that you need.
   *
   * @param type a record or bean that Jackson can make
   * @throws IllegalArgumentException if the fields do not fit it
   */
  public <T> T as(Class<T> type) {
    return JSON.convertValue(fields, type);
  }
}
