import io.dragoman.plugin.KongPlugin;
import io.dragoman.plugin.Plugin;
import io.dragoman.plugin.PluginServer;
import io.dragoman.plugin.pdk.Kong;

/**
 * The plugin of the bench with the SDK for Java: one read and three writes in access, as in every
 * other language here.
 */
@KongPlugin(name = "bench-sidecar", version = "1.0.0", priority = 10)
public record BenchSidecar(Config config) implements Plugin<BenchSidecar.Config> {
  /** Every language has a field, so that all take the same configuration. */
  public record Config(double a) {}

  @Override
  public void access(Kong kong) {
    String client = kong.request().getHeader("x-client-id");
    kong.service().request().setHeader("x-user", client == null ? "" : client);
    kong.service().request().setHeader("x-plan", "gold");
    kong.response().setHeader("x-served-by", "sidecar");
  }

  public static void main(String[] args) {
    PluginServer.serve(args, BenchSidecar.class);
  }
}
