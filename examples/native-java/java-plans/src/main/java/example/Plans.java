package example;

import io.dragoman.plugin.CachePart;
import io.dragoman.plugin.Condition;
import io.dragoman.plugin.Field;
import io.dragoman.plugin.KongPlugin;
import io.dragoman.plugin.Phase;
import io.dragoman.plugin.Plugin;
import io.dragoman.plugin.PluginServer;
import io.dragoman.plugin.pdk.Kong;
import java.util.List;
import java.util.Map;

/** Lets clients with a known key pass, and tells the Service their plan. The verdict on a key is used again for a minute. */
@KongPlugin(name = "java-plans", version = "1.0.0", priority = 1000)
public record Plans(Config config) implements Plugin<Plans.Config> {
  /** A plan that keys can be of. */
  public record Plan(String name, @Field(defaultValue = "60", between = {1, 100_000}) int perMinute) {}

  /** What the plugin is configured with. */
  public record Config(
      @Field(required = true, description = "plans by their keys") Map<String, Plan> keys,
      @Field(defaultValue = "x-key") String header) {}

  @Override
  public Map<Phase, Condition> conditions() {
    return Map.of(Phase.ACCESS, Condition.not(Condition.pathPrefix("/public")));
  }

  @Override
  public List<CachePart> cacheKey() {
    return List.of(CachePart.header(config.header()));
  }

  @Override
  public void access(Kong kong) {
    kong.cache(60_000);
    String key = kong.request().getHeader(config.header());
    Plan plan = key == null ? null : config.keys().get(key);
    if (plan == null) {
      throw kong.response().exit(401, Map.of("message", "no such key"));
    }
    kong.service().request().clearHeader(config.header());
    kong.service().request().setHeader("x-plan", plan.name());
    kong.response().setHeader("x-per-minute", plan.perMinute());
  }

  @Override
  public void headerFilter(Kong kong) {
    kong.response().setHeader("x-plans", "java");
  }

  /** The plugin server. */
  public static void main(String[] args) {
    PluginServer.serve(args, Plans.class);
  }
}
