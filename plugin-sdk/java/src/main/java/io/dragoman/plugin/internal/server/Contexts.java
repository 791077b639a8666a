package io.dragoman.plugin.internal.server;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * {@code kong.ctx.plugin} of the requests under way: kept between their phases until the gateway
 * says that they are over.
 */
final class Contexts {
  /** Requests with a context that are kept; over it the oldest is dropped. */
  static final int REQUESTS_MAX = 10_000;

  private final LinkedHashMap<Integer, Map<String, Map<String, Object>>> byRequest =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(
            Map.Entry<Integer, Map<String, Map<String, Object>>> eldest) {
          return size() > REQUESTS_MAX;
        }
      };

  /**
   * The plugin's context for the request; a new one, which is not kept yet, where there is none.
   */
  synchronized Map<String, Object> get(int request, String plugin) {
    Map<String, Map<String, Object>> kept = byRequest.isEmpty() ? null : byRequest.get(request);
    Map<String, Object> context = kept == null ? null : kept.get(plugin);
    return context == null ? new HashMap<>() : context;
  }

  /**
   * Keep a context if there is anything in it.
   *
   * @return is there anything?
   */
  boolean keep(int request, String plugin, Map<String, Object> context) {
    if (request == 0 || context.isEmpty()) {
      return false;
    }
    synchronized (this) {
      byRequest.computeIfAbsent(request, number -> new HashMap<>(2)).put(plugin, context);
    }
    return true;
  }

  /** The request is over. */
  synchronized void forget(int request) {
    byRequest.remove(request);
  }
}
