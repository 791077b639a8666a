package io.dragoman.plugin.testing;

import io.dragoman.plugin.internal.config.ConfigReader;
import io.dragoman.plugin.internal.event.HeaderBlock;
import io.dragoman.plugin.internal.event.Target;
import io.dragoman.plugin.internal.wire.Input;
import io.dragoman.plugin.internal.wire.Values;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The small model of a gateway behind the harness: what writes do to a request and a response. */
final class Model {
  final TestRequest request;
  int status;
  List<Map.Entry<String, String>> headers = new ArrayList<>();
  byte[] body = new byte[0];
  boolean isAnswered;
  Outcome.Upstream upstream;
  final Map<String, Object> shared = new LinkedHashMap<>();
  final List<String> calls = new ArrayList<>();

  Model(TestRequest request) {
    this.request = request;
  }

  /** A Write as it was read. */
  private record Write(int op, String name, String value, int number, List<Object> args) {
    static Write read(Input input) {
      int op = 0;
      int number = 0;
      String name = "";
      String value = "";
      List<Object> args = new ArrayList<>();
      while (input.hasMore()) {
        int tag = (int) input.varint();
        switch (tag >>> 3) {
          case 1 -> op = (int) input.varint();
          case 2 -> name = input.text();
          case 3 -> value = input.text();
          case 4 -> number = (int) input.varint();
          case 5 -> args.add(Values.read(input.message()));
          default -> input.skip(tag & 7);
        }
      }
      return new Write(op, name, value, number, args);
    }

    String text(int at) {
      return Model.text(at < args.size() ? args.get(at) : null);
    }

    @SuppressWarnings("unchecked") // maps that were read have texts as keys
    Map<String, Object> map(int at) {
      return at < args.size() && args.get(at) instanceof Map<?, ?> map
          ? (Map<String, Object>) map
          : Map.of();
    }
  }

  static String text(Object value) {
    if (value instanceof byte[] bytes) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
    return value == null ? "" : value.toString();
  }

  /** Do the writes of a message, which are in its field of that number. */
  void apply(byte[] message, int length, int field) {
    Input input = new Input(message, 0, length);
    while (input.hasMore()) {
      int tag = (int) input.varint();
      if (tag >>> 3 == field && (tag & 7) == 2) {
        apply(Write.read(input.message()));
      } else {
        input.skip(tag & 7);
      }
    }
  }

  private void apply(Write write) {
    switch (write.op) {
      case 1 -> set(request.headers, write.name, write.value);
      case 2 -> request.headers.add(Map.entry(write.name, write.value));
      case 3 -> clear(request.headers, write.name);
      case 4 -> set(headers, write.name, write.value);
      case 5 -> headers.add(Map.entry(write.name, write.value));
      case 6 -> clear(headers, write.name);
      case 7 -> status = write.number;
      case 0 -> call(write);
      default -> {} // the next plugin of the event: there is but one
    }
  }

  private void call(Write write) {
    calls.add(write.name);
    switch (write.name) {
      case "kong.response.exit" -> exit(write);
      case "kong.response.error" -> {
        byte[] text = ConfigReader.toJson(Map.of("message", write.text(1)));
        answer(Integer.parseInt(write.text(0)), text);
        setAll(headers, write.map(2));
      }
      case "kong.service.request.set_method" -> request.method = write.text(0);
      case "kong.service.request.set_path" -> {
        String query = Target.queryOf(request.target);
        request.target = write.text(0) + (query.isEmpty() ? "" : "?" + query);
      }
      case "kong.service.request.set_raw_query" ->
          request.target = Target.pathOf(request.target) + "?" + write.text(0);
      case "kong.service.request.set_raw_body" -> request.body = bytes(write.args.get(0));
      case "kong.service.request.set_header" ->
          setAll(request.headers, Map.of(write.text(0), write.args.get(1)));
      case "kong.service.request.set_headers" -> setAll(request.headers, write.map(0));
      case "kong.response.set_header" -> setAll(headers, Map.of(write.text(0), write.args.get(1)));
      case "kong.response.set_headers" -> setAll(headers, write.map(0));
      case "kong.ctx.shared.set" ->
          shared.put(write.text(0), write.args.size() > 1 ? write.args.get(1) : null);
      default -> {} // it is in the list of calls
    }
  }

  private void exit(Write write) {
    Object given = write.args.size() > 1 ? write.args.get(1) : null;
    boolean isTable = given instanceof Map || given instanceof List;
    answer(Integer.parseInt(write.text(0)), isTable ? ConfigReader.toJson(given) : bytes(given));
    if (isTable) {
      set(headers, "Content-Type", "application/json; charset=utf-8");
    }
    setAll(headers, write.map(2));
  }

  private void answer(int newStatus, byte[] newBody) {
    isAnswered = true;
    status = newStatus;
    body = newBody;
  }

  private static byte[] bytes(Object value) {
    return value instanceof byte[] bytes ? bytes : text(value).getBytes(StandardCharsets.UTF_8);
  }

  private static void setAll(List<Map.Entry<String, String>> list, Map<String, Object> all) {
    all.forEach(
        (name, value) -> {
          clear(list, name);
          List<?> values = value instanceof List<?> several ? several : List.of(value);
          values.forEach(one -> list.add(Map.entry(name, text(one))));
        });
  }

  private static void set(List<Map.Entry<String, String>> list, String name, String value) {
    clear(list, name);
    list.add(Map.entry(name, value));
  }

  private static void clear(List<Map.Entry<String, String>> list, String name) {
    list.removeIf(one -> HeaderBlock.isSame(one.getKey(), name));
  }

  /** Header lines, as they travel. */
  static byte[] block(List<Map.Entry<String, String>> headers) {
    StringBuilder block = new StringBuilder();
    headers.forEach(
        one -> block.append(one.getKey()).append(": ").append(one.getValue()).append("\r\n"));
    return block.toString().getBytes(StandardCharsets.UTF_8);
  }
}
