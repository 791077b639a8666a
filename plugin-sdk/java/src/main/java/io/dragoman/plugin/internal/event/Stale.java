package io.dragoman.plugin.internal.event;

/**
 * Parts of a snapshot that a write may have changed: what is stale is asked of the gateway until
 * the event ends. Headers have marks of their own, in {@link HeaderBlock}.
 */
public final class Stale {
  public static final int HOST = 1;
  public static final int METHOD = 2;
  public static final int QUERY = 4;
  public static final int BODY = 8;
  public static final int CONSUMER = 16;
  public static final int SHARED = 32;
  public static final int STATUS = 64;
  public static final int REQUEST_HEADERS = 128;
  public static final int RESPONSE_HEADERS = 256;

  private Stale() {}

  /** What any call of that function may change. */
  public static int madeBy(String method) {
    return switch (method) {
      case "kong.service.request.set_headers",
              "kong.service.request.set_header",
              "kong.service.request.add_header",
              "kong.service.request.clear_header" ->
          REQUEST_HEADERS | HOST;
      case "kong.service.request.set_method" -> METHOD;
      case "kong.service.request.set_query",
              "kong.service.request.set_raw_query",
              "kong.service.request.clear_query_arg" ->
          QUERY;
      case "kong.service.request.set_raw_body", "kong.service.request.set_body" ->
          BODY | REQUEST_HEADERS;
      case "kong.client.authenticate" -> CONSUMER | REQUEST_HEADERS;
      case "kong.response.set_headers",
              "kong.response.set_header",
              "kong.response.add_header",
              "kong.response.clear_header" ->
          RESPONSE_HEADERS;
      case "kong.response.set_status" -> STATUS;
      case "kong.ctx.shared.set" -> SHARED;
      default -> 0;
    };
  }
}
