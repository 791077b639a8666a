package io.dragoman.plugin.pdk;

import io.dragoman.plugin.internal.event.HeaderBlock;
import io.dragoman.plugin.internal.event.HeaderBlock.Change;
import io.dragoman.plugin.internal.event.Turn;
import java.util.Map;

/** {@code kong.service.request}: the request that goes to the Service. Phases: rewrite, access. */
public final class ServiceRequest {
  private final Turn turn;

  ServiceRequest(Turn turn) {
    this.turn = turn;
  }

  /**
   * Hold the whole response before it is sent on, so that {@link ServiceResponse#getRawBody} has
   * it.
   */
  public void enableBuffering() {
    turn.write("kong.service.request.enable_buffering");
  }

  /**
   * @param scheme "http" or "https"
   */
  public void setScheme(String scheme) {
    turn.write("kong.service.request.set_scheme", scheme);
  }

  /**
   * @param path without a query; begins with a slash
   */
  public void setPath(String path) {
    turn.write("kong.service.request.set_path", path);
  }

  /**
   * @param query as it goes on the wire, without the question mark
   */
  public void setRawQuery(String query) {
    turn.write("kong.service.request.set_raw_query", query);
  }

  /**
   * @param method in upper case
   */
  public void setMethod(String method) {
    turn.write("kong.service.request.set_method", method);
  }

  /**
   * Set all arguments of the query; they are escaped and sorted.
   *
   * @param args names with texts, truth values, or lists of them
   */
  public void setQuery(Map<String, ?> args) {
    turn.write("kong.service.request.set_query", args);
  }

  /** Remove an argument of the query. */
  public void clearQueryArg(String name) {
    turn.write("kong.service.request.clear_query_arg", name);
  }

  /**
   * Set a header in place of all of its name.
   *
   * @param value text, a number, a truth value, or a list of them
   */
  public void setHeader(String name, Object value) {
    HeaderWrites.change(turn, HeaderWrites.REQUEST, Change.SET, name, value);
  }

  /** Add a header beside those of its name. */
  public void addHeader(String name, Object value) {
    HeaderWrites.change(turn, HeaderWrites.REQUEST, Change.ADD, name, value);
  }

  /** Remove every header of that name. */
  public void clearHeader(String name) {
    if (!HeaderBlock.isToken(name)) {
      turn.write("kong.service.request.clear_header", name);
      return;
    }
    turn.writeHeader(Turn.SERVICE_REQUEST_CLEAR_HEADER, name, null);
    HeaderWrites.touchHost(turn, name);
    turn.requestHeaders.write(Change.CLEAR, name, "");
  }

  /** Set several headers; others stay as they are. Values as of {@link #setHeader}. */
  public void setHeaders(Map<String, ?> headers) {
    turn.write("kong.service.request.set_headers", headers);
  }

  /** Set the whole body. */
  public void setRawBody(byte[] body) {
    turn.write("kong.service.request.set_raw_body", body);
  }

  /** Set the whole body, in UTF-8. */
  public void setRawBody(String body) {
    turn.write("kong.service.request.set_raw_body", body);
  }

  /** Set a table as body, written by the request's Content-Type: form, multipart or JSON. */
  public void setBody(Map<String, ?> args) {
    turn.write("kong.service.request.set_body", args);
  }

  /**
   * Set a table as body.
   *
   * @param mime how it is written, and the new Content-Type
   */
  public void setBody(Map<String, ?> args, String mime) {
    turn.write("kong.service.request.set_body", args, mime);
  }
}
