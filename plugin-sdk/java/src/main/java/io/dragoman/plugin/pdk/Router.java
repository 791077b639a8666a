package io.dragoman.plugin.pdk;

import io.dragoman.plugin.internal.event.Snapshot;
import io.dragoman.plugin.internal.event.Turn;

/** {@code kong.router}: what matched. Phases: access, response, header_filter, body_filter, log. */
public final class Router {
  private final Turn turn;

  Router(Turn turn) {
    this.turn = turn;
  }

  /** The Route that matched; null = none. */
  public Entity getRoute() {
    return Client.entityOf(turn, Snapshot.ROUTE, 0, "kong.router.get_route");
  }

  /** Its Service; null = none. */
  public Entity getService() {
    return Client.entityOf(turn, Snapshot.SERVICE, 0, "kong.router.get_service");
  }
}
