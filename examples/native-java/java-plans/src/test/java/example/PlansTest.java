package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.dragoman.plugin.testing.Harness;
import io.dragoman.plugin.testing.Outcome;
import io.dragoman.plugin.testing.TestRequest;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlansTest {
  private final Harness harness =
      new Harness(
          Plans.class, Map.of("keys", Map.of("k-1", Map.of("name", "gold", "per_minute", 9))));

  @Test
  void letsKnownKeysPass() {
    Outcome outcome = harness.send(TestRequest.get("/").header("X-Key", "k-1"));
    assertEquals("gold", outcome.upstream().header("x-plan"));
    assertNull(outcome.upstream().header("x-key"));
    assertEquals("9", outcome.header("x-per-minute"));
  }

  @Test
  void refusesOthers() {
    Outcome outcome = harness.send(TestRequest.get("/"));
    assertEquals(401, outcome.status());
    assertNull(outcome.upstream());
  }
}
