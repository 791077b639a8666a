package io.dragoman.plugin.testing;

import io.dragoman.plugin.Phase;
import io.dragoman.plugin.Plugin;
import io.dragoman.plugin.internal.config.ConfigReader;
import io.dragoman.plugin.internal.event.Snapshot;
import io.dragoman.plugin.internal.event.Turn;
import io.dragoman.plugin.internal.server.EventRun;
import io.dragoman.plugin.internal.server.Registration;
import io.dragoman.plugin.internal.wire.Codec;
import io.dragoman.plugin.internal.wire.Output;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A gateway in memory, for tests of plugins: send a request, and see what the client, the upstream
 * and the log would get.
 *
 * <pre>{@code
 * Harness harness = new Harness(Guard.class, Map.of("plan", "gold"));
 * Outcome outcome = harness.send(TestRequest.get("/"));
 * assertEquals(401, outcome.status());
 * assertNull(outcome.upstream());
 * }</pre>
 */
public final class Harness {
  private final Registration registration;
  private final MemoryGateway gateway;
  private final Map<String, Map<String, ?>> entities = new LinkedHashMap<>();
  private int serviceStatus = 200;
  private List<Map.Entry<String, String>> serviceHeaders =
      List.of(Map.entry("content-type", "text/plain"));
  private List<byte[]> servicePieces = List.of("ok".getBytes(StandardCharsets.UTF_8));
  private int requests;

  /** The plugin without a configuration, or with what the schema gives it. */
  public Harness(Class<? extends Plugin<?>> plugin) {
    this(plugin, Map.of());
  }

  /**
   * The plugin with a configuration; defaults of the schema are filled in.
   *
   * @param config names and values as in a configuration of the gateway
   * @throws IllegalArgumentException if the configuration, or the plugin's constructor, refuses it
   */
  public Harness(Class<? extends Plugin<?>> plugin, Map<String, ?> config) {
    registration = new Registration(plugin);
    Map<String, Object> full = Defaults.fill(registration.schema(), config);
    try {
      gateway = new MemoryGateway(registration, registration.start(ConfigReader.toJson(full)));
    } catch (RuntimeException cause) {
      throw cause;
    } catch (Exception cause) {
      throw new IllegalArgumentException(cause.getMessage(), cause);
    }
    entities.put("route", Map.of("id", "route", "name", "test"));
    entities.put("service", Map.of("id", "service", "name", "test"));
  }

  /** What the Service answers from now on; the body in the pieces in which it comes. */
  public Harness serviceAnswers(int status, Map<String, String> headers, String... pieces) {
    serviceStatus = status;
    serviceHeaders = new ArrayList<>(headers.entrySet());
    servicePieces = new ArrayList<>();
    for (String piece : pieces) {
      servicePieces.add(piece.getBytes(StandardCharsets.UTF_8));
    }
    return this;
  }

  /** Who the client is; null = nobody. */
  public Harness consumer(Map<String, ?> consumer) {
    return entity("consumer", consumer);
  }

  /** What the client was authenticated with; null = nothing. */
  public Harness credential(Map<String, ?> credential) {
    return entity("credential", credential);
  }

  /** The Route that matches; null = none. */
  public Harness route(Map<String, ?> route) {
    return entity("route", route);
  }

  /** Its Service; null = none. */
  public Harness service(Map<String, ?> service) {
    return entity("service", service);
  }

  private Harness entity(String name, Map<String, ?> fields) {
    entities.remove(name);
    if (fields != null) {
      entities.put(name, fields);
    }
    return this;
  }

  /**
   * Answer a PDK function that the plugin asks the gateway for.
   *
   * @param function wire name, as "kong.vault.get"
   * @param answer from the arguments to null, a text, a number, a truth value, byte[], a list or a
   *     map
   */
  public Harness on(String function, Function<List<Object>, Object> answer) {
    gateway.answers.put(function, answer);
    return this;
  }

  /**
   * Send a request through all phases that the plugin takes part in.
   *
   * @throws AssertionError if a handler fails, or asks for a function that nobody answers; the
   *     message says which
   */
  public Outcome send(TestRequest request) {
    requests++;
    Model model = new Model(request);
    gateway.begin(model, entities);
    run(Phase.REWRITE, model);
    if (!model.isAnswered) {
      run(Phase.ACCESS, model);
    }
    if (!model.isAnswered) {
      reachUpstream(model);
      run(Phase.RESPONSE, model);
    }
    run(Phase.HEADER_FILTER, model);
    filterBody(model);
    run(Phase.LOG, model);
    return new Outcome(
        model.status, model.headers, model.body, model.upstream, gateway.log, model.calls);
  }

  private void reachUpstream(Model model) {
    TestRequest sent = model.request;
    model.upstream =
        new Outcome.Upstream(sent.method, sent.target, List.copyOf(sent.headers), sent.body);
    List<Map.Entry<String, String>> written = model.headers;
    model.headers = new ArrayList<>(serviceHeaders);
    model.headers.addAll(written);
    model.status = model.status == 0 ? serviceStatus : model.status;
    Output body = new Output();
    servicePieces.forEach(piece -> body.raw(piece, 0, piece.length));
    model.body = body.toByteArray();
  }

  private void run(Phase phase, Model model) {
    if (registration.phases.contains(phase)) {
      EventRun run = new EventRun(gateway, turn(phase, model));
      Output done = run.run();
      run.finish();
      gateway.check(phase, run);
      model.apply(done.array(), done.length(), 1);
    }
  }

  private void filterBody(Model model) {
    if (!registration.phases.contains(Phase.BODY_FILTER)) {
      return;
    }
    EventRun run = new EventRun(gateway, turn(Phase.BODY_FILTER, model));
    Output head = run.run();
    gateway.check(Phase.BODY_FILTER, run);
    model.apply(head.array(), head.length(), 1);
    if (!run.wantsBody()) {
      return;
    }
    List<byte[]> pieces = model.isAnswered ? List.of(model.body) : servicePieces;
    Output body = new Output();
    for (int i = 0; i < pieces.size() && !run.isBodyOver(); i++) {
      Map<String, Object> chunk = Map.of("data", pieces.get(i), "is_last", i + 1 == pieces.size());
      Output done = run.runChunk(Codec.encode("Chunk", chunk));
      gateway.check(Phase.BODY_FILTER, run);
      model.apply(done.array(), done.length(), 4);
      Map<String, Object> answer = Codec.decode("ChunkDone", done.toByteArray());
      boolean isUnchanged = answer.containsKey("is_unchanged");
      Object data = isUnchanged ? pieces.get(i) : answer.getOrDefault("data", new byte[0]);
      body.raw((byte[]) data, 0, ((byte[]) data).length);
    }
    model.body = body.toByteArray();
  }

  private Turn turn(Phase phase, Model model) {
    return new Turn(1, new Snapshot(Codec.encode("Event", event(phase, model))), gateway);
  }

  private Map<String, Object> event(Phase phase, Model model) {
    TestRequest request = model.request;
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("phase", (long) phase.bit());
    event.put("instances", List.of(1L));
    event.put("request", (long) requests);
    event.put("id", String.format("%032x", requests));
    event.put("method", request.method);
    event.put("target", request.target.getBytes(StandardCharsets.UTF_8));
    event.put("http_version", 11L);
    event.put("scheme", "http");
    event.put("host", "test.example".getBytes(StandardCharsets.UTF_8));
    event.put("port", 8000L);
    event.put("headers", Model.block(request.headers));
    event.put("client_ip", request.clientIp);
    event.put("client_port", 40_000L);
    event.put("forwarded_ip", request.clientIp);
    event.put("forwarded_port", 40_000L);
    entities.keySet().forEach(name -> event.put(name, MemoryGateway.numberOf(name)));
    event.put("start_ms", 1_700_000_000_000L);
    event.put("body_state", request.body.length == 0 ? "BODY_NONE" : "BODY_HERE");
    event.put("body", request.body);
    if (!model.shared.isEmpty()) {
      event.put("shared", ConfigReader.toJson(model.shared));
    }
    if (phase != Phase.REWRITE && phase != Phase.ACCESS) {
      addResponse(event, model);
    }
    return event;
  }

  private void addResponse(Map<String, Object> event, Model model) {
    event.put("status", (long) model.status);
    event.put("response_headers", Model.block(model.headers));
    event.put("source", model.isAnswered ? "EXIT" : "SERVICE");
    event.put("service_status", model.upstream == null ? 0L : (long) serviceStatus);
    event.put("response_body_state", "BODY_HERE");
    event.put("response_body", model.body);
  }
}
