package io.dragoman.plugin.testing;

import io.dragoman.plugin.Phase;
import io.dragoman.plugin.Plugin;
import io.dragoman.plugin.internal.config.ConfigReader;
import io.dragoman.plugin.internal.event.EntityJson;
import io.dragoman.plugin.internal.event.Gateway;
import io.dragoman.plugin.internal.event.Link;
import io.dragoman.plugin.internal.event.Turn;
import io.dragoman.plugin.internal.server.EventRun;
import io.dragoman.plugin.internal.server.Registration;
import io.dragoman.plugin.internal.server.Slot;
import io.dragoman.plugin.internal.wire.Input;
import io.dragoman.plugin.internal.wire.Output;
import io.dragoman.plugin.internal.wire.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The gateway's end of the harness: answers calls, keeps contexts and the log. */
final class MemoryGateway implements Link, EventRun.Host {
  private static final List<String> ENTITIES =
      List.of("none", "route", "service", "consumer", "credential");

  final Map<String, Function<List<Object>, Object>> answers = new HashMap<>();
  List<Outcome.Line> log = new ArrayList<>();
  private final Slot slot;
  private final Registration registration;
  private Model model;
  private Map<String, Map<String, ?>> entities = Map.of();
  private Map<String, Object> context = new HashMap<>();
  private String missing;

  MemoryGateway(Registration registration, Plugin<?> plugin) {
    this.registration = registration;
    slot = new Slot(registration, plugin);
  }

  /** A request begins. */
  void begin(Model newModel, Map<String, Map<String, ?>> newEntities) {
    model = newModel;
    entities = newEntities;
    context = new HashMap<>();
    log = new ArrayList<>();
    missing = null;
  }

  /** Number of an entity in events. */
  static long numberOf(String name) {
    return ENTITIES.indexOf(name);
  }

  void check(Phase phase, EventRun run) {
    if (missing != null) {
      throw new AssertionError("nothing answers " + missing + ": say harness.on(...)");
    }
    if (!run.failure().isEmpty()) {
      throw new AssertionError(phase.kongName() + " failed: " + run.failure());
    }
  }

  @Override
  public void call(Turn turn, Output call) {
    model.apply(call.array(), call.length(), 1);
    String method = "";
    List<Object> args = new ArrayList<>();
    Input input = new Input(call.toByteArray());
    while (input.hasMore()) {
      int tag = (int) input.varint();
      switch (tag >>> 3) {
        case 2 -> method = input.text();
        case 3 -> args.add(Values.read(input.message()));
        default -> input.skip(tag & 7);
      }
    }
    Function<List<Object>, Object> answer = answers.get(method);
    if (answer == null) {
      missing = method;
      turn.cancel("nothing answers " + method);
      return;
    }
    Output result = new Output();
    Values.write(result, 1, answer.apply(args));
    turn.answer(result.toByteArray());
  }

  @Override
  public void log(int stream, Output line) {
    Input input = new Input(line.toByteArray());
    String level = "";
    String message = "";
    while (input.hasMore()) {
      int tag = (int) input.varint();
      switch (tag >>> 3) {
        case 1 -> level = input.text();
        case 2 -> message = input.text();
        default -> input.skip(tag & 7);
      }
    }
    log.add(new Outcome.Line(level, message));
  }

  @Override
  public Gateway gateway() {
    return new Gateway("test-node", "test", "3.9.1", 3_009_001, Integer.MAX_VALUE, false);
  }

  @Override
  public EntityJson entity(int number) {
    return new EntityJson(ConfigReader.toJson(entities.get(ENTITIES.get(number))));
  }

  @Override
  public Slot slot(int instance) {
    return slot;
  }

  @Override
  public Registration registration(String name) {
    return registration;
  }

  @Override
  public Map<String, Object> context(int request, String plugin) {
    return context;
  }

  @Override
  public boolean keep(int request, String plugin, Map<String, Object> kept) {
    return !kept.isEmpty();
  }

  @Override
  public int messageBytesMax() {
    return Integer.MAX_VALUE;
  }
}
