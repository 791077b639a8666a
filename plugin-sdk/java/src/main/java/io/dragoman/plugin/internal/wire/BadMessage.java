package io.dragoman.plugin.internal.wire;

/**
 * What the peer sent cannot be read, or is out of place: the connection is over, the process goes
 * on.
 */
public final class BadMessage extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public BadMessage(String message) {
    super(message);
  }
}
