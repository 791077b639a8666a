package io.dragoman.plugin.pdk;

import io.dragoman.plugin.internal.event.Snapshot;
import io.dragoman.plugin.internal.event.Turn;
import java.util.Map;

/**
 * The gateway, as a plugin sees it in one event.
 *
 * <p>It is good until the handler returns, and on the handler's thread only; after that its
 * functions throw {@link IllegalStateException}. The namespaces are Kong's: {@code
 * kong.request().getHeader("host")} is {@code kong.request.get_header("host")}.
 */
public final class Kong {
  private final Turn turn;
  private final String plugin;
  private final Map<String, Object> context;

  /**
   * Made by the SDK.
   *
   * @param turn the event
   * @param plugin name of the plugin that runs
   * @param context what {@code ctx().plugin()} holds
   */
  public Kong(Turn turn, String plugin, Map<String, Object> context) {
    this.turn = turn;
    this.plugin = plugin;
    this.context = context;
  }

  /** The client's request. */
  public Request request() {
    return new Request(turn);
  }

  /** The connection, the consumer and the credential. */
  public Client client() {
    return new Client(turn);
  }

  /** What goes to the client. */
  public Response response() {
    return new Response(turn);
  }

  /**
   * Where the request goes; {@code service().request()} and {@code service().response()} are its
   * two messages.
   */
  public Service service() {
    return new Service(turn);
  }

  /** The matched Route and its Service. */
  public Router router() {
    return new Router(turn);
  }

  /** Values kept for the request. */
  public Ctx ctx() {
    return new Ctx(turn, context);
  }

  /** Lines in the gateway's log, and the log entry of the request. */
  public Log log() {
    return new Log(turn, plugin);
  }

  /** The gateway's node. */
  public Node node() {
    return new Node(turn);
  }

  /** Variables and numbers of the proxy. */
  public Nginx nginx() {
    return new Nginx(turn);
  }

  /** Secrets. */
  public Vault vault() {
    return new Vault(turn);
  }

  /** Is the address among the gateway's {@code trusted_ips}? Asks the gateway. Any phase. */
  public boolean isTrustedIp(String address) {
    return Results.truth(turn.ask("kong.ip.is_trusted", address));
  }

  /**
   * Id of the plugin config that this event is for; null where there is none. Asks the gateway. Any
   * phase.
   */
  public String pluginId() {
    return Results.text(turn.ask("kong.plugin.get_id"));
  }

  /** Id of the cluster; null where there is none. Asks the gateway. Any phase. */
  public String clusterId() {
    return Results.text(turn.ask("kong.cluster.get_id"));
  }

  /** Version that plugins are compatible with, as "3.9.1". Any phase. */
  public String version() {
    turn.reads("kong.version");
    return turn.link.gateway().version();
  }

  /** The same as a number: 3009001. Any phase. */
  public int versionNum() {
    turn.reads("kong.version_num");
    return turn.link.gateway().versionNum();
  }

  /**
   * Milliseconds until the gateway gives up on this event, counted from its begin; 0 = no limit.
   * Any phase.
   */
  public int deadlineMs() {
    return turn.event.number(Snapshot.DEADLINE_MS);
  }

  /**
   * Let the gateway use this answer (what was written, an exit included) again, for requests that
   * are equal by the plugin's {@link io.dragoman.plugin.Plugin#cacheKey()}. No effect in an event
   * that asks the gateway for anything. Phases: rewrite, access.
   *
   * @param milliseconds for how long
   */
  public void cache(int milliseconds) {
    turn.cacheMs = milliseconds;
  }

  /**
   * Any function of the PDK by its wire name, for what has no method here: {@code
   * kong.call("kong.vault.update", table)}. Asks the gateway.
   *
   * @param args null, texts, numbers, truth values, byte[], collections, maps and records
   * @return null, Boolean, Long, Double, String, byte[], List or Map
   * @throws io.dragoman.plugin.PdkException if the function gave a reason instead of a value
   */
  public Object call(String method, Object... args) {
    return turn.ask(method, args);
  }

  /**
   * Send telemetry of the plugin to the gateway's log. Asks the gateway. Any phase.
   *
   * @param pluginConfig the plugin's configuration
   * @param messageType what kind of message it is
   * @param message for people; may be null
   * @param attributes may be null
   */
  public void telemetryLog(
      String pluginName,
      Map<String, ?> pluginConfig,
      String messageType,
      String message,
      Map<String, ?> attributes) {
    turn.ask("kong.telemetry.log", pluginName, pluginConfig, messageType, message, attributes);
  }
}
