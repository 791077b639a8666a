package io.dragoman.plugin.pdk;

import io.dragoman.plugin.EventOver;
import io.dragoman.plugin.internal.event.HeaderBlock;
import io.dragoman.plugin.internal.event.HeaderBlock.Change;
import io.dragoman.plugin.internal.event.Snapshot;
import io.dragoman.plugin.internal.event.Stale;
import io.dragoman.plugin.internal.event.Turn;
import java.util.List;
import java.util.Map;

/**
 * {@code kong.response}: what goes to the client. Readers are for response, header_filter,
 * body_filter and log; writers for rewrite, access, response and header_filter, where nothing else
 * is said.
 */
public final class Response {
  private static final int HEADERS_MAX = 100;
  private static final String[] SOURCES = {"", "service", "exit", "error"};

  private final Turn turn;

  Response(Turn turn) {
    this.turn = turn;
  }

  private boolean isHere() {
    return turn.event.number(Snapshot.STATUS) != 0;
  }

  /** Status that the client gets. */
  public int getStatus() {
    return isHere() && !turn.isStale(Stale.STATUS) && turn.reads("kong.response.get_status")
        ? turn.status
        : Results.whole(turn.ask("kong.response.get_status"));
  }

  /** First value of a header; null where there is none. */
  public String getHeader(String name) {
    if (isHere() && !turn.responseHeaders.isStale()) {
      turn.reads("kong.response.get_header", name);
      return turn.responseHeaders.get(name);
    }
    return Results.text(turn.ask("kong.response.get_header", name));
  }

  /** All headers, names in lower case, with all their values. At most 100. */
  public Map<String, List<String>> getHeaders() {
    Map<String, List<String>> all = null;
    if (isHere() && !turn.responseHeaders.isStale()) {
      all = turn.responseHeaders.all(HEADERS_MAX);
    }
    String method = "kong.response.get_headers";
    return all != null && turn.reads(method) ? all : Results.multimap(turn.ask(method), method);
  }

  /** Who made the response: "service", "exit" (a plugin) or "error". */
  public String getSource() {
    int source = turn.event.number(Snapshot.SOURCE);
    boolean isKnown = isHere() && source > 0 && source < SOURCES.length;
    return isKnown && turn.reads("kong.response.get_source")
        ? SOURCES[source]
        : Results.text(turn.ask("kong.response.get_source"));
  }

  /**
   * @param status 100 to 599
   */
  public void setStatus(int status) {
    if (status < 100 || status > 599) {
      turn.write("kong.response.set_status", status);
      return;
    }
    turn.writeStatus(status);
    turn.status = status;
  }

  /**
   * Set a header in place of all of its name.
   *
   * @param value text, a number, a truth value, or a list of them
   */
  public void setHeader(String name, Object value) {
    HeaderWrites.change(turn, HeaderWrites.RESPONSE, Change.SET, name, value);
  }

  /** Add a header beside those of its name. */
  public void addHeader(String name, Object value) {
    HeaderWrites.change(turn, HeaderWrites.RESPONSE, Change.ADD, name, value);
  }

  /** Remove every header of that name. */
  public void clearHeader(String name) {
    if (HeaderBlock.isToken(name)) {
      turn.writeHeader(Turn.RESPONSE_CLEAR_HEADER, name, null);
      turn.responseHeaders.write(Change.CLEAR, name, "");
    } else {
      turn.write("kong.response.clear_header", name);
    }
  }

  /** Set several headers; others stay as they are. Values as of {@link #setHeader}. */
  public void setHeaders(Map<String, ?> headers) {
    turn.write("kong.response.set_headers", headers);
  }

  /** The whole body, once it is there; null before. Asks the gateway. Phase: body_filter. */
  public byte[] getRawBody() {
    return Results.bytes(turn.ask("kong.response.get_raw_body"));
  }

  /** Put a body in place of the response's. Phase: body_filter. */
  public void setRawBody(byte[] body) {
    turn.write("kong.response.set_raw_body", body);
  }

  /** Answer without a body, see {@link #exit(int, Object, Map)}. */
  public EventOver exit(int status) {
    return turn.exit("kong.response.exit", status);
  }

  /** Answer without further headers, see {@link #exit(int, Object, Map)}. */
  public EventOver exit(int status, Object body) {
    return turn.exit("kong.response.exit", status, body);
  }

  /**
   * Answer, and end the request's way to the Service. It never returns: what it throws ends the
   * handler. Write {@code throw kong.response().exit(403, "no")} and the compiler knows it, too.
   * Phases: rewrite, access, response.
   *
   * @param body text, byte[], or a map, list or record, which becomes JSON; null = none
   * @param headers names with texts, numbers or lists; null = none
   */
  public EventOver exit(int status, Object body, Map<String, ?> headers) {
    return turn.exit("kong.response.exit", status, body, headers);
  }

  /**
   * Answer with the gateway's own error, in the format that the client accepts; otherwise as {@link
   * #exit(int, Object, Map)}.
   *
   * @param message null = the usual one of the status
   * @param headers null = none
   */
  public EventOver error(int status, String message, Map<String, ?> headers) {
    return turn.exit("kong.response.error", status, message, headers);
  }
}
