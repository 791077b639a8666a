package io.dragoman.plugin;

/**
 * A PDK function gave a reason instead of a value: what is {@code nil, err} in Lua. The event goes
 * on; a plugin that does not catch it fails.
 */
public final class PdkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Wire name of the function. */
  private final String function;

  /**
   * @param function wire name, as in {@code kong.client.load_consumer}
   * @param reason the function's own words
   */
  public PdkException(String function, String reason) {
    super(reason);
    this.function = function;
  }

  /**
   * @return wire name of the function
   */
  public String function() {
    return function;
  }
}
