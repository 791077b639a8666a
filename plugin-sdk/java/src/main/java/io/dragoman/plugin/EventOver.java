package io.dragoman.plugin;

/**
 * Ends a handler: the plugin has answered (kong.response.exit or error), or the gateway wants no
 * answer any more.
 *
 * <p>An {@link Error}, so that {@code catch (Exception e)} of a plugin lets it pass: do not catch
 * it. Every PDK call behind it throws it again, so a plugin that catches it can do no harm.
 */
public final class EventOver extends Error {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason for people
   */
  public EventOver(String reason) {
    super(reason, null, false, false);
  }
}
