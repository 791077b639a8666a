package io.dragoman.plugin.pdk;

import io.dragoman.plugin.internal.event.Snapshot;
import io.dragoman.plugin.internal.event.Turn;
import java.util.Map;

/** {@code kong.ctx}: values that live as long as the request. Any phase with a request. */
public final class Ctx {
  private final Turn turn;
  private final Map<String, Object> context;

  Ctx(Turn turn, Map<String, Object> context) {
    this.turn = turn;
    this.context = context;
  }

  /**
   * {@code kong.ctx.plugin}: any values of this plugin's own, for the later phases of the request.
   * They stay in this process and cost the gateway nothing. Dropped when the request is over.
   */
  public Map<String, Object> plugin() {
    return context;
  }

  /** A value of this plugin's own; null where there is none, or it is of another type. */
  public <T> T get(String key, Class<T> type) {
    Object value = context.get(key);
    return type.isInstance(value) ? type.cast(value) : null;
  }

  /** Keep a value for the later phases of the request. */
  public void set(String key, Object value) {
    context.put(key, value);
  }

  /**
   * A value that any plugin of the request has shared, in whatever process it runs. Asks the
   * gateway where it did not come along.
   *
   * @return null, Boolean, a number, String, List or Map
   */
  public Object getShared(String key) {
    Map<String, Object> shared = turn.shared();
    if (shared != null) {
      Object value = shared.get(key);
      if (value != null || turn.event.number(Snapshot.SHARED_IS_PARTIAL) == 0) {
        turn.reads("kong.ctx.shared.get", key);
        return value;
      }
    }
    return turn.ask("kong.ctx.shared.get", key);
  }

  /** Share a value with the other plugins of the request; null removes it. */
  public void setShared(String key, Object value) {
    turn.write("kong.ctx.shared.set", key, value);
  }
}
