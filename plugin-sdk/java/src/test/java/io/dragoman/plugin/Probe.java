package io.dragoman.plugin;

import io.dragoman.plugin.pdk.Entity;
import io.dragoman.plugin.pdk.Kong;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The plugin of the server's tests: what it does stands in its configuration. */
@KongPlugin(name = "probe", version = "1.2.3", priority = 7)
public final class Probe implements Plugin<Probe.Config>, AutoCloseable {
  public record Config(@Field(defaultValue = "bench", lenMin = 1) String does) {}

  static final CountDownLatch CLOSED = new CountDownLatch(1);

  /** Longer than the server lets a handler keep its reading thread. */
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(12);

  /** Opened by tests that hold a handler up. */
  static volatile CountDownLatch gate = new CountDownLatch(0);

  private final Config config;

  public Probe(Config config) {
    if (config.does().equals("refuse")) {
      throw new IllegalArgumentException("no such config, please");
    }
    this.config = config;
  }

  @InitWorker
  static void initWorker(Kong kong) {
    kong.log().notice("worker of ", kong.node().getHostname());
  }

  @Configure
  static void configure(Kong kong, List<Probe> configs) {
    kong.log().notice("configs: ", configs.get(0).config.does());
  }

  @Override
  public Map<Phase, Condition> conditions() {
    return Map.of(Phase.ACCESS, Condition.not(Condition.pathPrefix("/health")));
  }

  @Override
  public void access(Kong kong) throws Exception {
    switch (config.does()) {
      case "bench" -> {
        String user = kong.request().getHeader("x-client-id");
        kong.service().request().setHeader("x-user", user);
        kong.service().request().setHeader("x-plan", "gold");
        kong.response().setHeader("x-served-by", "sidecar");
      }
      case "throw" -> throw new IllegalStateException("on purpose");
      case "overflow" -> access(kong);
      case "exit" -> {
        kong.ctx().set("seen", "access");
        throw kong.response().exit(403, Map.of("message", "no"), Map.of("x-why", "because"));
      }
      case "ask" -> {
        Entity consumer = kong.client().loadConsumer("alice", true);
        kong.log().info("it is ", consumer == null ? "nobody" : consumer.username());
        kong.response().setHeader("x-consumer", consumer == null ? "-" : consumer.id());
      }
      case "read" -> {
        kong.request().getHeader("X-User");
        kong.request().getQueryArg("page");
        kong.client().getIp();
        kong.request().getForwardedPath();
        kong.ctx().getShared("k");
        kong.node().getId();
      }
      case "slowAsk" -> {
        LockSupport.parkNanos(SLOW_NANOS);
        kong.response().setHeader("x-var", kong.nginx().getVar("any"));
      }
      case "wait" -> gate.await();
      case "slow" -> LockSupport.parkNanos(SLOW_NANOS);
      case "interrupt" -> Thread.currentThread().interrupt();
      default -> {}
    }
  }

  @Override
  public void bodyFilter(Kong kong, Chunk chunk) {
    if (config.does().equals("read")) {
      kong.response().getStatus();
    }
    if (chunk.data().length > 0) {
      String text = new String(chunk.data(), StandardCharsets.UTF_8).toUpperCase(Locale.ROOT);
      chunk.setData(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void log(Kong kong) {
    kong.log().warn("seen in ", kong.ctx().get("seen", String.class));
  }

  @Override
  public void close() {
    CLOSED.countDown();
  }
}
