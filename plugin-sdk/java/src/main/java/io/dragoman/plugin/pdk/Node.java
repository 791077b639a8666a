package io.dragoman.plugin.pdk;

import io.dragoman.plugin.internal.event.Turn;
import java.util.Map;

/** {@code kong.node}: the gateway's node. Any phase. */
public final class Node {
  private final Turn turn;

  Node(Turn turn) {
    this.turn = turn;
  }

  /** Id of the node, a UUID. */
  public String getId() {
    turn.reads("kong.node.get_id");
    return turn.link.gateway().nodeId();
  }

  /** Name of its host. */
  public String getHostname() {
    turn.reads("kong.node.get_hostname");
    return turn.link.gateway().hostname();
  }

  /** Memory of its workers, in bytes. Asks the gateway. */
  public Map<String, Object> getMemoryStats() {
    String method = "kong.node.get_memory_stats";
    return Results.table(turn.ask(method), method);
  }

  /**
   * Memory of its workers, as texts with a unit. Asks the gateway.
   *
   * @param unit "b", "k", "m" or "g"
   * @param scale digits after the point
   */
  public Map<String, Object> getMemoryStats(String unit, int scale) {
    String method = "kong.node.get_memory_stats";
    return Results.table(turn.ask(method, unit, scale), method);
  }
}
