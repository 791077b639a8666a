package io.dragoman.plugin.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A request of a client, for {@link Harness#send}. */
public final class TestRequest {
  String method;
  String target;
  final List<Map.Entry<String, String>> headers = new ArrayList<>();
  byte[] body = new byte[0];
  String clientIp = "127.0.0.1";

  /**
   * A request without a body.
   *
   * @param method in upper case
   * @param target path and query
   */
  public TestRequest(String method, String target) {
    this.method = method;
    this.target = target;
    header("host", "test.example");
  }

  /** A GET of path and query. */
  public static TestRequest get(String target) {
    return new TestRequest("GET", target);
  }

  /** A POST with a body. */
  public static TestRequest post(String target, String body) {
    return new TestRequest("POST", target).body(body.getBytes(StandardCharsets.UTF_8));
  }

  /** With one header more. */
  public TestRequest header(String name, String value) {
    headers.add(Map.entry(name, value));
    return this;
  }

  /** With another body. */
  public TestRequest body(byte[] newBody) {
    body = newBody;
    return this;
  }

  /** From another address. */
  public TestRequest clientIp(String ip) {
    clientIp = ip;
    return this;
  }
}
