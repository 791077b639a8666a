package io.dragoman.plugin.pdk;

import io.dragoman.plugin.internal.event.Turn;

/** {@code kong.service}: where the request goes. Phase: access, where nothing else is said. */
public final class Service {
  private final Turn turn;

  Service(Turn turn) {
    this.turn = turn;
  }

  /** The request that goes to the Service. */
  public ServiceRequest request() {
    return new ServiceRequest(turn);
  }

  /** The answer that came from it. */
  public ServiceResponse response() {
    return new ServiceResponse(turn);
  }

  /**
   * Send the request to an Upstream. Asks the gateway.
   *
   * @param host the Upstream's name
   * @throws io.dragoman.plugin.PdkException if there is none of that name
   */
  public void setUpstream(String host) {
    turn.ask("kong.service.set_upstream", host);
  }

  /** Send the request to a host and port. Phases: rewrite, access. */
  public void setTarget(String host, int port) {
    turn.write("kong.service.set_target", host, port);
  }

  /** How often the request may be tried again: 0 to 32767. */
  public void setRetries(int retries) {
    turn.write("kong.service.set_retries", retries);
  }

  /** Limits for connecting, writing and reading, in milliseconds. */
  public void setTimeouts(int connectMs, int writeMs, int readMs) {
    turn.write("kong.service.set_timeouts", connectMs, writeMs, readMs);
  }

  /** Is the Service's certificate verified? Asks the gateway. Phases: rewrite, access. */
  public void setTlsVerify(boolean on) {
    turn.ask("kong.service.set_tls_verify", on);
  }

  /** How long a chain of certificates may be. Asks the gateway. Phases: rewrite, access. */
  public void setTlsVerifyDepth(int depth) {
    turn.ask("kong.service.set_tls_verify_depth", depth);
  }
}
