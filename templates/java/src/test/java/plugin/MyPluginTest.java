package plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dragoman.plugin.testing.Harness;
import io.dragoman.plugin.testing.Outcome;
import io.dragoman.plugin.testing.TestRequest;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The plugin without a gateway. */
class MyPluginTest {
  @Test
  void greetsSomebody() {
    Harness harness = new Harness(MyPlugin.class, Map.of("greeting", "good morning"));
    Outcome outcome = harness.send(TestRequest.get("/?name=ann"));
    assertEquals("good morning ann", outcome.header("x-greeting"));
    assertEquals("ann", outcome.upstream().header("x-greeted"));
  }

  @Test
  void takesNobodyForAStranger() {
    Outcome outcome = new Harness(MyPlugin.class).send(TestRequest.get("/"));
    assertEquals("hello stranger", outcome.header("x-greeting"));
  }
}
