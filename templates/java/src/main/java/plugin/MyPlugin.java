package plugin;

import io.dragoman.plugin.Field;
import io.dragoman.plugin.KongPlugin;
import io.dragoman.plugin.Plugin;
import io.dragoman.plugin.PluginServer;
import io.dragoman.plugin.pdk.Kong;

/** Greets whoever a request names, and tells the Service who that is. */
@KongPlugin(name = "my-plugin", version = "0.1.0", priority = 10)
public record MyPlugin(Config config) implements Plugin<MyPlugin.Config> {
  /** What a plugin config may set; its schema is made from it. */
  public record Config(
      @Field(defaultValue = "hello", description = "what comes before the name") String greeting) {}

  /** Before a request goes to the Service. */
  @Override
  public void access(Kong kong) {
    String given = kong.request().getQueryArg("name");
    String name = given == null ? "stranger" : given;
    kong.service().request().setHeader("x-greeted", name);
    kong.response().setHeader("x-greeting", config.greeting() + " " + name);
  }

  /** When the client has its answer. */
  @Override
  public void log(Kong kong) {
    kong.log().debug("answered with ", kong.response().getStatus());
  }

  /** The plugin server. */
  public static void main(String[] args) {
    PluginServer.serve(args, MyPlugin.class);
  }
}
