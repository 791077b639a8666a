package io.dragoman.plugin;

import io.dragoman.plugin.pdk.Kong;
import java.util.List;
import java.util.Map;

/**
 * A plugin: a class with {@link KongPlugin}, a configuration, and the handlers of the phases that
 * it takes part in.
 *
 * <p>An object of it is made for each plugin config that comes into force, with a constructor that
 * takes the configuration ({@code MyPlugin(Config)}), that and its {@link Instance}, or nothing; a
 * constructor that throws refuses the configuration. It lives until the configuration changes; one
 * that is {@link AutoCloseable} is closed then. The handlers that are overridden are those that the
 * gateway calls. They run at the same time for several requests. One that waits for something (a
 * database, the gateway) holds up no other event; what it throws makes its event fail.
 *
 * <pre>{@code
 * @KongPlugin(name = "hello", version = "1.0.0", priority = 10)
 * public record Hello(Config config) implements Plugin<Hello.Config> {
 *   public record Config(@Field(defaultValue = "hello") String greeting) {}
 *
 *   @Override
 *   public void access(Kong kong) {
 *     kong.service().request().setHeader("x-greeting", config.greeting());
 *   }
 * }
 * }</pre>
 *
 * @param <C> the configuration; {@link NoConfig} where there is none
 */
public interface Plugin<C extends Record> {
  /** No configuration. */
  record NoConfig() {}

  /**
   * When events of a phase are worth a call, by this object's configuration. Evaluated in the
   * gateway: a request that does not meet it costs nothing.
   *
   * @return by phase; a phase that is not in it gets every event
   */
  default Map<Phase, Condition> conditions() {
    return Map.of();
  }

  /**
   * What answers of rewrite and access depend on, for {@link Kong#cache}.
   *
   * @return empty: answers are not used again
   */
  default List<CachePart> cacheKey() {
    return List.of();
  }

  /** A TLS handshake, before there is a request. */
  default void certificate(Kong kong) throws Exception {}

  /** Before the Route is known; only plugin configs that are global. */
  default void rewrite(Kong kong) throws Exception {}

  /** Before the request goes to the Service. */
  default void access(Kong kong) throws Exception {}

  /**
   * After the whole response has come; it is buffered. Not together with headerFilter or
   * bodyFilter.
   */
  default void response(Kong kong) throws Exception {}

  /** Before the response's head goes to the client. */
  default void headerFilter(Kong kong) throws Exception {}

  /**
   * Does bodyFilter want the pieces of this response's body? Without it they go past this plugin.
   * Asked once for each response, before its first piece.
   */
  default boolean wantsBody(Kong kong) throws Exception {
    return true;
  }

  /** For each piece of the response's body, in their order. */
  default void bodyFilter(Kong kong, Chunk chunk) throws Exception {}

  /** After the response was sent. */
  default void log(Kong kong) throws Exception {}
}
