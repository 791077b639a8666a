package io.dragoman.plugin.pdk;

import io.dragoman.plugin.internal.event.Turn;
import java.util.Map;

/**
 * {@code kong.nginx}: variables and numbers of the proxy; all but {@link #setCtx} ask the gateway.
 * Any phase.
 */
public final class Nginx {
  private final Turn turn;

  Nginx(Turn turn) {
    this.turn = turn;
  }

  /** A variable by its nginx name; null where it is not set. */
  public String getVar(String name) {
    return Results.text(turn.ask("kong.nginx.get_var", name));
  }

  /** A value of the request's context; null where it is not set. */
  public Object getCtx(String key) {
    return turn.ask("kong.nginx.get_ctx", key);
  }

  /** Set a value of the request's context. */
  public void setCtx(String key, Object value) {
    turn.write("kong.nginx.set_ctx", key, value);
  }

  /** Version of TLS that the client speaks, as "TLSv1.3"; null without TLS. */
  public String getTls1VersionStr() {
    return Results.text(turn.ask("kong.nginx.get_tls1_version_str"));
  }

  /** When the request came, in seconds of the epoch with a fraction. */
  public double reqStartTime() {
    return Results.number(turn.ask("kong.nginx.req_start_time"), 0);
  }

  /** Connections and requests, counted. */
  public Map<String, Object> getStatistics() {
    String method = "kong.nginx.get_statistics";
    return Results.table(turn.ask(method), method);
  }

  /** "http" or "stream". */
  public String getSubsystem() {
    return Results.text(turn.ask("kong.nginx.get_subsystem"));
  }
}
