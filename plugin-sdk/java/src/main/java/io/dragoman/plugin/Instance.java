package io.dragoman.plugin;

import java.util.Map;

/**
 * Facts of a plugin config beside its configuration; a constructor may take it as its second
 * parameter.
 *
 * @param raw the configuration as it came, the gateway's own keys ({@code __plugin_id}, {@code
 *     __seq__}, ...) included
 */
public record Instance(Map<String, Object> raw) {
  private String text(String key) {
    return raw.get(key) instanceof String text ? text : null;
  }

  /**
   * @return id of the Plugin entity; null where the gateway did not say
   */
  public String pluginId() {
    return text("__plugin_id");
  }

  /**
   * @return id of the Route it is bound to; null = none
   */
  public String routeId() {
    return text("route_id");
  }

  /**
   * @return id of the Service it is bound to; null = none
   */
  public String serviceId() {
    return text("service_id");
  }

  /**
   * @return id of the consumer it is bound to; null = none
   */
  public String consumerId() {
    return text("consumer_id");
  }
}
