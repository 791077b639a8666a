package io.dragoman.plugin.pdk;

import static io.dragoman.plugin.internal.event.Snapshot.*;

import io.dragoman.plugin.internal.event.Stale;
import io.dragoman.plugin.internal.event.Target;
import io.dragoman.plugin.internal.event.Turn;
import java.util.List;
import java.util.Map;

/**
 * {@code kong.request}: the client's request, as it was received. Phases, where nothing else is
 * said: rewrite, access, response, header_filter, body_filter, log.
 */
public final class Request {
  /** Headers that are read here at most; Kong's own limit when none is given. */
  private static final int HEADERS_MAX = 100;

  private final Turn turn;

  Request(Turn turn) {
    this.turn = turn;
  }

  private boolean isHere(int stale) {
    return turn.event.hasRequest() && !turn.isStale(stale);
  }

  private String read(int field, int stale, String method) {
    return isHere(stale) && turn.reads(method)
        ? turn.event.text(field)
        : Results.text(turn.ask(method));
  }

  private String either(int field, int other, int stale, String method) {
    return read(turn.event.isEmpty(field) ? other : field, stale, method);
  }

  private int port(int port, String method) {
    return isHere(0) && turn.reads(method) ? port : Results.whole(turn.ask(method));
  }

  /** Scheme of the connection: "http" or "https". */
  public String getScheme() {
    return read(SCHEME, 0, "kong.request.get_scheme");
  }

  /** Host of the request, in lower case, without a port. */
  public String getHost() {
    return read(HOST, Stale.HOST, "kong.request.get_host");
  }

  /** Port that the client connected to. */
  public int getPort() {
    return port(turn.event.number(PORT), "kong.request.get_port");
  }

  /** Scheme that the client used towards the first proxy, by a trusted X-Forwarded-Proto. */
  public String getForwardedScheme() {
    return either(FORWARDED_SCHEME, SCHEME, 0, "kong.request.get_forwarded_scheme");
  }

  /** Host that the client used, by a trusted X-Forwarded-Host. */
  public String getForwardedHost() {
    return either(FORWARDED_HOST, HOST, Stale.HOST, "kong.request.get_forwarded_host");
  }

  /** Port that the client used, by a trusted X-Forwarded-Port. */
  public int getForwardedPort() {
    int forwarded = turn.event.number(FORWARDED_REQUEST_PORT);
    int port = forwarded == 0 ? turn.event.number(PORT) : forwarded;
    return port(port, "kong.request.get_forwarded_port");
  }

  /** Path of the request that the client made to the first proxy. Asks the gateway. */
  public String getForwardedPath() {
    return Results.text(turn.ask("kong.request.get_forwarded_path"));
  }

  /**
   * Prefix of the path that was cut off, by a trusted X-Forwarded-Prefix or strip_path; null =
   * none. Asks the gateway.
   */
  public String getForwardedPrefix() {
    return Results.text(turn.ask("kong.request.get_forwarded_prefix"));
  }

  /** 1.0, 1.1 or 2.0. */
  public double getHttpVersion() {
    return isHere(0) && turn.reads("kong.request.get_http_version")
        ? turn.event.number(HTTP_VERSION) / 10.0
        : Results.number(turn.ask("kong.request.get_http_version"), 0);
  }

  /** Method, in upper case. */
  public String getMethod() {
    return read(METHOD, Stale.METHOD, "kong.request.get_method");
  }

  /** Path, normalised, without the query. Asks the gateway where normalising might change it. */
  public String getPath() {
    if (isHere(0)) {
      String path = Target.pathOf(turn.event.text(TARGET));
      if (Target.isNormalPath(path) && turn.reads("kong.request.get_path")) {
        return path;
      }
    }
    return Results.text(turn.ask("kong.request.get_path"));
  }

  /** Path as received, without the query. */
  public String getRawPath() {
    return isHere(0) && turn.reads("kong.request.get_raw_path")
        ? Target.pathOf(turn.event.text(TARGET))
        : Results.text(turn.ask("kong.request.get_raw_path"));
  }

  /** Path and query as received. */
  public String getPathWithQuery() {
    return read(TARGET, Stale.QUERY, "kong.request.get_path_with_query");
  }

  /** Query as received, without {@code ?}; "" where there is none. */
  public String getRawQuery() {
    return isHere(Stale.QUERY) && turn.reads("kong.request.get_raw_query")
        ? Target.queryOf(turn.event.text(TARGET))
        : Results.text(turn.ask("kong.request.get_raw_query"));
  }

  private Map<String, List<String>> plainArgs() {
    return isHere(Stale.QUERY) ? Target.plainArgs(Target.queryOf(turn.event.text(TARGET))) : null;
  }

  /**
   * First value of an argument of the query, decoded. Asks the gateway where the query has to be
   * decoded.
   *
   * @return "" where it has no value ({@code ?name}); null where it is not there
   */
  public String getQueryArg(String name) {
    Map<String, List<String>> args = plainArgs();
    if (args == null) {
      return Results.text(turn.ask("kong.request.get_query_arg", name));
    }
    turn.reads("kong.request.get_query_arg", name);
    List<String> values = args.get(name);
    if (values == null) {
      return null;
    }
    return values.isEmpty() ? "" : values.get(0);
  }

  /**
   * Arguments of the query with all their values, decoded; one without a value ({@code ?name}) has
   * an empty list. At most 100. Asks the gateway where the query has to be decoded.
   */
  public Map<String, List<String>> getQuery() {
    Map<String, List<String>> args = plainArgs();
    String method = "kong.request.get_query";
    return args != null && turn.reads(method) ? args : Results.multimap(turn.ask(method), method);
  }

  /**
   * The same with a limit of your own. Asks the gateway.
   *
   * @param argsMax 1 to 1000
   */
  public Map<String, List<String>> getQuery(int argsMax) {
    String method = "kong.request.get_query";
    return Results.multimap(turn.ask(method, argsMax), method);
  }

  /**
   * First value of a header, by its name without case ({@code _} equals {@code -}); null where
   * there is none.
   */
  public String getHeader(String name) {
    if (turn.event.hasRequest() && !turn.requestHeaders.isStale()) {
      turn.reads("kong.request.get_header", name);
      return turn.requestHeaders.get(name);
    }
    return Results.text(turn.ask("kong.request.get_header", name));
  }

  /** All headers, names in lower case, with all their values. At most 100. */
  public Map<String, List<String>> getHeaders() {
    Map<String, List<String>> all = null;
    if (turn.event.hasRequest() && !turn.requestHeaders.isStale()) {
      all = turn.requestHeaders.all(HEADERS_MAX);
    }
    String method = "kong.request.get_headers";
    return all != null && turn.reads(method) ? all : Results.multimap(turn.ask(method), method);
  }

  /**
   * The same with a limit of your own. Asks the gateway.
   *
   * @param headersMax 1 to 1000
   */
  public Map<String, List<String>> getHeaders(int headersMax) {
    String method = "kong.request.get_headers";
    return Results.multimap(turn.ask(method, headersMax), method);
  }

  /**
   * The whole body; empty where there is none. Asks the gateway where it did not come along, see
   * {@link io.dragoman.plugin.KongPlugin#readsRequestBody}. Phases: rewrite, access, response.
   *
   * @throws io.dragoman.plugin.PdkException if it is larger than the gateway keeps
   */
  public byte[] getRawBody() {
    int state = turn.event.number(BODY_STATE);
    if (isHere(Stale.BODY) && (state == BODY_NONE || state == BODY_HERE)) {
      turn.reads("kong.request.get_raw_body");
      return turn.event.bytes(BODY);
    }
    byte[] body = Results.bytes(turn.ask("kong.request.get_raw_body"));
    return body == null ? new byte[0] : body;
  }

  /**
   * The body, parsed by its Content-Type: form, multipart or JSON. Asks the gateway. Phases:
   * rewrite, access, response.
   *
   * @throws io.dragoman.plugin.PdkException if it cannot be parsed
   */
  public Map<String, Object> getBody() {
    String method = "kong.request.get_body";
    return Results.table(turn.ask(method), method);
  }

  /** When the request was received, in milliseconds of the epoch. */
  public long getStartTime() {
    return isHere(0) && turn.reads("kong.request.get_start_time")
        ? turn.event.startMs()
        : (long) Results.number(turn.ask("kong.request.get_start_time"), 0);
  }

  /**
   * Captures of the Route's path: {@code unnamed}, a list, and {@code named}, a map. Asks the
   * gateway.
   */
  public Map<String, Object> getUriCaptures() {
    String method = "kong.request.get_uri_captures";
    return Results.table(turn.ask(method), method);
  }

  /** Id of the request: 32 hexadecimal digits; "" where there is no request. Any phase. */
  public String getId() {
    return turn.event.text(ID);
  }
}
