package io.dragoman.plugin;

/**
 * Something that an answer depends on. Requests for which all parts of a plugin's cache key are
 * equal get the same answer.
 *
 * @param kind name of the kind in the contract
 * @param name of the header or argument; "" where there is none
 */
public record CachePart(String kind, String name) {
  /** The method. */
  public static CachePart method() {
    return new CachePart("METHOD", "");
  }

  /** The host. */
  public static CachePart host() {
    return new CachePart("HOST", "");
  }

  /** The path. */
  public static CachePart path() {
    return new CachePart("PATH", "");
  }

  /** All values of a header. */
  public static CachePart header(String name) {
    return new CachePart("HEADER", name);
  }

  /** The whole query. */
  public static CachePart query() {
    return new CachePart("QUERY", "");
  }

  /** An argument of the query. */
  public static CachePart query(String name) {
    return new CachePart("QUERY", name);
  }

  /** The client's address, behind trusted proxies. */
  public static CachePart clientIp() {
    return new CachePart("CLIENT_IP", "");
  }

  /** The Route. */
  public static CachePart route() {
    return new CachePart("ROUTE", "");
  }

  /** The Service. */
  public static CachePart service() {
    return new CachePart("SERVICE", "");
  }

  /** The consumer. */
  public static CachePart consumer() {
    return new CachePart("CONSUMER", "");
  }
}
