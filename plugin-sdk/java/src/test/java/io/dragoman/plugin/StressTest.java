package io.dragoman.plugin;

import static org.junit.jupiter.api.Assertions.*;

import io.dragoman.plugin.internal.wire.FrameType;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: whichever thread reads, no event is lost, answered twice, or answered as another's. Method:
 * quick, slow, asking and interrupting handlers in random order on a server with few places, many
 * under way, some cancelled; every one of the others has to give its own answer. The seed is
 * printed.
 */
class StressTest {
  private static final List<String> DOES = List.of("bench", "ask", "slow", "interrupt", "exit");
  private static final int EVENTS = 4000;
  private static final int UNDER_WAY_MAX = 24;

  @TempDir Path folder;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  /** What is under way, by stream: the instance that it is for. */
  private final Map<Integer, Integer> underWay = new HashMap<>();

  private int cancelled;

  @RepeatedTest(3)
  @Timeout(240)
  void everyEventHasItsOwnAnswer() throws Exception {
    System.out.println("seed " + seed);
    Path socket = folder.resolve("s.socket");
    PluginServer server = PluginServer.builder().plugin(Probe.class).handlersMax(3);
    try (AutoCloseable running = server.start(socket);
        TestGateway gateway = new TestGateway(socket)) {
      for (int i = 0; i < DOES.size(); i++) {
        gateway.start(i + 1, "probe", "{\"does\":\"" + DOES.get(i) + "\"}");
      }
      int begun = 0;
      int answered = 0;
      while (begun < EVENTS || !underWay.isEmpty()) {
        boolean begins = begun < EVENTS && underWay.size() < UNDER_WAY_MAX;
        if (begins && (underWay.isEmpty() || random.nextInt(3) > 0)) {
          begin(gateway, ++begun);
        } else {
          answered += take(gateway) ? 1 : 0;
        }
      }
      assertEquals(EVENTS, answered + cancelled, "seed " + seed);
    }
  }

  private void begin(TestGateway gateway, int stream) throws Exception {
    // slow ones seldom: each of them takes a place for a while
    int instance = random.nextInt(20) == 0 ? 3 : List.of(1, 2, 4, 5).get(random.nextInt(4));
    underWay.put(stream, instance);
    Map<String, Object> fields =
        Map.of("instances", List.of((long) instance), "request", (long) stream);
    gateway.sendEvent(stream, Phase.ACCESS, fields);
  }

  /** Take a frame; true where it is the answer of an event. */
  private boolean take(TestGateway gateway) throws Exception {
    TestGateway.Frame frame = gateway.receive();
    int stream = frame.stream();
    if (frame.type() == FrameType.LOG) {
      return false;
    }
    assertTrue(underWay.containsKey(stream), "seed " + seed + ": stream " + stream);
    String does = DOES.get(underWay.get(stream) - 1);
    if (frame.type() == FrameType.CALL) {
      assertEquals("ask", does, "seed " + seed);
      if (random.nextInt(10) == 0) {
        gateway.send(stream, FrameType.CANCEL, "Cancel", Map.of("reason", "DEADLINE"));
        underWay.remove(stream);
        cancelled++;
      } else {
        gateway.send(stream, FrameType.RESULT, "Result", Map.of());
      }
      return false;
    }
    assertEquals(FrameType.DONE, frame.type(), "seed " + seed);
    Map<String, Object> done = frame.as("Done");
    int writes = ((List<?>) done.getOrDefault("writes", List.of())).size();
    int expected =
        switch (does) {
          case "bench" -> 3;
          case "ask", "exit" -> 1;
          default -> 0;
        };
    assertEquals(expected, writes, "seed " + seed + ": " + does + " " + done);
    assertNull(done.get("failure"), "seed " + seed);
    underWay.remove(stream);
    return true;
  }
}
