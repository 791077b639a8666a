package io.dragoman.plugin;

import static org.junit.jupiter.api.Assertions.*;

import io.dragoman.plugin.pdk.Kong;
import io.dragoman.plugin.testing.Harness;
import io.dragoman.plugin.testing.Outcome;
import io.dragoman.plugin.testing.TestRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The harness, and by it what the PDK reads, writes and asks. */
class HarnessTest {
  /** What a handler does, given by a test. */
  interface Handler {
    void handle(Kong kong) throws Exception;
  }

  static Handler access = kong -> {};
  static Handler headerFilter = kong -> {};

  @KongPlugin(name = "scripted")
  public static class Scripted implements Plugin<Plugin.NoConfig> {
    @Override
    public void access(Kong kong) throws Exception {
      access.handle(kong);
    }

    @Override
    public void headerFilter(Kong kong) throws Exception {
      headerFilter.handle(kong);
    }
  }

  private static Outcome run(TestRequest request, Handler handler) {
    return run(new Harness(Scripted.class), request, handler);
  }

  private static Outcome run(Harness harness, TestRequest request, Handler handler) {
    access = handler;
    headerFilter = kong -> {};
    return harness.send(request);
  }

  @Test
  void readsTheRequest() {
    TestRequest request =
        TestRequest.get("/a/b?x=1&y&x=2").header("X-One", "1").header("x_one", "2");
    run(
        request,
        kong -> {
          assertEquals("/a/b", kong.request().getPath());
          assertEquals("x=1&y&x=2", kong.request().getRawQuery());
          assertEquals("1", kong.request().getQueryArg("x"));
          assertEquals("", kong.request().getQueryArg("y"));
          assertNull(kong.request().getQueryArg("z"));
          assertEquals(Map.of("x", List.of("1", "2"), "y", List.of()), kong.request().getQuery());
          assertEquals("1", kong.request().getHeader("x-one"));
          assertEquals(1.1, kong.request().getHttpVersion());
          assertEquals(0, kong.request().getRawBody().length);
          assertEquals("test.example", kong.request().getForwardedHost());
          assertEquals("test", kong.router().getRoute().name());
          assertNull(kong.client().getConsumer());
          assertEquals(1_700_000_000_000L, kong.request().getStartTime());
          assertEquals(3_009_001, kong.versionNum());
        });
  }

  @Test
  void showsHeadersAsTheyWereWritten() {
    Outcome outcome =
        run(
            TestRequest.get("/").header("x-a", "1").header("x-b", "2"),
            kong -> {
              kong.service().request().setHeader("X_A", "3");
              kong.service().request().addHeader("x-a", "4");
              kong.service().request().clearHeader("x-b");
              assertEquals("3", kong.request().getHeader("x-a"));
              assertNull(kong.request().getHeader("x-b"));
              assertEquals("test.example", kong.request().getHost());
              kong.response().setHeader("x-served-by", List.of("a", "b"));
            });
    assertEquals("3", outcome.upstream().header("x-a"));
    assertNull(outcome.upstream().header("x-b"));
    assertEquals("a", outcome.header("x-served-by"));
    assertEquals(List.of("kong.response.set_header"), outcome.calls());
  }

  @Test
  void asksForWhatIsStale() {
    Harness harness = new Harness(Scripted.class);
    harness.on("kong.request.get_method", args -> "PUT");
    harness.on("kong.request.get_host", args -> "other.example");
    harness.on("kong.request.get_header", args -> args.get(0) + "!");
    harness.on("kong.request.get_raw_query", args -> "q=2");
    Outcome outcome =
        run(
            harness,
            TestRequest.get("/?q=1"),
            kong -> {
              kong.service().request().setMethod("PUT");
              assertEquals("PUT", kong.request().getMethod());
              kong.service().request().setHeader("Host", "other.example");
              assertEquals("other.example", kong.request().getHost());
              assertEquals("other.example", kong.request().getHeader("host"));
              kong.service().request().setHeaders(Map.of("a", "b"));
              assertEquals("a!", kong.request().getHeader("a"));
              kong.service().request().setRawQuery("q=2");
              assertEquals("q=2", kong.request().getRawQuery());
            });
    assertEquals("PUT", outcome.upstream().method());
    assertEquals("/?q=2", outcome.upstream().target());
  }

  @Test
  void anExitEndsEverything() {
    Outcome outcome =
        run(
            TestRequest.post("/", "body"),
            kong -> {
              assertEquals("body", new String(kong.request().getRawBody(), StandardCharsets.UTF_8));
              try {
                kong.response().exit(418, Map.of("short", true), Map.of("x-pot", "tea"));
              } catch (EventOver over) {
                assertThrows(EventOver.class, () -> kong.response().setHeader("late", "1"));
              }
            });
    assertEquals(418, outcome.status());
    assertEquals("{\"short\":true}", outcome.text());
    assertEquals("tea", outcome.header("x-pot"));
    assertNull(outcome.header("late"));
    assertNull(outcome.upstream());
  }

  @Test
  void callsThatNobodyAnswersFailTheTest() {
    AssertionError error =
        assertThrows(
            AssertionError.class,
            () -> run(TestRequest.get("/"), kong -> kong.vault().get("{vault://env/x}")));
    assertTrue(error.getMessage().contains("kong.vault.get"));
  }

  @Test
  void failuresFailTheTest() {
    Handler throwing =
        kong -> {
          throw new IllegalStateException("broken");
        };
    AssertionError error =
        assertThrows(AssertionError.class, () -> run(TestRequest.get("/"), throwing));
    assertTrue(error.getMessage().contains("broken"));
  }

  @Test
  void sharesAndLogs() {
    Harness harness = new Harness(Scripted.class).consumer(Map.of("id", "c", "username", "ann"));
    harness.serviceAnswers(503, Map.of("retry-after", "1"), "later");
    access =
        kong -> {
          kong.ctx().setShared("user", kong.client().getConsumer().username());
          kong.log().warn("hello ", 1);
        };
    headerFilter =
        kong -> {
          assertEquals("ann", kong.ctx().getShared("user"));
          assertNull(kong.ctx().getShared("other"));
          assertEquals(503, kong.response().getStatus());
          assertEquals("service", kong.response().getSource());
          assertEquals("1", kong.response().getHeader("Retry-After"));
          kong.response().setStatus(200);
        };
    Outcome outcome = harness.send(TestRequest.get("/"));
    assertEquals(200, outcome.status());
    assertEquals(List.of(new Outcome.Line("warn", "hello 1")), outcome.log());
    assertEquals("later", outcome.text());
  }

  @Test
  void aKongThatWasKeptIsOfNoUse() {
    Kong[] kept = new Kong[1];
    run(TestRequest.get("/"), kong -> kept[0] = kong);
    // the harness ends events as the server does
    assertThrows(IllegalStateException.class, () -> kept[0].response().setStatus(200));
  }
}
