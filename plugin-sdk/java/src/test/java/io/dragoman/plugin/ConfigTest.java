package io.dragoman.plugin;

import static org.junit.jupiter.api.Assertions.*;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.dragoman.plugin.internal.config.ConfigReader;
import io.dragoman.plugin.internal.config.ConfigType;
import io.dragoman.plugin.internal.server.Options;
import io.dragoman.plugin.internal.server.Registration;
import io.dragoman.plugin.pdk.Kong;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Records as configurations: what schema they become, and what objects a plugin gets. */
class ConfigTest {
  enum Mode {
    FAST,
    SLOW
  }

  record Limit(int perMinute, @Field(defaultValue = "5") int burst) {}

  record Config(
      @Field(required = true, lenMin = 1) String key,
      @Field(
              defaultValue = "3",
              between = {1, 10})
          int count,
      Double ratio,
      @Field(defaultValue = "[\"a\"]") List<String> words,
      Set<Integer> ids,
      Map<String, Limit> plans,
      @Field(defaultValue = "fast") Mode mode,
      @Field(name = "the_secret", referenceable = true, encrypted = true) String secret) {}

  @Test
  void aRecordBecomesASchema() throws Exception {
    String limit =
        """
        {"type":"record","fields":[{"per_minute":{"type":"integer","required":true}},
          {"burst":{"type":"integer","default":5}}]}""";
    String expected =
        """
        {"name":"typed","fields":[{"config":{"type":"record","fields":[
          {"key":{"type":"string","required":true,"len_min":1}},
          {"count":{"type":"integer","default":3,"between":[1,10]}},
          {"ratio":{"type":"number"}},
          {"words":{"type":"array","elements":{"type":"string"},"default":["a"]}},
          {"ids":{"type":"set","elements":{"type":"integer"}}},
          {"plans":{"type":"map","keys":{"type":"string"},"values":%s}},
          {"mode":{"type":"string","one_of":["fast","slow"],"default":"fast"}},
          {"the_secret":{"type":"string","referenceable":true,"encrypted":true}}]}}]}"""
            .formatted(limit);
    ObjectMapper json = new ObjectMapper();
    byte[] schema = ConfigReader.toJson(ConfigType.schema("typed", Config.class));
    assertEquals(json.readTree(expected), json.readTree(schema));
  }

  private static Config read(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return ConfigReader.read(ConfigReader.parse(bytes), Config.class);
  }

  @Test
  void aConfigBecomesAnObject() {
    Config config =
        read(
            """
            {"key":"k","count":4,"ratio":1,"words":{},"ids":[1,1,2],"mode":"slow","__seq__":7,
             "plans":{"gold":{"per_minute":9,"burst":1}},"the_secret":null}""");
    Map<String, Limit> plans = Map.of("gold", new Limit(9, 1));
    assertEquals(new Config("k", 4, 1.0, List.of(), Set.of(1, 2), plans, Mode.SLOW, null), config);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"key\":\"k\"} | config.count is missing",
        "{\"key\":1,\"count\":1} | config.key is no String",
        "{\"key\":\"k\",\"count\":\"x\"} | config.count is no int",
        "{\"key\":\"k\",\"count\":1,\"words\":[\"a\",1]} | config.words[1] is no String",
        "{\"key\":\"k\",\"count\":1,\"plans\":{\"a\":{}}} | config.plans.a.per_minute is missing",
        "{ | the configuration is no JSON"
      })
  void whatDoesNotFitSaysWhere(String json, String message) {
    Exception cause = assertThrows(IllegalArgumentException.class, () -> read(json));
    assertEquals(message, cause.getMessage());
  }

  static class Unnamed implements Plugin<Plugin.NoConfig> {}

  @KongPlugin(name = "idle")
  static class Idle implements Plugin<Plugin.NoConfig> {}

  @KongPlugin(name = "both")
  static class Both implements Plugin<Plugin.NoConfig> {
    @Override
    public void response(Kong kong) {}

    @Override
    public void headerFilter(Kong kong) {}
  }

  @KongPlugin(name = "object")
  static class NotStatic implements Plugin<Plugin.NoConfig> {
    @InitWorker
    void initWorker(Kong kong) {}
  }

  @Test
  void classesThatCannotBeServedSayWhy() {
    Map<Class<? extends Plugin<?>>, String> reasons =
        Map.of(
            Unnamed.class, "has no @KongPlugin",
            Idle.class, "handles no phase",
            Both.class, "has response together with",
            NotStatic.class, "is not static");
    reasons.forEach(
        (type, reason) -> {
          Exception cause =
              assertThrows(IllegalArgumentException.class, () -> new Registration(type));
          assertTrue(cause.getMessage().contains(reason), cause.getMessage());
        });
  }

  @Test
  void optionsAreReadInEveryForm() {
    Map<String, String> none = Map.of();
    String[] joined = {"--socket=/a/b"};
    assertEquals(Path.of("/a/b"), Options.parse(joined, none, "x").socket());
    String[] apart = {"-kong-prefix", "/run/k", "-dump"};
    assertEquals(Path.of("/run/k/x.socket"), Options.parse(apart, none, "x").socket());
    assertTrue(Options.parse(apart, none, "x").isDump());
    Map<String, String> environment = Map.of("DRAGOMAN_PLUGIN_SERVER_SOCKET", "/e");
    assertEquals(Path.of("/e"), Options.parse(joined, environment, "x").socket());
    String[] odd = {"-sokcet", "/a"};
    assertThrows(IllegalArgumentException.class, () -> Options.parse(odd, none, "x"));
  }
}
