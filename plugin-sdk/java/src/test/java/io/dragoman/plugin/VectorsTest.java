package io.dragoman.plugin;

import static org.junit.jupiter.api.Assertions.*;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dragoman.plugin.internal.event.Snapshot;
import io.dragoman.plugin.internal.wire.Codec;
import io.dragoman.plugin.internal.wire.Input;
import io.dragoman.plugin.internal.wire.Output;
import io.dragoman.plugin.internal.wire.Values;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Golden vectors of the contract: every message is read as its JSON says, and written to the same
 * bytes.
 */
class VectorsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  static Stream<JsonNode> vectors() throws IOException {
    JsonNode all = JSON.readTree(Path.of("../../proto/vectors.json").toFile());
    return StreamSupport.stream(all.spliterator(), false);
  }

  static Stream<JsonNode> values() throws IOException {
    return vectors().filter(one -> one.get("type").asText().equals("Value"));
  }

  static Stream<JsonNode> events() throws IOException {
    return vectors().filter(one -> one.get("type").asText().equals("Event"));
  }

  private static byte[] bytes(JsonNode vector) {
    return HexFormat.of().parseHex(vector.get("hex").asText());
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void isReadAndWritten(JsonNode vector) {
    String type = vector.get("type").asText();
    byte[] bytes = bytes(vector);
    Map<String, Object> message = Codec.decode(type, bytes);
    assertEquals(vector.get("json"), json(message));
    assertArrayEquals(bytes, Codec.encode(type, message));
  }

  @ParameterizedTest
  @MethodSource("values")
  void valuesSurvive(JsonNode vector) {
    Output output = new Output();
    Values.write(output, 1, Values.read(new Input(bytes(vector))));
    Input field = new Input(output.toByteArray());
    field.varint();
    Input inner = field.message();
    byte[] written = new byte[bytes(vector).length];
    assertEquals(written.length, output.length() - inner.position());
    System.arraycopy(output.array(), inner.position(), written, 0, written.length);
    assertArrayEquals(bytes(vector), written);
  }

  @ParameterizedTest
  @MethodSource("events")
  void snapshotsKnowWhereEverythingIs(JsonNode vector) {
    Snapshot snapshot = new Snapshot(bytes(vector));
    Map<String, Object> event = Codec.decode("Event", bytes(vector));
    assertEquals(((Long) event.get("phase")).intValue(), snapshot.number(Snapshot.PHASE));
    assertEquals(event.getOrDefault("id", ""), snapshot.text(Snapshot.ID));
    assertEquals(event.getOrDefault("start_ms", 0L), snapshot.startMs());
    assertEquals(
        ((Long) event.getOrDefault("status", 0L)).intValue(), snapshot.number(Snapshot.STATUS));
    List<?> instances = (List<?>) event.getOrDefault("instances", List.of());
    assertEquals(instances.size(), snapshot.numbers(Snapshot.INSTANCES).length);
    byte[] headers = (byte[]) event.getOrDefault("headers", new byte[0]);
    assertArrayEquals(headers, snapshot.bytes(Snapshot.HEADERS));
  }

  /** As protobuf's JSON: numbers of 64 bits as text, bytes in base64. */
  private static JsonNode json(Object value) {
    JsonNodeFactory nodes = JSON.getNodeFactory();
    if (value instanceof Map<?, ?> map) {
      ObjectNode object = nodes.objectNode();
      map.forEach((key, one) -> object.set((String) key, field((String) key, one)));
      return object;
    }
    if (value instanceof List<?> list) {
      return nodes.arrayNode().addAll(list.stream().map(VectorsTest::json).toList());
    }
    if (value instanceof byte[] bytes) {
      return nodes.textNode(Base64.getEncoder().encodeToString(bytes));
    }
    if (value instanceof Long number) {
      boolean isShort = number.intValue() == number;
      return isShort ? nodes.numberNode(number.intValue()) : nodes.numberNode(number.longValue());
    }
    return JSON.valueToTree(value);
  }

  private static JsonNode field(String name, Object value) {
    boolean is64 = List.of("token", "start_ms", "integer").contains(name);
    return is64 ? JSON.getNodeFactory().textNode(wide(name, (Long) value)) : json(value);
  }

  private static String wide(String name, long value) {
    return name.equals("integer") ? Long.toString(value) : Long.toUnsignedString(value);
  }
}
