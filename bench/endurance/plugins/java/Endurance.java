import io.dragoman.plugin.Chunk;
import io.dragoman.plugin.Field;
import io.dragoman.plugin.KongPlugin;
import io.dragoman.plugin.Plugin;
import io.dragoman.plugin.PluginServer;
import io.dragoman.plugin.pdk.Kong;

/**
 * The plugins of the endurance bench with the SDK for Java: one marks the request and the answer
 * with its config's mark, and the client asks it for an exit by a header; one sees each chunk of a
 * body; one is of the headers.
 */
@KongPlugin(name = "endurance", version = "1.0.0", priority = 10)
public record Endurance(Config config) implements Plugin<Endurance.Config> {
  public record Config(String mark, @Field(defaultValue = "0") long waitMs) {}

  @Override
  public void access(Kong kong) throws InterruptedException {
    if (config.waitMs() > 0) {
      Thread.sleep(config.waitMs());
    }
    kong.response().setHeader("x-mark", config.mark());
    if (kong.request().getHeader("x-exit") != null) {
      throw kong.response().exit(403, "no");
    }
    kong.service().request().setHeader("x-mark", config.mark());
  }

  @Override
  public void log(Kong kong) {
    kong.response().getStatus();
  }

  @KongPlugin(name = "endurance-body", version = "1.0.0", priority = 10)
  public record Body(NoConfig config) implements Plugin<Plugin.NoConfig> {
    /** The same chunk would not be sent back. */
    @Override
    public void bodyFilter(Kong kong, Chunk chunk) {
      chunk.setData(chunk.data().clone());
    }
  }

  @KongPlugin(name = "endurance-headers", version = "1.0.0", priority = 10)
  public record Headers(NoConfig config) implements Plugin<Plugin.NoConfig> {
    @Override
    public void headerFilter(Kong kong) {
      kong.response().setHeader("x-filtered", "yes");
    }
  }

  /** What is left is what a call costs. */
  @KongPlugin(name = "endurance-empty", version = "1.0.0", priority = 10)
  public record Empty(NoConfig config) implements Plugin<Plugin.NoConfig> {
    @Override
    public void access(Kong kong) {}
  }

  public static void main(String[] args) {
    PluginServer.serve(args, Endurance.class, Body.class, Headers.class, Empty.class);
  }
}
