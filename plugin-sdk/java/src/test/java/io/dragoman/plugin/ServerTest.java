package io.dragoman.plugin;

import static org.junit.jupiter.api.Assertions.*;

import io.dragoman.plugin.internal.wire.FrameType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real server on a socket, and a gateway that is a test. */
@Timeout(120)
class ServerTest {
  @TempDir Path folder;
  private Path socket;
  private AutoCloseable server;

  @BeforeEach
  void serve() throws Exception {
    socket = folder.resolve("probe.socket");
    Files.writeString(socket, "stale");
    server = PluginServer.builder().plugin(Probe.class).handlersMax(2).start(socket);
  }

  @AfterEach
  void stop() throws Exception {
    Probe.gate.countDown();
    server.close();
    assertFalse(Files.exists(socket));
  }

  private static List<Map<String, Object>> writes(Map<String, Object> done) {
    @SuppressWarnings("unchecked") // writes are messages
    List<Map<String, Object>> writes = (List<Map<String, Object>>) done.get("writes");
    return writes;
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, StandardCharsets.UTF_8);
  }

  @Test
  void greetsWithItsPlugins() throws Exception {
    try (TestGateway gateway = new TestGateway(socket)) {
      Map<?, ?> plugin = (Map<?, ?>) ((List<?>) gateway.hello.get("plugins")).get(0);
      assertEquals("probe", plugin.get("name"));
      List<String> phases = List.of("init_worker", "configure", "access", "body_filter", "log");
      assertEquals(phases, plugin.get("phases"));
      assertTrue(text(plugin.get("schema")).contains("\"default\":\"bench\""));
    }
  }

  @Test
  void answersWithWhatWasWritten() throws Exception {
    try (TestGateway gateway = new TestGateway(socket)) {
      Map<String, Object> started = gateway.start(1, "probe", "{\"does\":\"bench\",\"__seq__\":3}");
      assertEquals(1, ((List<?>) started.get("conditions")).size());
      Map<String, Object> done = gateway.run(5, Phase.ACCESS, Map.of());
      assertEquals(1L, done.get("ran"));
      assertEquals(3, writes(done).size());
      assertEquals("client-42", text(writes(done).get(0).get("value")));
      assertEquals("RESPONSE_SET_HEADER", writes(done).get(2).get("op"));
    }
  }

  @Test
  void asksTheGateway() throws Exception {
    try (TestGateway gateway = new TestGateway(socket)) {
      gateway.start(1, "probe", "{\"does\":\"ask\"}");
      gateway.sendEvent(2, Phase.ACCESS, Map.of());
      Map<String, Object> call = gateway.expect(2, FrameType.CALL).as("Call");
      assertEquals("kong.client.load_consumer", call.get("method"));
      // another event meanwhile, which has to be served by another thread
      gateway.start(2, "probe", "{\"does\":\"bench\"}");
      gateway.run(3, Phase.ACCESS, Map.of("instances", List.of(2L)));
      List<Map<String, Object>> entries =
          List.of(
              Map.of("key", "id", "value", Map.of("text", "c-1")),
              Map.of("key", "username", "value", Map.of("text", "alice")));
      Map<String, Object> value = Map.of("map", Map.of("entries", entries));
      gateway.send(2, FrameType.RESULT, "Result", Map.of("value", value));
      Map<String, Object> line = gateway.expect(2, FrameType.LOG).as("LogLine");
      assertEquals("it is alice", line.get("message"));
      Map<String, Object> done = gateway.expect(2, FrameType.DONE).as("Done");
      assertEquals("c-1", text(writes(done).get(0).get("value")));
      // and without another event: the thread that waits reads the answer itself
      gateway.sendEvent(2, Phase.ACCESS, Map.of());
      gateway.expect(2, FrameType.CALL);
      gateway.send(2, FrameType.RESULT, "Result", Map.of());
      assertEquals("it is nobody", gateway.expect(2, FrameType.LOG).as("LogLine").get("message"));
      gateway.expect(2, FrameType.DONE);
    }
  }

  // Goal: a handler that has lost the reading to another thread is heard at once. Nothing else is
  // under way that could
  // send its Call along.
  @Test
  void asksFromAThreadThatReadsNoMore() throws Exception {
    try (TestGateway gateway = new TestGateway(socket)) {
      gateway.start(1, "probe", "{\"does\":\"slowAsk\"}");
      for (int stream = 1; stream <= 5; stream++) {
        gateway.sendEvent(stream, Phase.ACCESS, Map.of());
        gateway.expect(stream, FrameType.CALL);
        gateway.send(
            stream, FrameType.RESULT, "Result", Map.of("value", Map.of("text", "v" + stream)));
        Map<String, Object> done = gateway.expect(stream, FrameType.DONE).as("Done");
        assertEquals("v" + stream, text(writes(done).get(0).get("value")));
      }
    }
  }

  @Test
  void aCallThatIsRefusedEndsTheHandler() throws Exception {
    try (TestGateway gateway = new TestGateway(socket)) {
      gateway.start(1, "probe", "{\"does\":\"ask\"}");
      gateway.sendEvent(2, Phase.ACCESS, Map.of());
      gateway.expect(2, FrameType.CALL);
      gateway.send(2, FrameType.CANCEL, "Cancel", Map.of("reason", "REFUSED", "message", "no"));
      gateway.send(0, FrameType.PING, "Ping", Map.of("token", 7L));
      assertEquals(7L, gateway.expect(0, FrameType.PONG).as("Ping").get("token"));
      gateway.sendEvent(2, Phase.ACCESS, Map.of());
      gateway.expect(2, FrameType.CALL);
    }
  }

  @Test
  void aThrowIsOneFailedEvent() throws Exception {
    try (TestGateway gateway = new TestGateway(socket)) {
      int stream = 0;
      for (String does : List.of("throw", "overflow")) {
        int instance = ++stream;
        gateway.start(instance, "probe", "{\"does\":\"" + does + "\"}");
        Map<String, Object> fields = Map.of("instances", List.of((long) instance));
        gateway.sendEvent(stream, Phase.ACCESS, fields);
        Map<String, Object> line = gateway.expect(stream, FrameType.LOG).as("LogLine");
        assertEquals("err", line.get("level"));
        assertTrue(line.get("message").toString().contains("Probe.access"));
        Map<String, Object> done = gateway.expect(stream, FrameType.DONE).as("Done");
        assertTrue(
            done.get("failure")
                .toString()
                .contains(does.equals("throw") ? "on purpose" : "Overflow"));
      }
    }
  }

  @Test
  void exitsAndKeepsItsContext() throws Exception {
    try (TestGateway gateway = new TestGateway(socket)) {
      gateway.start(1, "probe", "{\"does\":\"exit\"}");
      Map<String, Object> done = gateway.run(1, Phase.ACCESS, Map.of());
      assertEquals("kong.response.exit", text(writes(done).get(0).get("name")));
      assertEquals(true, done.get("keeps_context"));
      gateway.sendEvent(1, Phase.LOG, Map.of());
      assertEquals("seen in access", gateway.expect(1, FrameType.LOG).as("LogLine").get("message"));
      gateway.expect(1, FrameType.DONE);
      gateway.send(0, FrameType.FORGET, "Forget", Map.of("requests", List.of(1001L)));
      gateway.sendEvent(1, Phase.LOG, Map.of());
      assertEquals("seen in null", gateway.expect(1, FrameType.LOG).as("LogLine").get("message"));
      gateway.expect(1, FrameType.DONE);
    }
  }

  @Test
  void runsWorkerPhases() throws Exception {
    try (TestGateway gateway = new TestGateway(socket)) {
      gateway.start(1, "probe", "{\"does\":\"exit\"}");
      Map<String, Object> init = Map.of("phase", 1L, "plugin", "probe");
      gateway.send(1, FrameType.EVENT, "Event", init);
      assertEquals("worker of gw-1", gateway.expect(1, FrameType.LOG).as("LogLine").get("message"));
      gateway.expect(1, FrameType.DONE);
      Map<String, Object> configure =
          Map.of("phase", 0x8000L, "plugin", "probe", "configs", List.of(1L));
      gateway.send(1, FrameType.EVENT, "Event", configure);
      assertEquals("configs: exit", gateway.expect(1, FrameType.LOG).as("LogLine").get("message"));
      gateway.expect(1, FrameType.DONE);
    }
  }

  @Test
  void filtersBodies() throws Exception {
    try (TestGateway gateway = new TestGateway(socket)) {
      gateway.start(1, "probe", "{\"does\":\"none\"}");
      Map<String, Object> done = gateway.run(1, Phase.BODY_FILTER, Map.of("status", 200L));
      assertEquals(true, done.get("wants_body"));
      byte[] hello = "hello".getBytes(StandardCharsets.UTF_8);
      gateway.send(1, FrameType.CHUNK, "Chunk", Map.of("data", hello));
      Map<String, Object> first = gateway.expect(1, FrameType.CHUNK_DONE).as("ChunkDone");
      assertEquals("HELLO", text(first.get("data")));
      gateway.send(1, FrameType.CHUNK, "Chunk", Map.of("is_last", true));
      Map<String, Object> last = gateway.expect(1, FrameType.CHUNK_DONE).as("ChunkDone");
      assertEquals(true, last.get("is_unchanged"));
      gateway.run(1, Phase.BODY_FILTER, Map.of("status", 200L)); // the stream is free again
    }
  }

  @Test
  void namesReadsToWhoAsks() throws Exception {
    for (boolean asks : List.of(true, false)) {
      try (TestGateway gateway = new TestGateway(socket, true, Map.of("wants_reads", asks))) {
        gateway.start(1, "probe", "{\"does\":\"read\"}");
        gateway.sendEvent(1, Phase.ACCESS, Map.of());
        gateway.expect(1, FrameType.CALL);
        gateway.send(1, FrameType.RESULT, "Result", Map.of());
        List<String> wanted =
            List.of(
                "kong.request.get_header X-User",
                "kong.request.get_query_arg page",
                "kong.client.get_ip",
                "kong.ctx.shared.get k",
                "kong.node.get_id");
        Object reads = gateway.expect(1, FrameType.DONE).as("Done").get("reads");
        assertEquals(asks ? wanted : null, reads);
        gateway.run(2, Phase.BODY_FILTER, Map.of("status", 200L));
        gateway.send(2, FrameType.CHUNK, "Chunk", Map.of("is_last", true));
        reads = gateway.expect(2, FrameType.CHUNK_DONE).as("ChunkDone").get("reads");
        assertEquals(asks ? List.of("kong.response.get_status") : null, reads);
      }
    }
  }

  @Test
  void handlersThatWaitHoldUpNobody() throws Exception {
    Probe.gate = new CountDownLatch(1);
    try (TestGateway gateway = new TestGateway(socket)) {
      gateway.start(1, "probe", "{\"does\":\"wait\"}");
      gateway.start(2, "probe", "{\"does\":\"bench\"}");
      // more than there are places for: the others wait for one
      for (int stream = 1; stream <= 8; stream++) {
        gateway.sendEvent(stream, Phase.ACCESS, Map.of());
      }
      gateway.send(0, FrameType.PING, "Ping", Map.of("token", 9L));
      gateway.expect(0, FrameType.PONG);
      Probe.gate.countDown();
      for (int i = 1; i <= 8; i++) {
        assertEquals(FrameType.DONE, gateway.receive().type());
      }
      gateway.run(9, Phase.ACCESS, Map.of("instances", List.of(2L)));
    }
  }

  @Test
  void refusesConfigsAndUnknownPlugins() throws Exception {
    try (TestGateway gateway = new TestGateway(socket)) {
      byte[] config = "{\"does\":\"refuse\"}".getBytes(StandardCharsets.UTF_8);
      for (String plugin : List.of("probe", "other")) {
        Map<String, Object> start = Map.of("instance", 1L, "plugin", plugin, "config", config);
        gateway.send(0, FrameType.START, "Start", start);
        Map<String, Object> failed = gateway.expect(0, FrameType.START_FAILED).as("StartFailed");
        boolean isOther = plugin.equals("other");
        String expected = isOther ? "plugin other is not known here" : "no such config, please";
        assertEquals(expected, failed.get("message"));
      }
    }
  }

  @Test
  void closesObjectsAtStop() throws Exception {
    try (TestGateway gateway = new TestGateway(socket)) {
      gateway.start(1, "probe", "{\"does\":\"none\"}");
      gateway.send(0, FrameType.STOP, "Stop", Map.of("instance", 1L));
      assertTrue(Probe.CLOSED.await(60, TimeUnit.SECONDS));
    }
  }

  @Test
  void framesOutOfPlaceEndTheConnectionOnly() throws Exception {
    List<byte[]> odd =
        List.of(
            "GET / HTTP/1.1\r\n".getBytes(StandardCharsets.UTF_8),
            "DRAGOMAN\377\377\377\177".getBytes(StandardCharsets.ISO_8859_1),
            "DRAGOMAN\5\0\0\0\1\0\0\0\10".getBytes(StandardCharsets.ISO_8859_1));
    for (byte[] bytes : odd) {
      try (TestGateway gateway = new TestGateway(socket, false)) {
        gateway.expect(0, FrameType.HELLO);
        gateway.write(bytes);
        assertTrue(gateway.isClosedByPeer());
      }
    }
    try (TestGateway gateway = new TestGateway(socket)) {
      gateway.start(1, "probe", "{\"does\":\"none\"}");
      gateway.run(1, Phase.ACCESS, Map.of());
    }
  }

  @Test
  void drains() throws Exception {
    Probe.gate = new CountDownLatch(1);
    try (TestGateway gateway = new TestGateway(socket)) {
      gateway.start(1, "probe", "{\"does\":\"wait\"}");
      gateway.sendEvent(1, Phase.ACCESS, Map.of());
      Thread closing = new Thread(() -> assertDoesNotThrow(() -> server.close()));
      closing.start();
      gateway.expect(0, FrameType.DRAINING);
      Probe.gate.countDown();
      gateway.expect(1, FrameType.DONE);
      assertTrue(gateway.isClosedByPeer());
      closing.join();
    }
  }
}
