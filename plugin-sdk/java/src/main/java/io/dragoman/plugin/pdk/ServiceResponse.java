package io.dragoman.plugin.pdk;

import io.dragoman.plugin.internal.event.Snapshot;
import io.dragoman.plugin.internal.event.Turn;
import java.util.List;
import java.util.Map;

/**
 * {@code kong.service.response}: the Service's answer. Phases: response, header_filter,
 * body_filter, log.
 */
public final class ServiceResponse {
  private final Turn turn;

  ServiceResponse(Turn turn) {
    this.turn = turn;
  }

  /** Its status; 0 where the Service gave none. */
  public int getStatus() {
    int status = turn.event.number(Snapshot.SERVICE_STATUS);
    String method = "kong.service.response.get_status";
    return status != 0 && turn.reads(method) ? status : Results.whole(turn.ask(method));
  }

  /** First value of a header; null where there is none. Asks the gateway. */
  public String getHeader(String name) {
    return Results.text(turn.ask("kong.service.response.get_header", name));
  }

  /** All headers, names in lower case. At most 100. Asks the gateway. */
  public Map<String, List<String>> getHeaders() {
    String method = "kong.service.response.get_headers";
    return Results.multimap(turn.ask(method), method);
  }

  /**
   * The whole body, where the response is buffered: in the response phase, or after {@code
   * enableBuffering}.
   */
  public byte[] getRawBody() {
    if (turn.event.number(Snapshot.RESPONSE_BODY_STATE) == Snapshot.BODY_HERE) {
      turn.reads("kong.service.response.get_raw_body");
      return turn.event.bytes(Snapshot.RESPONSE_BODY);
    }
    return Results.bytes(turn.ask("kong.service.response.get_raw_body"));
  }

  /** The body, parsed by its Content-Type. Asks the gateway. */
  public Map<String, Object> getBody() {
    String method = "kong.service.response.get_body";
    return Results.table(turn.ask(method), method);
  }
}
