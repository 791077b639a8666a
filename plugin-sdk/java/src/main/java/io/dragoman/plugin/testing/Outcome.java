package io.dragoman.plugin.testing;

import io.dragoman.plugin.internal.event.HeaderBlock;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What came of a request.
 *
 * @param status that the client gets
 * @param headers that the client gets, in their order
 * @param body that the client gets
 * @param upstream what the upstream got; null where a plugin answered
 * @param log lines that the plugin wrote
 * @param calls wire names of functions that the plugin called beside those of headers and status
 */
public record Outcome(
    int status,
    List<Map.Entry<String, String>> headers,
    byte[] body,
    Upstream upstream,
    List<Line> log,
    List<String> calls) {

  /** A line of the log. */
  public record Line(String level, String message) {}

  /**
   * What the upstream got.
   *
   * @param target path and query
   */
  public record Upstream(
      String method, String target, List<Map.Entry<String, String>> headers, byte[] body) {
    /** First value of a header; null where there is none. */
    public String header(String name) {
      return find(headers, name);
    }
  }

  /** First value of a header of the response; null where there is none. */
  public String header(String name) {
    return find(headers, name);
  }

  /** The body as text in UTF-8. */
  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  static String find(List<Map.Entry<String, String>> headers, String name) {
    for (Map.Entry<String, String> header : headers) {
      if (HeaderBlock.isSame(header.getKey(), name)) {
        return header.getValue();
      }
    }
    return null;
  }
}
