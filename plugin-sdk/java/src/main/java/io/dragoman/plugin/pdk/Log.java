package io.dragoman.plugin.pdk;

import io.dragoman.plugin.internal.event.EntityJson;
import io.dragoman.plugin.internal.event.Turn;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * {@code kong.log}: lines in the gateway's log, with the request's id and the plugin's name. Any
 * phase.
 */
public final class Log {
  private final Turn turn;
  private final String plugin;

  Log(Turn turn, String plugin) {
    this.turn = turn;
    this.plugin = plugin;
  }

  private void line(String level, Object[] parts) {
    StringBuilder message = new StringBuilder();
    for (Object part : parts) {
      message.append(part);
    }
    turn.log(level, message.toString(), plugin);
  }

  /** A line at level debug; the parts are joined. */
  public void debug(Object... parts) {
    line("debug", parts);
  }

  /** A line at level info. */
  public void info(Object... parts) {
    line("info", parts);
  }

  /** A line at level notice. */
  public void notice(Object... parts) {
    line("notice", parts);
  }

  /** A line at level warn. */
  public void warn(Object... parts) {
    line("warn", parts);
  }

  /** A line at level err. */
  public void err(Object... parts) {
    line("err", parts);
  }

  /** A line at level crit. */
  public void crit(Object... parts) {
    line("crit", parts);
  }

  /** A line at level alert. */
  public void alert(Object... parts) {
    line("alert", parts);
  }

  /** A line at level emerg. */
  public void emerg(Object... parts) {
    line("emerg", parts);
  }

  /**
   * Put a value into the request's log entry. Any phase with a request.
   *
   * @param key with dots for tables in tables: "request.user"
   * @param value null, text, a number, a truth value, a list or a map
   */
  public void setSerializeValue(String key, Object value) {
    turn.write("kong.log.set_serialize_value", key, value);
  }

  /** The request's log entry. Asks the gateway. Phase: log. */
  public Map<String, Object> serialize() {
    Object value = turn.ask("kong.log.serialize");
    return value instanceof String text
        ? EntityJson.parse(text.getBytes(StandardCharsets.UTF_8))
        : Results.table(value, "kong.log.serialize");
  }
}
