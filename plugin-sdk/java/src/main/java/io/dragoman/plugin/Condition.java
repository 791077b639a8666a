package io.dragoman.plugin;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A predicate over a request, evaluated in the gateway before it calls the plugin server.
 *
 * <pre>{@code
 * Condition.all(Condition.methodIn("POST", "PUT"), Condition.not(Condition.pathPrefix("/health")))
 * }</pre>
 *
 * @param message the condition in the contract's form
 */
public record Condition(Map<String, Object> message) {
  private static Condition list(String kind, String... values) {
    return new Condition(Map.of(kind, Map.of("list", List.of(values))));
  }

  private static Condition named(String kind, String name, String... values) {
    return new Condition(Map.of(kind, Map.of("name", name, "list", List.of(values))));
  }

  private static Condition several(String kind, Condition... conditions) {
    List<Map<String, Object>> list = Arrays.stream(conditions).map(Condition::message).toList();
    return new Condition(Map.of(kind, Map.of("list", list)));
  }

  /** All of them hold. */
  public static Condition all(Condition... conditions) {
    return several("all", conditions);
  }

  /** Any of them holds. */
  public static Condition any(Condition... conditions) {
    return several("any", conditions);
  }

  /** It does not hold. */
  public static Condition not(Condition condition) {
    return new Condition(Map.of("not", condition.message));
  }

  /** The method is one of these. */
  public static Condition methodIn(String... methods) {
    return list("method_in", methods);
  }

  /** The path, normalised and without the query, is one of these. */
  public static Condition pathIn(String... paths) {
    return list("path_in", paths);
  }

  /** The path begins with one of these. */
  public static Condition pathPrefix(String... prefixes) {
    return list("path_prefix", prefixes);
  }

  /** The request has that header, with any value. */
  public static Condition headerPresent(String name) {
    return new Condition(Map.of("header_present", name));
  }

  /** The request has that header with one of these values. */
  public static Condition headerIn(String name, String... values) {
    return named("header_in", name, values);
  }

  /** The request has that header with a value that begins with one of these. */
  public static Condition headerPrefix(String name, String... prefixes) {
    return named("header_prefix", name, prefixes);
  }

  /** The query has that argument. */
  public static Condition queryPresent(String name) {
    return new Condition(Map.of("query_present", name));
  }

  /** The Route is one of these, by id or name. */
  public static Condition routeIn(String... routes) {
    return list("route_in", routes);
  }

  /** The Service is one of these, by id or name. */
  public static Condition serviceIn(String... services) {
    return list("service_in", services);
  }

  /** The consumer is one of these, by id, username or custom_id. */
  public static Condition consumerIn(String... consumers) {
    return list("consumer_in", consumers);
  }

  /** Is there an authenticated consumer? */
  public static Condition hasConsumer(boolean has) {
    return new Condition(Map.of("has_consumer", has));
  }

  /**
   * Status of the response, both ends included; only in headerFilter, bodyFilter, response and log.
   */
  public static Condition status(int first, int last) {
    return new Condition(Map.of("status", Map.of("first", (long) first, "last", (long) last)));
  }
}
