package io.dragoman.plugin.pdk;

import io.dragoman.plugin.internal.event.EntityJson;
import io.dragoman.plugin.internal.event.Snapshot;
import io.dragoman.plugin.internal.event.Stale;
import io.dragoman.plugin.internal.event.Turn;

/**
 * {@code kong.client}: who made the request. Phases: any but init_worker and configure, where
 * nothing else is said.
 */
public final class Client {
  /**
   * Phases with a Route, as bits: access and later. In the others the gateway is asked, and
   * refuses.
   */
  private static final int AUTHENTICATED = 0x20 | 0x80 | 0x200 | 0x400 | 0x2000;

  private final Turn turn;

  Client(Turn turn) {
    this.turn = turn;
  }

  private boolean isHere() {
    return turn.event.hasRequest();
  }

  /** Address of the direct peer. */
  public String getIp() {
    return isHere() && turn.reads("kong.client.get_ip")
        ? turn.event.text(Snapshot.CLIENT_IP)
        : Results.text(turn.ask("kong.client.get_ip"));
  }

  /** Address of the client behind trusted proxies. */
  public String getForwardedIp() {
    return isHere() && turn.reads("kong.client.get_forwarded_ip")
        ? turn.event.text(Snapshot.FORWARDED_IP)
        : Results.text(turn.ask("kong.client.get_forwarded_ip"));
  }

  /** Port of the direct peer. */
  public int getPort() {
    return isHere() && turn.reads("kong.client.get_port")
        ? turn.event.number(Snapshot.CLIENT_PORT)
        : Results.whole(turn.ask("kong.client.get_port"));
  }

  /** Port of the client behind trusted proxies; 0 where they did not tell. */
  public int getForwardedPort() {
    return isHere() && turn.reads("kong.client.get_forwarded_port")
        ? turn.event.number(Snapshot.FORWARDED_PORT)
        : Results.whole(turn.ask("kong.client.get_forwarded_port"));
  }

  static Entity entityOf(Turn turn, int field, int stale, String method) {
    boolean isHere = (turn.event.number(Snapshot.PHASE) & AUTHENTICATED) != 0;
    if (isHere && turn.event.hasRequest() && !turn.isStale(stale)) {
      int number = turn.event.number(field);
      if (number == 0) {
        turn.reads(method);
        return null;
      }
      EntityJson known = turn.link.entity(number);
      if (known != null && turn.reads(method)) {
        return new Entity(known.fields());
      }
    }
    return Results.entity(turn.ask(method), method);
  }

  /**
   * The credential that the request was authenticated with; null = none. Phases: access, response,
   * header_filter, body_filter, log.
   */
  public Entity getCredential() {
    return entityOf(turn, Snapshot.CREDENTIAL, Stale.CONSUMER, "kong.client.get_credential");
  }

  /**
   * The authenticated consumer; null = none. Phases: access, response, header_filter, body_filter,
   * log.
   */
  public Entity getConsumer() {
    return entityOf(turn, Snapshot.CONSUMER, Stale.CONSUMER, "kong.client.get_consumer");
  }

  /**
   * A consumer of the gateway. Asks the gateway. Phases: access, response, header_filter,
   * body_filter, log.
   *
   * @param consumer its id
   * @param byUsername may it be its username, too?
   * @return null where there is none
   * @throws io.dragoman.plugin.PdkException if it cannot be looked up
   */
  public Entity loadConsumer(String consumer, boolean byUsername) {
    String method = "kong.client.load_consumer";
    return Results.entity(turn.ask(method, consumer, byUsername), method);
  }

  /** Set who the request is from. Either may be null, not both. Phase: access. */
  public void authenticate(Entity consumer, Entity credential) {
    turn.write(
        "kong.client.authenticate",
        consumer == null ? null : consumer.fields(),
        credential == null ? null : credential.fields());
  }

  /**
   * Protocol of the Route that matched: "http", "https", "grpc", "grpcs", ... Asks the gateway.
   * Phases: access, response, header_filter, body_filter, log.
   *
   * @param allowTerminated believe a trusted X-Forwarded-Proto
   */
  public String getProtocol(boolean allowTerminated) {
    return Results.text(turn.ask("kong.client.get_protocol", allowTerminated));
  }

  /** Ask for the client's certificate. Asks the gateway. Phase: certificate. */
  public void requestClientCertificate() {
    turn.ask("kong.client.tls.request_client_certificate");
  }

  /** Let no later connection resume this TLS session. Asks the gateway. Phase: certificate. */
  public void disableSessionReuse() {
    turn.ask("kong.client.tls.disable_session_reuse");
  }

  /**
   * The client's certificate and its chain, as PEM; null = none. Asks the gateway. Phases: rewrite,
   * access, response, header_filter, body_filter, log.
   */
  public String getFullClientCertificateChain() {
    return Results.text(turn.ask("kong.client.tls.get_full_client_certificate_chain"));
  }

  /** What ssl_client_verify says: "SUCCESS", "NONE" or "FAILED:reason". Phases: as the chain's. */
  public void setClientVerify(String verify) {
    turn.write("kong.client.tls.set_client_verify", verify);
  }
}
