package io.dragoman.plugin;

import static org.junit.jupiter.api.Assertions.*;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dragoman.plugin.internal.wire.FrameType;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The plugin server as a process: its options, its signals, its exit status. */
@Timeout(120)
class ProcessTest {
  @TempDir Path folder;

  /** The program; says a line when it is listening. */
  static final class Program {
    public static void main(String[] args) {
      PluginServer.serve(args, Probe.class);
    }
  }

  private static Process begin(String... args) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"));
    words.add(System.getProperty("java.class.path"));
    words.add(Program.class.getName());
    words.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().remove("DRAGOMAN_PLUGIN_SERVER_SOCKET");
    return builder.start();
  }

  private static String output(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void dumps() throws Exception {
    Process process = begin("-dump");
    JsonNode dump = new ObjectMapper().readTree(output(process));
    assertEquals(0, process.waitFor());
    assertEquals("Dragoman:1", dump.get("Protocol").asText());
    JsonNode plugin = dump.get("Plugins").get(0);
    assertEquals(
        List.of("probe", "1.2.3", "7"),
        List.of(
            plugin.get("Name").asText(),
            plugin.get("Version").asText(),
            plugin.get("Priority").asText()));
    assertEquals("access", plugin.get("Phases").get(2).asText());
  }

  @Test
  void saysWhatIsWrongWithItsOptions() throws Exception {
    Process process = begin("-sokcet", "/x");
    assertTrue(output(process).startsWith("unknown option -sokcet\nusage:"));
    assertEquals(2, process.waitFor());
  }

  @Test
  void endsWellWhenItIsToldTo() throws Exception {
    Path socket = folder.resolve("p.socket");
    Process process = begin("--socket=" + socket);
    BufferedReader lines = process.inputReader();
    assertEquals("listening on " + socket, lines.readLine());
    try (TestGateway gateway = new TestGateway(socket)) {
      gateway.start(1, "probe", "{\"does\":\"bench\"}");
      gateway.run(1, Phase.ACCESS, Map.of());
      process.destroy(); // SIGTERM
      gateway.expect(0, FrameType.DRAINING);
    }
    assertTrue(process.waitFor(100, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue());
    assertFalse(Files.exists(socket));
  }
}
